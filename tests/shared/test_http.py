"""Every app of `shared`: how it answers when it goes well, and in each way that it does not."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from shared.http.app import create_app
from shared.http.fields import Body, Description, Key, Moment, Name
from shared.http.middleware import MAX_BODY_BYTES, current_traceparent
from shared.http.pages import Limit
from shared.http.problems import MEDIA_TYPE, Problem, not_found
from shared.outbox.store import EventTooLargeError

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "correlation_id"}


class ToyError(Exception):
    """The base of a toy domain's errors."""

    code = "toy_broken"


class ToyMissingError(ToyError):
    code = "toy_missing"


class Toy(Body):
    name: Name
    key: Key = "k"
    description: Description = ""
    wheels: int = 4
    made_at: Moment | None = None


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield


async def _fine() -> None:
    pass


async def _broken() -> None:
    raise ConnectionRefusedError("postgresql://toy:hunter2@db")


def _add_routes(app: FastAPI) -> None:
    @app.post("/toys", status_code=201)
    async def make(toy: Toy) -> Toy:
        return toy

    @app.get("/toys")
    async def some(limit: Limit = 10) -> int:
        return limit

    @app.get("/traceparent")
    async def traceparent() -> str | None:
        return current_traceparent()

    @app.get("/raises/{what}")
    async def raises(what: str) -> None:
        errors: dict[str, Exception] = {
            "problem": Problem(429, "too_many", "Wait.", headers={"Retry-After": "9"}),
            "not_found": not_found("toy"),
            "mapped": ToyMissingError("There is no toy. Buy one."),
            "unmapped": ToyError("It is broken. Mend it."),
            "too_large": EventTooLargeError("toy.sold.v1 has 300000 bytes, at most 262144"),
            "unexpected": RuntimeError("password is hunter2"),
            "outage": ConnectionRefusedError("postgresql://toy:hunter2@db"),
        }
        raise errors[what]


def _app(*, healthy: bool = True) -> FastAPI:
    app = create_app(
        title="Toys",
        description="For tests.",
        checks={"database": _fine, "broker": _fine if healthy else _broken},
        lifespan=_lifespan,
        domain_error=ToyError,
        statuses={"toy_missing": 404},
    )
    _add_routes(app)
    return app


def _client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://toys")


@pytest_asyncio.fixture(loop_scope="session")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with _client(_app()) as each:
        yield each


def _problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The problem document of an answer, which has the one shape."""
    document: dict[str, object] = answer.json()
    assert answer.headers["content-type"] == MEDIA_TYPE == "application/problem+json"
    assert set(document) - {"errors"} == MEMBERS
    assert answer.status_code == document["status"] == status
    assert document["code"] == code
    assert document["type"] == f"urn:lernverbund:problem:{code}"
    assert document["detail"] and document["title"]
    assert document["instance"] == answer.request.url.path
    assert document["correlation_id"] == answer.headers["x-correlation-id"]
    return document


async def test_an_unknown_address_is_a_problem(client: httpx.AsyncClient) -> None:
    _problem(await client.get("/nowhere"), 404, "not_found")


async def test_an_unknown_method_is_a_problem_that_names_the_known_ones(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.delete("/toys")
    _problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


async def test_a_problem_keeps_its_status_code_and_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/raises/problem")
    assert _problem(answer, 429, "too_many")["detail"] == "Wait."
    assert answer.headers["retry-after"] == "9"


async def test_what_is_missing_and_what_is_anothers_look_the_same(
    client: httpx.AsyncClient,
) -> None:
    document = _problem(await client.get("/raises/not_found"), 404, "not_found")
    assert document["detail"] == "There is no such toy for you. Check the id."


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [("mapped", 404, "toy_missing"), ("unmapped", 409, "toy_broken")],
)
async def test_a_domain_error_has_the_status_of_its_code(
    client: httpx.AsyncClient, what: str, status: int, code: str
) -> None:
    document = _problem(await client.get(f"/raises/{what}"), status, code)
    assert str(document["detail"]).endswith(("Buy one.", "Mend it."))


async def test_a_problem_of_an_app_without_a_domain_keeps_its_status() -> None:
    app = create_app(title="Worker", description="", checks={}, lifespan=_lifespan)
    _add_routes(app)
    async with _client(app) as client:
        _problem(await client.get("/raises/problem"), 429, "too_many")


async def test_an_unexpected_error_tells_nothing_of_itself(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await client.get("/raises/unexpected")
    _problem(answer, 500, "internal_error")
    assert "hunter2" not in answer.text and "RuntimeError" not in answer.text
    assert "RuntimeError" in caplog.text, "the operator finds it in the log"


async def test_what_would_make_too_large_an_event_is_refused(client: httpx.AsyncClient) -> None:
    document = _problem(await client.get("/raises/too_large"), 422, "event_too_large")
    assert "at most 262144" in str(document["detail"])


async def test_an_outage_asks_to_try_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/raises/outage")
    _problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "2"
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(("what", "status"), [("unexpected", 500), ("outage", 503)])
async def test_an_error_that_was_answered_does_not_reach_the_server(what: str, status: int) -> None:
    transport = httpx.ASGITransport(_app(), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://toys") as client:
        assert (await client.get(f"/raises/{what}")).status_code == status


async def test_an_error_after_the_answer_has_begun_ends_the_connection() -> None:
    app = _app()

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            yield "half"
            raise RuntimeError("no more")

        return StreamingResponse(pieces())

    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://toys") as client:
        with pytest.raises(RuntimeError, match="no more"):
            await client.get("/half")


@pytest.mark.parametrize("path", ["/nowhere", "/raises/unexpected", "/raises/outage", "/toys"])
async def test_every_answer_may_not_be_stored_or_sniffed(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/toys", "200"), ("/raises/mapped", "404"), ("/raises/unexpected", "500")],
)
async def test_every_request_is_measured_once_by_route_and_status(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str, status: str
) -> None:
    measured: list[dict[str, str]] = []

    class Recording:
        def record(self, _seconds: float, labels: dict[str, str]) -> None:
            measured.append(labels)

    monkeypatch.setattr("shared.http.middleware.REQUESTS", Recording())
    await client.get(path)
    route = "/toys" if path == "/toys" else "/raises/{what}"
    assert measured == [{"method": "GET", "route": route, "status": status}]


async def test_invalid_fields_are_named_without_their_values(client: httpx.AsyncClient) -> None:
    answer = await client.post("/toys", json={"wheels": "hunter2", "colour": "red"})
    errors = _problem(answer, 422, "invalid_request")["errors"]
    assert isinstance(errors, list)
    assert {each["field"] for each in errors} == {"body.name", "body.wheels", "body.colour"}
    assert all(each["detail"] for each in errors)
    assert "hunter2" not in answer.text


async def test_a_query_is_checked_too(client: httpx.AsyncClient) -> None:
    document = _problem(await client.get("/toys?limit=501"), 422, "invalid_request")
    assert "query.limit" in str(document["errors"])


@pytest.mark.parametrize("body", [b"{", b"", b"null", b"[]", b"\xff\xfe", b'{"name": NaN}'])
async def test_a_body_that_is_no_toy_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/toys", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+12:00",
        "1899-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "2026-11-21T09:30:00",
        "yesterday",
    ],
)
async def test_a_moment_is_within_reach_and_has_a_zone(
    client: httpx.AsyncClient, moment: str
) -> None:
    answer = await client.post("/toys", json={"name": "Ball", "made_at": moment})
    assert "body.made_at" in str(_problem(answer, 422, "invalid_request")["errors"])


async def test_a_moment_is_kept_in_utc(client: httpx.AsyncClient) -> None:
    toy = {"name": "Ball", "made_at": "2026-11-21T10:30:00+01:00"}
    assert (await client.post("/toys", json=toy)).json()["made_at"] == "2026-11-21T09:30:00Z"


@pytest.mark.parametrize("field", ["name", "key", "description"])
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\r", "\x7f", "\x85"])
async def test_control_characters_are_refused(
    client: httpx.AsyncClient, field: str, character: str
) -> None:
    toy = {"name": "Ball", field: f"a{character}b"}
    document = _problem(await client.post("/toys", json=toy), 422, "invalid_request")
    assert f"body.{field}" in str(document["errors"])


@pytest.mark.parametrize("field", ["name", "key"])
@pytest.mark.parametrize("line_break", ["\n", "\u2028"])
async def test_a_name_is_one_line(client: httpx.AsyncClient, field: str, line_break: str) -> None:
    toy = {"name": "Ball", field: f"one{line_break}two"}
    _problem(await client.post("/toys", json=toy), 422, "invalid_request")


async def test_a_description_may_have_lines(client: httpx.AsyncClient) -> None:
    toy = {"name": "Ball", "description": "one\n\ttwo"}
    assert (await client.post("/toys", json=toy)).json()["description"] == "one\n\ttwo"


@pytest.mark.parametrize("body", [b'{"name": "\\ud800"}', b'{"name": "Ball", "\\ud800": 1}'])
async def test_half_a_character_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/toys", content=body, headers={"content-type": "application/json"})
    _problem(answer, 422, "invalid_request")


async def test_names_are_trimmed_and_blank_ones_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/toys", json={"name": "  Ball "})).json()["name"] == "Ball"
    _problem(await client.post("/toys", json={"name": "  "}), 422, "invalid_request")


def _padded(size: int) -> bytes:
    return b'{"name": "Ball"' + b" " * (size - len(b'{"name": "Ball"}')) + b"}"


async def test_a_body_of_the_greatest_size_is_taken(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/toys", content=_padded(MAX_BODY_BYTES), headers=headers)
    assert answer.status_code == 201


async def test_an_announced_body_over_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/toys", content=_padded(MAX_BODY_BYTES + 1), headers=headers)
    _problem(answer, 413, "body_too_large")


async def test_an_endless_body_is_refused_when_it_passes_the_limit(
    client: httpx.AsyncClient,
) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 64 * 1024
            yield b" " * 64 * 1024

    headers = {"content-type": "application/json"}
    _problem(await client.post("/toys", content=chunks(), headers=headers), 413, "body_too_large")
    assert sent <= MAX_BODY_BYTES + 64 * 1024


async def test_the_callers_correlation_id_is_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers={"X-Correlation-ID": "booking-4711"})
    assert _problem(answer, 404, "not_found")["correlation_id"] == "booking-4711"


async def test_a_request_without_a_correlation_id_gets_its_own(client: httpx.AsyncClient) -> None:
    one, other = [(await client.get("/toys")).headers["x-correlation-id"] for _ in range(2)]
    assert UUID(one) != UUID(other)


@pytest.mark.parametrize("value", [b"a\tb", b"\xfcml\xe4ut", b"\x01", b"x" * 101, b""])
async def test_a_correlation_id_that_does_not_fit_a_log_is_replaced(
    client: httpx.AsyncClient, value: bytes
) -> None:
    answer = await client.get("/toys", headers=[(b"x-correlation-id", value)])
    assert UUID(answer.headers["x-correlation-id"])


async def test_the_callers_trace_is_taken_over(client: httpx.AsyncClient) -> None:
    answer = await client.get("/traceparent", headers={"traceparent": PARENT})
    assert answer.json().split("-")[1] == PARENT.split("-")[1]


async def test_a_malformed_trace_is_not_taken_over(client: httpx.AsyncClient) -> None:
    answer = await client.get("/traceparent", headers={"traceparent": "00-nonsense"})
    assert answer.json() is None or re.fullmatch(r"00-\w{32}-\w{16}-\w{2}", answer.json())


async def test_a_process_that_lives_says_so_whatever_its_checks_say() -> None:
    async with _client(_app(healthy=False)) as client:
        assert (await client.get("/health/live")).json() == {"status": "ok"}


async def test_a_process_is_ready_when_every_check_passes(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "broker": "ok"})


async def test_a_failing_check_is_named_and_makes_it_unready() -> None:
    async with _client(_app(healthy=False)) as client:
        answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "broker": "ConnectionRefusedError"}


async def test_measures_can_be_read(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.status_code == 200 and "python_info" in answer.text
