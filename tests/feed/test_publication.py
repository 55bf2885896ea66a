"""The public contracts over HTTP: stable addresses, kept by caches, pages that everybody can read."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.feed.adapters.publication import Publication
from services.feed.contracts.public_events import PUBLIC_EVENTS
from services.feed.entrypoints.contract_pages import ContractPages, Language
from services.feed.entrypoints.contracts import router
from shared.http.app import create_app
from shared.http.languages import preferred
from tests.support.apps import nothing_to_start

URL = "https://feed.example.org"
DEPRECATED = {
    "$id": "https://feed.invalid/contracts/schemas/booking.confirmed.v1.json",
    "title": "booking.confirmed.v1",
    "deprecated": True,
    "x-deprecated-on": "2027-01-01",
    "x-ends-on": "2028-01-01",
    "x-replaced-by": "booking.confirmed.v2",
}


def _app(publication: Publication) -> FastAPI:
    app = create_app(title="feed", description="", checks={}, lifespan=nothing_to_start)
    app.include_router(router)
    app.state.publication = publication
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    publication = Publication(URL + "/")
    app = _app(publication)
    app.state.contract_pages = ContractPages(publication)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


@pytest.mark.parametrize("name", [event.TYPE for event in PUBLIC_EVENTS] + ["cloudevent"])
async def test_a_schema_has_a_stable_address_that_it_names_itself(client, name):
    answer = await client.get(f"/contracts/schemas/{name}.json")
    assert answer.status_code == 200
    assert answer.json()["$id"] == f"{URL}/contracts/schemas/{name}.json" == str(answer.url)
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path", ["", "/changelog", "/changelog.json", "/asyncapi.json", "/schemas/cloudevent.json"]
)
async def test_who_has_it_already_gets_it_not_again(client, path):
    first = await client.get(f"/contracts{path}")
    assert first.status_code == 200
    tag = first.headers["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        again = await client.get(f"/contracts{path}", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    other = await client.get(f"/contracts{path}", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


async def test_no_kept_address_is_published(client):
    for path in ("/asyncapi.json", "/changelog.json", ""):
        assert "feed.invalid" not in (await client.get(f"/contracts{path}")).text


@pytest.mark.parametrize(
    "name", ["booking.confirmed.v9", "..%2f..%2fopenapi", "person.described.v1"]
)
async def test_what_is_not_public_is_not_there(client, name):
    answer = await client.get(f"/contracts/schemas/{name}.json")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_type_that_ends_says_so_in_headers(tmp_path: Path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/booking.confirmed.v1.json").write_text(json.dumps(DEPRECATED))
    transport = httpx.ASGITransport(_app(Publication(URL, tmp_path)))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        answer = await client.get("/contracts/schemas/booking.confirmed.v1.json")
    assert answer.headers["deprecation"] == "@1798761600"
    assert answer.headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    successor = f"{URL}/contracts/schemas/booking.confirmed.v2.json"
    assert answer.headers["link"] == f'<{successor}>; rel="successor-version"'


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr, de-AT;q=0.7, en;q=0.3", "de"),
        ("fr", "de"),
        (";;,,", "de"),
    ],
)
async def test_the_page_is_in_the_language_that_is_preferred(client, accepted, language):
    assert preferred(accepted, tuple(Language)) == language
    answer = await client.get("/contracts", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["vary"] == "Accept-Language"
    chosen = await client.get("/contracts?lang=en", headers={"Accept-Language": "de"})
    assert '<html lang="en">' in chosen.text
    assert (await client.get("/contracts?lang=fr")).status_code == 422


class _Page(HTMLParser):
    """What a page holds: its tags, ids, links, and whether every tag is closed."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[dict[str, str | None]] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags[tag] += 1
        self.attributes.append(named)
        self.ids += [each for each in [named.get("id")] if each]
        self.links += [each for each in [named.get("href")] if each]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("path", ["/contracts", "/contracts/changelog"])
async def test_a_page_is_whole_and_runs_nothing(client, path, language):
    answer = await client.get(f"{path}?lang={language}")
    page = _Page(answer.text)
    assert (page.tags["h1"], page.tags["main"], page.tags["script"]) == (1, 1, 0)
    assert page.tags["table"] == page.tags["caption"]
    assert not any(name.startswith("on") for each in page.attributes for name in each)
    assert len(page.ids) == len(set(page.ids))
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for link in page.links:
        if link.startswith("#"):
            assert link.removeprefix("#") in page.ids
        elif link.startswith("/") and link != "/contracts/openapi.json":
            assert (await client.get(link)).status_code == 200, link


async def test_the_page_describes_every_type_and_every_field(client):
    text = (await client.get("/contracts?lang=de")).text
    for event in PUBLIC_EVENTS:
        assert f'<h3 id="{event.TYPE}">' in text
        assert f"/contracts/schemas/{event.TYPE}.json" in text
    assert "<code>person.given_name</code>" in text
    assert "<code>achievement.criteria</code>" in text
