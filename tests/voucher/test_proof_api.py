"""Asking for a proof of use, reading it and signing it over HTTP."""

import hashlib
from collections.abc import AsyncIterator
from time import time
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.voucher.adapters.proof_reads import ProofReads
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.errors import VoucherError
from services.voucher.entrypoints import api, proofs
from shared.auth.tokens import Caller
from shared.database.reading import Reader
from shared.database.unit_of_work import units_of_work
from shared.http.app import create_app
from shared.settings import Settings
from tests.shared.operators import by
from tests.support.apps import EverybodyMay, nothing_to_start
from tests.voucher.proving import Proving


class Tokens:
    """A token is a name, roles and a tenant."""

    async def authenticate(self, token: str) -> Caller:
        name, roles, tenant = token.split("|")
        return Caller(name, frozenset(roles.split(",")), (UUID(tenant),), time() + 60)


@pytest_asyncio.fixture(loop_scope="session")
async def proving(engine_for, stack) -> AsyncIterator[Proving]:
    engine = engine_for("voucher")
    url = stack.service_environment("voucher")["DATABASE_URL"]
    reader = Reader(Settings(database_url=url))
    async with reader.running():
        opened = units_of_work(engine, PostgresUnitOfWork, source="/test")
        made = await Proving.start(opened, reader.reads(ProofReads))
        await made.use("Trier", 6, certified=6)
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def client(proving) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(
        title="voucher",
        description="",
        checks={},
        lifespan=nothing_to_start,
        domain_error=VoucherError,
        statuses=api.STATUSES,
    )
    app.state.authenticator, app.state.standings = Tokens(), EverybodyMay()
    app.state.units, app.state.ledger_reads = proving.opened, proving.reads
    app.include_router(proofs.router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    base = f"http://voucher/v1/programmes/{proving.made.programme_id}"
    async with httpx.AsyncClient(transport=transport, base_url=base) as each:
        yield each


def who(name, roles, proving, tenant_id=None):
    return by(f"{name}|{roles}|{tenant_id or proving.made.tenant_id}")


async def asked(client, proving, kind="interim"):
    """A proof that was asked for and made."""
    funder = who("fred", "funder", proving)
    answer = await client.post("/proofs", json={"kind": kind}, headers=funder)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "pending"
    async with proving.opened([proving.made.tenant_id]) as work:
        proof_id = UUID(answer.json()["proof_id"])
        proof = await work.proofs.get(proving.made.programme_id, proof_id)
    early = await client.get(f"/proofs/{proof_id}/json", headers=funder)
    assert (early.status_code, early.json()["code"]) == (409, "proof_not_ready")
    await proving.make(proof)
    return proof_id


async def test_a_proof_is_read_and_each_file_has_the_hash_that_is_told(client, proving):
    proof_id = await asked(client, proving)
    auditor = who("anna", "auditor", proving)
    view = (await client.get(f"/proofs/{proof_id}", headers=auditor)).json()
    assert (view["status"], view["requested_by"], view["accounts"]["redeemed"]) == (
        "ready",
        "fred",
        6,
    )
    for name, path in {
        "json": "json",
        "csv": "csv",
        "pdf-de": "pdf",
        "pdf-en": "pdf?language=en",
    }.items():
        answer = await client.get(f"/proofs/{proof_id}/{path}", headers=auditor)
        assert answer.status_code == 200, answer.text
        assert hashlib.sha256(answer.content).hexdigest() == view["files"][name]["sha256"]
        assert int(answer.headers["content-length"]) == view["files"][name]["size"]
        assert f"proof-of-use-{proof_id}." in answer.headers["content-disposition"]
    [listed, *_] = (await client.get("/proofs", headers=auditor)).json()
    assert listed == view


async def test_a_person_signs_once_in_a_role_and_what_was_read(client, proving):
    proof_id = await asked(client, proving)
    anna = who("anna", "auditor,funder", proving)
    path = f"/proofs/{proof_id}/signatures"
    files = (await client.get(f"/proofs/{proof_id}", headers=anna)).json()["files"]
    wrong = await client.post(path, json={"sha256": "0" * 64}, headers=anna)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "not_what_is_signed")
    body = {"sha256": files["json"]["sha256"], "comment": "Stichprobe geprüft"}
    signed = await client.post(path, json=body, headers=anna)
    assert signed.status_code == 201, signed.text
    [signature] = signed.json()["signatures"]
    assert (signature["subject"], signature["role"]) == ("anna", "auditor")
    again = await client.post(path, json=body, headers=anna)
    assert (again.status_code, again.json()["code"]) == (409, "already_signed")
    fred = who("fred", "funder", proving)
    assert len((await client.post(path, json=body, headers=fred)).json()["signatures"]) == 2


@pytest.mark.parametrize("roles", ["tenant-admin", "hr", "learner"])
async def test_who_is_neither_funder_nor_auditor_signs_nothing(client, proving, roles):
    answer = await client.post(
        f"/proofs/{uuid4()}/signatures",
        json={"sha256": "0" * 64},
        headers=who("x", roles, proving),
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")


async def test_another_tenant_finds_nothing(client, proving):
    proof_id = await asked(client, proving)
    stranger = who("x", "funder,auditor,tenant-admin", proving, tenant_id=uuid4())
    for path in ("", "/json", "/csv", "/pdf"):
        answer = await client.get(f"/proofs/{proof_id}{path}", headers=stranger)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for path, body in {"/proofs": {"kind": "interim"}}.items():
        assert (await client.post(path, json=body, headers=stranger)).status_code == 404
    signing = {"sha256": "0" * 64}
    answer = await client.post(f"/proofs/{proof_id}/signatures", json=signing, headers=stranger)
    assert answer.status_code == 404
    for path in ("/proofs", "/financing-plan"):
        assert (await client.get(path, headers=stranger)).status_code == 404


async def test_a_plan_is_kept_and_too_much_of_one_is_refused(client, proving):
    funder = who("fred", "funder", proving)
    position = {"number": "1.1", "title": "Kurse", "planned": 60, "offer_kinds": ["learning_unit"]}
    plan = {"positions": [position]}
    answer = await client.put("/financing-plan", json=plan, headers=funder)
    assert answer.status_code == 200, answer.text
    kept = (await client.get("/financing-plan", headers=funder)).json()
    assert kept == {"planned": 60, "positions": [{**position, "competence_fields": []}]}
    too_much = {"positions": [{**position, "planned": 101}]}
    answer = await client.put("/financing-plan", json=too_much, headers=funder)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_financing_plan")
    for wrong in (-1, 0.5, 10**30, "many"):
        body = {"positions": [{**position, "planned": wrong}]}
        assert (await client.put("/financing-plan", json=body, headers=funder)).status_code == 422
    assert (await client.get("/financing-plan", headers=funder)).json() == kept


async def test_a_final_proof_of_a_running_programme_is_refused_with_what_to_do(client, proving):
    answer = await client.post(
        "/proofs", json={"kind": "final"}, headers=who("fred", "funder", proving)
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "proof_not_possible")
    assert "interim proof" in answer.json()["detail"]
