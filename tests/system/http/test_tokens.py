"""Who is not let in, at every operation of every service."""

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.local.stack import Stack
from tests.support.problems import assert_problem
from tests.support.waiting import until
from tests.system.http.case import (
    Case,
    Tenants,
    competence_model,
    offer,
    person,
    programme,
)
from tests.system.http.operations import NEEDS_A_ROLE, NEEDS_A_TENANT, PROTECTED, Operation

Authorizations = Mapping[str, str | None]

#: Heads of tokens that name no algorithm of ours, or nothing that could be one.
HEADS: Mapping[str, object] = {
    "unsigned": {"alg": "none"},
    "signed with a shared secret": {"alg": "HS256"},
    "a list as its head": [],
    "a text as its head": "RS256",
    "a list as its algorithm": {"alg": ["RS256"]},
    "an object as its algorithm": {"alg": {}},
    "a number as its key": {"alg": "RS256", "kid": 5},
    "a list as its key": {"alg": "RS256", "kid": []},
    "unknown extensions": {"alg": "RS256", "crit": ["x"], "x": 1},
}
KINDS = (
    *("none at all", "no bearer", "an empty one", "no token", "three words", "not ASCII", "long"),
    *("of another realm", "with another payload", "for no service", "to refresh with"),
    *HEADS,
)


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _changed(token: str) -> str:
    """The token with other roles, under the same signature."""
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["realm_access"] = {"roles": ["operator"]}
    [entry] = claims["organization"].values()
    claims["tenant_roles"] = [f"{entry['tenant_id'][0]}:{role}" for role in ("tenant-admin", "hr")]
    return f"{head}.{_encoded(claims)}.{signature}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def refused(case: Case, platform: Stack, tenants: Tenants) -> Authorizations:
    """Headers that no service accepts, by what is wrong with them."""
    good = await case.accounts.tokens(tenants.town.account)
    token = good["access_token"]
    foreign = await case.accounts.tokens("fremd", realm="other")
    secret = platform.service_environment("member")["KEYCLOAK_CLIENT_SECRET"]
    _, payload, signature = token.split(".")
    bearers = {
        "no token": "token",
        "three words": "a.b.c",
        "not ASCII": "ü.ü.ü",
        "long": "a" * 30_000,
        "of another realm": foreign["access_token"],
        "with another payload": _changed(token),
        "for no service": await case.accounts.service_token("member", secret),
        "to refresh with": good["refresh_token"],
        **{name: f"{_encoded(head)}.{payload}.{signature}" for name, head in HEADS.items()},
    }
    basic = {
        "none at all": None,
        "no bearer": "Basic b3BlcmF0b3I6ZGVtby1vcGVyYXRvcg==",
        "an empty one": "Bearer",
    }
    return basic | {name: f"Bearer {bearer}" for name, bearer in bearers.items()}


async def _assert_nobody_gets_in(case: Case, authorization: str | None) -> None:
    headers = {"Authorization": authorization.encode()} if authorization is not None else {}
    for each in PROTECTED:
        answer = await case.send(None, each.method, each.service, each.path(), headers=headers)
        assert_problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer", each


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_gets_in_with_a_token(case: Case, refused: Authorizations, kind: str) -> None:
    await _assert_nobody_gets_in(case, refused[kind])


async def test_a_token_that_was_good_is_refused_once_it_has_ended(
    case: Case, tenants: Tenants
) -> None:
    token = await case.accounts.short_lived_token(tenants.town.account)
    headers = {"Authorization": f"Bearer {token}"}

    async def status() -> int:
        answer = await case.send(None, "GET", "member", "/v1/tenant", headers=headers)
        return answer.status_code

    assert await status() == 200
    await until(status, lambda seen: seen != 200, seconds=10)
    await _assert_nobody_gets_in(case, headers["Authorization"])


async def _answers(case: Case, account: str, operations: list[Operation]) -> dict[Operation, Any]:
    sent = [case.send(account, each.method, each.service, each.path()) for each in operations]
    return dict(zip(operations, await asyncio.gather(*sent), strict=True))


async def test_an_account_without_the_role_gets_nowhere(case: Case, tenants: Tenants) -> None:
    learner = await case.colleague(tenants.town, "learner")
    for answer in (await _answers(case, learner, NEEDS_A_ROLE)).values():
        assert_problem(answer, 403, "role_missing")


async def test_an_administrator_is_no_operator(case: Case, tenants: Tenants) -> None:
    decisions = [each for each in PROTECTED if each.template.startswith("/v1/applications")]
    answers = await _answers(case, tenants.town.account, decisions)
    for operation, answer in answers.items():
        if operation in NEEDS_A_ROLE:
            assert_problem(answer, 403, "role_missing")
        else:
            assert answer.status_code in {404, 422}, answer.text


async def test_an_account_without_a_tenant_gets_nowhere(case: Case) -> None:
    guest = await case.accounts.make("gast")
    for answer in (await _answers(case, guest, NEEDS_A_TENANT)).values():
        assert_problem(answer, 403, "no_single_tenant")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def unknown(case: Case) -> str:
    """The administrator of a tenant that Keycloak knows and the platform does not."""
    roles = ("tenant-admin", "funder")
    return await case.accounts.make("unbekannt", tenant_id=uuid4(), roles=roles)


@pytest.mark.parametrize(
    ("service", "path", "body", "code"),
    [
        ("member", "/v1/people", person(), "tenant_not_active"),
        ("member", "/v1/people/bulk", {"people": [person()]}, "tenant_not_active"),
        ("catalogue", "/v1/competence-models", competence_model(), "tenant_unknown"),
        ("catalogue", "/v1/offers", offer(), "tenant_unknown"),
        ("voucher", "/v1/programmes", programme(), "tenant_unknown"),
    ],
)
async def test_a_tenant_that_is_not_active_does_nothing(
    case: Case, unknown: str, service: str, path: str, body: dict[str, Any], code: str
) -> None:
    answer = await case.send(unknown, "POST", service, path, json=body)
    assert "operator" in assert_problem(answer, 403, code)["detail"]


async def test_a_tenant_that_is_not_active_books_nothing(
    case: Case, tenants: Tenants, unknown: str
) -> None:
    offer_id = await tenants.provider.publish(offer())
    for payment in ("voucher", "own"):
        body = {"offer_id": offer_id, "person_id": str(uuid4()), "payment": payment}
        answer = await case.send(unknown, "POST", "catalogue", "/v1/bookings", json=body)
        assert_problem(answer, 403, "tenant_unknown")


async def test_a_tenant_that_is_not_active_sees_nothing_of_others(
    case: Case, tenants: Tenants, unknown: str
) -> None:
    programme_id = await tenants.funder.open_programme()
    path = f"/v1/programmes/{programme_id}/eligibility"
    answer = await case.send(unknown, "GET", "voucher", path)
    assert_problem(answer, 403, "tenant_unknown")
    assert_problem(await case.send(unknown, "GET", "member", "/v1/tenant"), 404, "not_found")
    for service, list_of in (
        *(("member", "people"), ("catalogue", "bookings"), ("voucher", "programmes")),
        *(("voucher", "vouchers"), ("certificate", "credentials"), ("certificate", "awards")),
    ):
        listed = await case.send(unknown, "GET", service, f"/v1/{list_of}")
        assert (listed.status_code, listed.json()) == (200, [])
