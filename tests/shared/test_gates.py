"""Who may call which address: the gates, against an issuer of this test's own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI

from shared.auth.access import Access, UndeclaredAccessError, declared
from shared.auth.dependencies import (
    FOR_EVERYBODY,
    WITH_ITS_OWN_TOKEN,
    AnyCaller,
    Operator,
    TenantAdmin,
    TenantCaller,
    TenantMember,
    for_tenant,
    for_tenant_itself,
)
from shared.http.app import create_app
from tests.shared.issuers import ABSENT, FIRST, TENANT, Issuer, organizations, signed
from tests.support.apps import EverybodyMay


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(FIRST)


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield


def _app(issuer: Issuer) -> FastAPI:
    app = create_app(title="Doors", description="", checks={}, lifespan=_lifespan)
    app.state.authenticator = issuer.authenticator
    app.state.standings = EverybodyMay()
    trainers = for_tenant("trainer", "leader")

    @app.get("/any")
    async def anybody(caller: AnyCaller) -> str:
        return caller.subject

    @app.get("/member")
    async def member(caller: TenantMember) -> UUID:
        return caller.tenant_id

    @app.get("/admin")
    async def admin(caller: TenantAdmin) -> UUID:
        return caller.tenant_id

    @app.get("/trainer")
    async def trainer(caller: Annotated[TenantCaller, Depends(trainers)]) -> UUID:
        return caller.tenant_id

    @app.get("/operator")
    async def operator(caller: Operator) -> str:
        return caller.subject

    return app


async def _get(
    issuer: Issuer, path: str, authorization: str | None, more: Mapping[str, str] | None = None
) -> httpx.Response:
    headers = dict(more or {})
    if authorization:
        headers["Authorization"] = authorization
    transport = httpx.ASGITransport(_app(issuer), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://doors") as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize("path", ["/any", "/member", "/admin", "/trainer", "/operator"])
@pytest.mark.parametrize("authorization", [None, "Basic ZTpl", "Bearer", "Bearer nonsense"])
async def test_who_does_not_say_who_it_is_is_asked_to(
    issuer: Issuer, path: str, authorization: str | None
) -> None:
    answer = await _get(issuer, path, authorization)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_member_acts_for_the_tenant_of_its_token(issuer: Issuer) -> None:
    for path in ("/member", "/admin"):
        answer = await _get(issuer, path, f"Bearer {signed()}")
        assert (answer.status_code, answer.json()) == (200, str(TENANT))


@pytest.mark.parametrize("organization", [ABSENT, organizations(TENANT, uuid4())])
@pytest.mark.parametrize("path", ["/member", "/admin", "/trainer"])
async def test_who_acts_for_no_one_tenant_is_refused(
    issuer: Issuer, path: str, organization: object
) -> None:
    answer = await _get(issuer, path, f"Bearer {signed(organization=organization)}")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_single_tenant")


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("/admin", {"tenant_roles": []}),
        ("/admin", {"tenant_roles": ABSENT}),
        ("/admin", {"tenant_roles": [], "realm_access": {"roles": ["operator"]}}),
        ("/admin", {"tenant_roles": [], "realm_access": {"roles": ["tenant-admin"]}}),
        ("/admin", {"tenant_roles": [f"{uuid4()}:tenant-admin"]}),
        ("/admin", {"tenant_roles": ["tenant-admin", ":tenant-admin", f"{TENANT}:"]}),
        ("/operator", {}),
        ("/operator", {"tenant_roles": [f"{TENANT}:operator"]}),
        ("/trainer", {}),
    ],
)
async def test_who_lacks_the_role_is_told_which(
    issuer: Issuer, path: str, claims: dict[str, object]
) -> None:
    token = signed(FIRST, **claims)
    answer = await _get(issuer, path, f"Bearer {token}")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert "needs the role" in answer.json()["detail"]


async def test_a_role_in_one_tenant_is_none_in_another(issuer: Issuer) -> None:
    other = uuid4()
    roles = [f"{TENANT}:tenant-admin", f"{other}:learner"]
    for tenant_id, status in ((TENANT, 200), (other, 403)):
        token = signed(tenant_roles=roles, organization=organizations(tenant_id))
        assert (await _get(issuer, "/admin", f"Bearer {token}")).status_code == status
    both = signed(tenant_roles=roles, organization=organizations(TENANT, other))
    caller = await issuer.authenticator.authenticate(both)
    assert caller.roles == frozenset()


async def test_a_machine_may_do_what_its_roles_name_and_nothing_else(issuer: Issuer) -> None:
    token = signed(tenant_roles=[f"{TENANT}:machine", f"{TENANT}:trainer"])
    for path, status in (("/trainer", 200), ("/member", 403), ("/admin", 403)):
        assert (await _get(issuer, path, f"Bearer {token}")).status_code == status


async def test_only_a_verified_address_is_known(issuer: Issuer) -> None:
    for verified, expected in ((True, "erika@example.org"), (False, None), ("true", None)):
        token = signed(email="erika@example.org", email_verified=verified, jti=str(uuid4()))
        caller = await issuer.authenticator.authenticate(token)
        assert caller.email == expected
        assert "erika@" not in repr(caller)


@pytest.mark.parametrize("sent", [str(uuid4()), "trier"])
async def test_nobody_but_operators_names_the_tenant_to_act_for(issuer: Issuer, sent: str) -> None:
    answer = await _get(issuer, "/member", f"Bearer {signed()}", {"X-Tenant-ID": sent})
    assert answer.status_code in {403, 422}


@pytest.mark.parametrize("role", ["trainer", "leader"])
async def test_one_of_several_roles_is_enough(issuer: Issuer, role: str) -> None:
    token = signed(tenant_roles=[f"{uuid4()}:leader", f"{TENANT}:{role}"])
    assert (await _get(issuer, "/trainer", f"Bearer {token}")).status_code == 200


async def test_a_token_without_roles_is_nobody_special(issuer: Issuer) -> None:
    token = signed(realm_access=ABSENT, tenant_roles=ABSENT)
    assert (await _get(issuer, "/member", f"Bearer {token}")).status_code == 200
    assert (await _get(issuer, "/admin", f"Bearer {token}")).status_code == 403


async def test_an_operator_needs_no_tenant(issuer: Issuer) -> None:
    token = signed(realm_access={"roles": ["operator"]}, organization=ABSENT, tenant_roles=ABSENT)
    answer = await _get(issuer, "/operator", f"Bearer {token}")
    assert (answer.status_code, answer.json()) == (200, "erika")


async def test_an_unreachable_issuer_asks_to_try_again(issuer: Issuer) -> None:
    issuer.fails_with = -1
    answer = await _get(issuer, "/any", f"Bearer {signed()}")
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unreachable")
    assert answer.headers["retry-after"] == "5"


def _opened(router: APIRouter) -> FastAPI:
    app = create_app(title="Doors", description="", checks={}, lifespan=_lifespan)
    app.include_router(router)
    return app


async def test_an_operator_comes_in_only_where_it_is_let(issuer: Issuer) -> None:
    """Without the header an operator is nobody in a tenant; with it, somebody with a running access."""
    admitted: list[Any] = []

    class Accesses:
        async def admit(self, errand: Any) -> bool:
            admitted.append(errand)
            return bool(errand.tenant_id == TENANT)

    app = _app(issuer)
    app.state.operator_access = Accesses()
    own = Annotated[TenantCaller, Depends(for_tenant_itself())]

    @app.get("/own")
    async def of_the_tenant_itself(caller: own) -> UUID:
        return caller.tenant_id

    staff = {
        "realm_access": {"roles": ["operator"]},
        "organization": ABSENT,
        "tenant_roles": ABSENT,
    }
    headers = {"Authorization": f"Bearer {signed(FIRST, **staff)}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://doors") as client:
        assert (await client.get("/admin", headers=headers)).json()["code"] == "no_single_tenant"
        for tenant_id, code in ((TENANT, None), (uuid4(), "operator_access_missing")):
            named = {**headers, "X-Tenant-ID": str(tenant_id)}
            answer = await client.get("/admin", headers=named)
            assert (answer.json() if code is None else answer.json()["code"]) == (
                code or str(TENANT)
            )
            for closed in ("/own", "/trainer"):
                answer = await client.get(closed, headers=named)
                assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert [(each.address, each.changes) for each in admitted] == [("GET /admin", False)] * 2


def test_every_address_says_once_who_may_call_it(issuer: Issuer) -> None:
    table = {path: access for (_, path), access in declared(_app(issuer)).items()}
    assert table["/any"] == Access(accounts=True)
    assert table["/operator"] == Access(staff=("operator",))
    assert table["/trainer"] == Access(members=True, roles=("trainer", "leader"))
    assert table["/admin"].operators_too


@pytest.mark.parametrize(
    "gates", [[], [FOR_EVERYBODY, Depends(for_tenant())], [Depends(for_tenant("king"))]]
)
def test_an_address_that_does_not_say_who_may_call_it_keeps_the_process_from_starting(
    gates: list[Any],
) -> None:
    router = APIRouter(prefix="/inner", dependencies=gates)

    @router.get("/open")
    async def forgotten() -> None:
        """Nobody declared who may come here."""

    @router.get("/hidden", include_in_schema=False, dependencies=[WITH_ITS_OWN_TOKEN])
    async def hidden() -> None:
        """Not in the document, and declared all the same."""

    with pytest.raises(UndeclaredAccessError, match="/inner/"):
        declared(_opened(router))
