"""Requests that cannot be: each is answered with a problem that says what to correct."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.http.middleware import MAX_BODY_BYTES
from tests.support.problems import assert_problem
from tests.system.http.case import (
    Case,
    application,
    competence_model,
    offer,
    online_date,
    person,
    programme,
)
from tests.system.http.operations import LISTS, NAMES_AN_ID, Operation

JSON = {"Content-Type": "application/json"}
REVOCATION = f"/v1/credentials/{uuid4()}/revocation"
COMPLETIONS = f"/v1/offers/{uuid4()}/completions"

#: A good command of each kind, and a text in it that is one line of at most 200 characters.
COMMANDS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "apply": ("member", "/v1/applications", application(), "name"),
    "register": ("member", "/v1/people", person(), "family_name"),
    "publish": ("catalogue", "/v1/offers", offer(), "title"),
    "define": ("catalogue", "/v1/competence-models", competence_model(), "name"),
    "open": ("voucher", "/v1/programmes", programme(), "reference"),
    "revoke": ("certificate", REVOCATION, {"reason": "Ein Versehen"}, "reason"),
}
BAD_MINUTES: tuple[object, ...] = (
    *(0, -1, 60_001, 1.5, 10**30, "viel", [], float("nan"), float("inf")),
)
ONE_OF_EACH_SERVICE = ("register", "publish", "open", "revoke")
BAD_TEXTS = {
    "missing": None,
    "empty": "",
    "blank": " \t ",
    "too long": "a" * 201,
    "NUL": "a\x00b",
    "escape": "a\x1b[31mb",
    "bell": "a\x07b",
    "delete": "a\x7fb",
    "line break": "a\nb",
    "line separator": "a\u2028b",
    "half a character": "a\ud800b",
    "number": 4711,
    "truth": True,
    "list": ["a"],
    "object": {"a": 1},
}


async def post(case: Case, account: str, service: str, path: str, body: object) -> httpx.Response:
    """Post what httpx itself would refuse to encode, too."""
    content = json.dumps(body).encode()
    return await case.send(account, "POST", service, path, content=content, headers=JSON)


def assert_names(answer: httpx.Response, field: str) -> None:
    """The problem says which field to correct."""
    document = assert_problem(answer, 422, "invalid_request")
    fields = {each["field"]: each["detail"] for each in document["errors"]}
    assert any(name.startswith(field) and detail for name, detail in fields.items()), fields


@pytest.mark.parametrize("what", BAD_TEXTS)
@pytest.mark.parametrize("command", COMMANDS)
async def test_a_text_that_cannot_be(case: Case, mighty: str, command: str, what: str) -> None:
    service, path, body, field = COMMANDS[command]
    wrong = {**body, field: BAD_TEXTS[what]}
    assert_names(await post(case, mighty, service, path, wrong), f"body.{field}")


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_field_that_nobody_knows(case: Case, mighty: str, command: str) -> None:
    service, path, body, _ = COMMANDS[command]
    wrong = {**body, "tenant_id": str(uuid4())}
    assert_names(await post(case, mighty, service, path, wrong), "body.tenant_id")


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_field_that_is_left_out(case: Case, mighty: str, command: str) -> None:
    service, path, body, field = COMMANDS[command]
    wrong = {name: value for name, value in body.items() if name != field}
    assert_names(await post(case, mighty, service, path, wrong), f"body.{field}")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "invalid_request"),
        ("0731800", "invalid_request"),
        ("073180000", "invalid_request"),
        ("0731800000000", "invalid_request"),
        ("07 318 000", "invalid_request"),
        ("07318000\n", "invalid_request"),
        ("0731800a", "invalid_request"),
        ("０７３１８０００", "invalid_request"),  # noqa: RUF001  # digits, but not ours
        (7318000, "invalid_request"),
        ("08318000", "official_key_elsewhere"),
        (None, "official_key_missing"),
    ],
)
async def test_an_official_key_that_cannot_be(
    case: Case, mighty: str, key: object, code: str
) -> None:
    applicant = await case.accounts.make("antrag") if code != "invalid_request" else mighty
    body = application(official_key=key)
    answer = await post(case, applicant, "member", "/v1/applications", body)
    assert "official_key" in json.dumps(assert_problem(answer, 422, code))


def _people(*people: dict[str, Any]) -> dict[str, Any]:
    return {"people": people}


@pytest.mark.parametrize(
    ("service", "path", "body", "field"),
    [
        ("member", "/v1/applications", application(kind="club"), "kind"),
        ("member", "/v1/applications", application(regions="mrn"), "regions"),
        ("member", "/v1/applications", application(regions=["mrn"] * 21), "regions"),
        ("member", "/v1/applications", application(contact_email="niemand"), "contact_email"),
        ("member", "/v1/people", person(email="a\x00@b.de"), "email"),
        ("member", "/v1/people", person(email=f"{'a' * 300}@b.de"), "email"),
        ("member", "/v1/people", person(roles=[]), "roles"),
        ("member", "/v1/people", person(roles=["king"]), "roles.0"),
        ("member", "/v1/people", person(roles="learner"), "roles"),
        ("member", "/v1/people", person(external_id="a" * 101), "external_id"),
        ("member", "/v1/people/bulk", _people(), "people"),
        ("member", "/v1/people/bulk", _people(person(), person(email="x")), "people.1.email"),
        ("member", "/v1/people/bulk", _people(*[person(external_id="1")] * 2), "people"),
        ("member", "/v1/people/bulk", _people(*[person() for _ in range(1_001)]), "people"),
        ("catalogue", "/v1/offers", offer(kind="party"), "kind"),
        ("catalogue", "/v1/offers", offer(criteria="a" * 5_001), "criteria"),
        ("catalogue", "/v1/offers", offer(criteria=""), "criteria"),
        ("catalogue", "/v1/offers", offer(description="a\x00b"), "description"),
        *(
            ("catalogue", "/v1/offers", offer(duration_minutes=minutes), "duration_minutes")
            for minutes in BAD_MINUTES
        ),
        ("catalogue", "/v1/offers", offer(competences=["x"]), "competences.0"),
        ("catalogue", "/v1/offers", offer(competences=[str(uuid4())] * 51), "competences"),
        ("catalogue", "/v1/offers", online_date(capacity=0), "capacity"),
        *(
            ("catalogue", "/v1/offers", {**online_date(1), "starts_at": moment}, "starts_at")
            for moment in ("2027-01-01T10:00:00", "morgen", "0001-01-01T00:00:00+14:00", 10**20)
        ),
        ("catalogue", "/v1/competence-models", competence_model(fields=[]), "fields"),
        ("catalogue", "/v1/competence-models", competence_model(fields=[None]), "fields.0"),
        ("catalogue", "/v1/bookings", {"payment": "own", "offer_id": "x"}, "offer_id"),
        ("catalogue", "/v1/bookings", {"payment": "gold"}, "payment"),
        ("catalogue", COMPLETIONS, {"booking_ids": []}, "booking_ids"),
        ("catalogue", COMPLETIONS, {"booking_ids": ["x"]}, "booking_ids.0"),
        ("catalogue", COMPLETIONS, {"booking_ids": [str(uuid4())] * 501}, "booking_ids"),
        *(
            ("voucher", "/v1/programmes", programme(vouchers=number), "vouchers")
            for number in (0, -1, 10_000_001, 1.5, 2**63, float("nan"))
        ),
        *(
            ("voucher", "/v1/programmes", programme(closes_at=moment), "closes_at")
            for moment in ("2027-01-01T10:00:00", "morgen", "9999-12-31T23:59:59-14:00", 10**20)
        ),
        ("voucher", "/v1/programmes", programme(reservation_days=3_651), "reservation_days"),
        ("voucher", "/v1/programmes", programme(eligibility=None), "eligibility"),
        ("voucher", "/v1/programmes", programme(eligibility={"towns": []}), "eligibility.towns"),
        ("voucher", "/v1/programmes", programme(eligibility={"offers": ["x"]}), "eligibility"),
        ("voucher", "/v1/programmes", programme(eligibility={"states": ["\x00"]}), "eligibility"),
    ],
)
async def test_a_value_that_cannot_be(
    case: Case, mighty: str, service: str, path: str, body: dict[str, Any], field: str
) -> None:
    assert_names(await post(case, mighty, service, path, body), f"body.{field}")


@pytest.mark.parametrize(
    ("service", "path", "body", "code"),
    [
        ("catalogue", "/v1/offers", offer(kind="online_date"), "invalid_offer"),
        ("catalogue", "/v1/offers", offer(capacity=5), "invalid_offer"),
        ("catalogue", "/v1/offers", {**online_date(1), "kind": "learning_unit"}, "invalid_offer"),
        (
            *("catalogue", "/v1/offers"),
            *({**online_date(1), "ends_at": "2026-01-01T00:00:00Z"}, "invalid_offer"),
        ),
        ("catalogue", "/v1/offers", offer(competences=[str(uuid4())]), "competence_unknown"),
        (
            *("voucher", "/v1/programmes"),
            *(programme(closes_at="2026-01-01T00:00:00Z"), "invalid_programme"),
        ),
        (
            *("voucher", "/v1/programmes"),
            *(programme(opens_at="2999-01-01T00:00:00Z"), "invalid_programme"),
        ),
        ("voucher", "/v1/programmes", programme(vouchers=None), "invalid_request"),
        ("voucher", "/v1/programmes", programme(budget_cents=100_000), "invalid_request"),
    ],
)
async def test_a_request_that_contradicts_itself(
    case: Case, mighty: str, service: str, path: str, body: dict[str, Any], code: str
) -> None:
    assert_problem(await post(case, mighty, service, path, body), 422, code)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "DE-XX"}, "state_unknown"),
        ({"regions": ["ruhr"]}, "region_unknown"),
        ({"official_key": None, "kind": "partner", "state": "DE-BY"}, "region_elsewhere"),
    ],
)
async def test_an_application_from_nowhere(case: Case, changes: dict[str, Any], code: str) -> None:
    applicant = await case.accounts.make("antrag")
    answer = await post(case, applicant, "member", "/v1/applications", application(**changes))
    assert_problem(answer, 422, code)


@pytest.mark.parametrize("command", ONE_OF_EACH_SERVICE)
@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"null", b"[]", b'"text"', b"{}}", b"{'a': 1}", b'{"a": 1,}'),
        *(b"\xff\xfe", b'{"a": ' + b"9" * 5_000 + b"}", b"[" * 100_000),
    ],
    ids=lambda content: content[:12].decode(errors="replace"),
)
async def test_a_body_that_cannot_be_read(
    case: Case, mighty: str, command: str, content: bytes
) -> None:
    service, path, _, _ = COMMANDS[command]
    answer = await case.send(mighty, "POST", service, path, content=content, headers=JSON)
    if answer.status_code == 400:
        assert "JSON" in assert_problem(answer, 400, "bad_request")["detail"]
    else:
        assert_names(answer, "body")


@pytest.mark.parametrize("command", ONE_OF_EACH_SERVICE)
async def test_a_body_of_another_kind(case: Case, mighty: str, command: str) -> None:
    service, path, body, field = COMMANDS[command]
    form = await case.send(mighty, "POST", service, path, data={field: "a"})
    assert_names(form, "body")
    content = json.dumps(body).encode()
    text = {"Content-Type": "text/plain"}
    plain = await case.send(mighty, "POST", service, path, content=content, headers=text)
    assert_names(plain, "body")


async def _unannounced() -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    for _ in range(2 * MAX_BODY_BYTES // 2**16):
        yield b" " * 2**16


@pytest.mark.parametrize("command", ONE_OF_EACH_SERVICE)
async def test_a_body_that_is_too_large(case: Case, mighty: str, command: str) -> None:
    service, path, _, _ = COMMANDS[command]
    for content in (b" " * (MAX_BODY_BYTES + 1), _unannounced()):
        answer = await case.send(mighty, "POST", service, path, content=content, headers=JSON)
        assert "less" in assert_problem(answer, 413, "body_too_large")["detail"]


BAD_IDS = ("x", "0", "%00", "%F0%9F%92%A9", "'%20OR%201=1", f"{uuid4()}0", "a" * 5_000)


@pytest.mark.parametrize("operation", NAMES_AN_ID, ids=str)
async def test_an_id_that_cannot_be(case: Case, mighty: str, operation: Operation) -> None:
    for name in operation.ids:
        for wrong in BAD_IDS:
            path = operation.path(**{name: wrong})
            answer = await case.send(mighty, operation.method, operation.service, path)
            assert_names(answer, f"path.{name}")


NUMBERS = ("-1", "99999999999999999999", "1.5", "x", "", "%00")
BAD_QUERIES = {"limit": (*NUMBERS, "0", "1001"), "offset": NUMBERS, "after": NUMBERS}
#: What an operator looks for may be any text, but none that has no end.
_TEXTS = (
    *("topic", "type", "tenant_id", "error", "group_id"),
    *("subject", "correlation_id", "operator", "action", "text"),
)
BAD_QUERIES |= dict.fromkeys(_TEXTS, ("", "%00", "a" * 101))
#: Of the feed, any text: what it means is judged by the subscription that it is for (tests/feed).
TEXTS = {("feed", "aggregate"), ("feed", "after")}


@pytest.mark.parametrize("operation", LISTS, ids=str)
async def test_a_query_that_cannot_be(case: Case, mighty: str, operation: Operation) -> None:
    for name in operation.parameters:
        for wrong in BAD_QUERIES.get(name, ("x", "%00")):
            if name in operation.ids or (operation.service, name) in TEXTS:
                continue
            path = f"{operation.path()}?{name}={wrong}"
            answer = await case.send(mighty, "GET", operation.service, path)
            assert_names(answer, f"query.{name}")


@pytest.mark.parametrize("service", ["member", "catalogue", "voucher", "certificate"])
async def test_an_address_that_is_none(case: Case, mighty: str, service: str) -> None:
    for path in ("/v1/nowhere", "/", "/v1/../etc/passwd", "/%00"):
        assert_problem(await case.send(mighty, "GET", service, path), 404, "not_found")
    [listed] = [each for each in LISTS if each.service == service][:1]
    answer = await case.send(mighty, "DELETE", service, listed.path())
    assert_problem(answer, 405, "method_not_allowed")
