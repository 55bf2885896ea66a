"""The issuer's brand: readable for everybody, shown safely, and signed by nobody but for where the logo is."""

import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.independent import NotVerifiedError, verify_independently
from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.application.issue_credentials import issue_credentials
from services.certificate.application.learn_brands import LearnBrand, learn_brands
from services.certificate.application.record_awards import record_awards
from services.certificate.domain.brand import NEUTRAL, Brand, Colours, Logo
from services.certificate.domain.credential import StatusPlace, build_credential
from services.member.domain import brand as member
from services.member.domain.onboarding_errors import LowContrastError
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.certificate.builders import BRAND, LOGO, completed
from tests.certificate.samples import ACHIEVEMENT, NOW, list_url, sample_issuer
from tests.certificate.test_api import Issued, client, issue, issued
from tests.support.problems import assert_problem

__all__ = ["client", "issued"]

Units = UnitsOfWork[PostgresUnitOfWork]
AS_PAGE = {"Accept": "text/html"}
PNG = replace(LOGO, media_type="image/png", content=b"\x89PNG\r\n\x1a\n")

_codes = st.from_regex(r"\A#[0-9a-f]{6}\Z")


async def brand(units: Units, issued: Issued, brand: Brand | None, sequence: int = 2) -> None:
    async with units([issued.tenant_id]) as work:
        await learn_brands(work, [LearnBrand(issued.tenant_id, brand, sequence)])


@given(_codes, _codes)
def test_colours_are_the_issuer_s_own_exactly_where_member_would_accept_them(
    primary: str, text: str
) -> None:
    chosen = Colours(primary, text)
    try:
        member.Brand("Stadt", member.Colour(primary), member.Colour(text))
    except LowContrastError:
        assert Brand("Stadt", chosen).colours == NEUTRAL
    else:
        assert Brand("Stadt", chosen).colours == chosen


@pytest.mark.parametrize(
    "chosen",
    [
        Colours("#777777", "#ffffff"),  # 4.48:1
        Colours("#FFFFFF", "#000000"),
        Colours("red", "#ffffff"),
        Colours("#000000;}", "#ffffff"),
        Colours("#000000\n", "#ffffff"),
        Colours("", ""),
    ],
)
def test_what_cannot_be_read_or_is_no_colour_becomes_neutral(chosen: Colours) -> None:
    assert Brand("Stadt", chosen).colours == NEUTRAL
    assert NEUTRAL.are_readable
    assert Colours("#767676", "#ffffff").are_readable  # 4.54:1


async def test_the_page_has_the_issuer_s_name_colours_and_logo(
    client: httpx.AsyncClient, units: Units, issued: Issued
) -> None:
    plain = await client.get(issued.public, headers=AS_PAGE)
    assert "<header><span>Stadt Mannheim</span></header>" in plain.text
    assert f"color: {NEUTRAL.text}; background: {NEUTRAL.primary};" in plain.text
    await brand(units, issued, replace(BRAND, display_name="<b>Mannheim</b>"))
    page = await client.get(issued.public, headers=AS_PAGE)
    assert "&lt;b&gt;Mannheim&lt;/b&gt;" in page.text
    assert "<b>" not in page.text
    assert "color: #ffffff; background: #1a5fb4;" in page.text
    assert "Stadt Mannheim\ndid:web:" in page.text, "who signed is named as it signed"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; img-src 'self';" in policy
    assert "script" not in policy
    [source] = re.findall(r'<img src="([^"]+)"', page.text)
    logo = await client.get(str(httpx.URL(str(page.url)).join(source)))
    assert logo.content == LOGO.content
    await brand(units, issued, replace(BRAND, chosen=Colours("#ffffff", "#eeeeee")), 3)
    faint = await client.get(issued.public, headers=AS_PAGE)
    assert "#eeeeee" not in faint.text


@pytest.mark.parametrize("logo", [LOGO, PNG])
async def test_a_logo_runs_and_loads_nothing_also_when_opened_by_itself(
    client: httpx.AsyncClient, units: Units, issued: Issued, logo: Logo
) -> None:
    address = f"/tenants/{issued.tenant_id}/logo"
    assert_problem(await client.get(address), 404, "not_found")
    await brand(units, issued, replace(BRAND, logo=logo))
    answer = await client.get(address)
    assert (answer.status_code, answer.content) == (200, logo.content)
    assert answer.headers["content-type"] == logo.media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "sandbox"} <= set(policy)
    await brand(units, issued, None, 3)
    assert_problem(await client.get(address), 404, "not_found")
    page = await client.get(issued.public, headers=AS_PAGE)
    assert "<img" not in page.text
    assert "<header><span>Stadt Mannheim</span></header>" in page.text


async def test_a_brand_is_its_own_tenant_s(
    client: httpx.AsyncClient, units: Units, issued: Issued
) -> None:
    other = await issue(units)
    await brand(units, issued, BRAND)
    assert_problem(await client.get(f"/tenants/{other.tenant_id}/logo"), 404, "not_found")
    page = await client.get(other.public, headers=AS_PAGE)
    assert "Mannheim²" not in page.text


async def test_what_was_signed_stays_and_what_is_signed_next_says_where_the_logo_is(
    client: httpx.AsyncClient, units: Units, issued: Issued
) -> None:
    before = (await client.get(issued.public)).content
    assert "image" not in json.loads(before)["issuer"]
    await brand(units, issued, BRAND)
    async with units([issued.tenant_id]) as work:
        again = completed(tenant_id=issued.tenant_id, person_id=issued.person_id)
        await record_awards(work, [again])
        assert await issue_credentials(work, utc_now(), 10) == 1
        newest, _ = await work.queries.credentials(None, None, 10, 0)
    assert (await client.get(issued.public)).content == before
    did = (await client.get(f"/tenants/{issued.tenant_id}/did.json")).json()
    path = f"/tenants/{issued.tenant_id}/credentials/{newest.credential_id}"
    document = (await client.get(path)).content
    verify_independently(document, did)
    image = json.loads(document)["issuer"]["image"]
    assert image["type"] == "Image"
    assert (await client.get(image["id"])).content == LOGO.content
    await brand(units, issued, None, 3)
    assert (await client.get(path)).content == document
    verification = await client.get(f"{path}/verification")
    assert verification.json()["valid"]


def test_the_image_is_covered_by_the_signature() -> None:
    issuer = sample_issuer()
    profile = replace(issuer.profile, image="https://certificate.example/tenants/1/logo")
    document: dict[str, Any] = build_credential(
        credential_url="https://certificate.example/credentials/1",
        issuer=profile,
        provider=issuer.profile,
        achievement=ACHIEVEMENT,
        email="person@example.org",
        salt="salt",
        valid_from=NOW,
        status=StatusPlace(list_url(), 1),
    )
    assert "image" not in document["credentialSubject"]["achievement"]["creator"]
    verify_independently(issuer.sign(document), issuer.document)
    moved = issuer.sign(document).replace(b"/tenants/1/logo", b"/tenants/2/logo")
    with pytest.raises(NotVerifiedError):
        verify_independently(moved, issuer.document)
