"""A proof of use says what the ledger says, can be made again byte for byte, and names a line that was changed."""

import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from services.voucher.adapters.proof_files import CsvFile, JsonFile
from services.voucher.adapters.proof_pdf import typeset
from services.voucher.adapters.proof_reads import ProofReads
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.make_proofs import lines_of
from services.voucher.application.prove_use import plan_financing
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.errors import ProofNotPossibleError
from services.voucher.domain.evidence import Finding
from services.voucher.domain.financing_plan import FinancingPlan, Position
from services.voucher.domain.ledger import Why
from services.voucher.domain.proof import Kind, Status
from shared.database.engine import create_engine, transaction
from shared.database.reading import Reader, Reads
from shared.database.unit_of_work import units_of_work
from shared.settings import Settings
from tests.support.verapdf import broken_rules
from tests.voucher.proving import Opened, Proving


@pytest.fixture
def opened(engine_for) -> Opened:
    return units_of_work(engine_for("voucher"), PostgresUnitOfWork, source="/test")


@pytest_asyncio.fixture(loop_scope="session")
async def reads(stack, migrated) -> AsyncIterator[Reads[ProofReads]]:
    migrated("voucher")
    url = stack.service_environment("voucher")["DATABASE_URL"]
    reader = Reader(Settings(database_url=url))
    async with reader.running():
        yield reader.reads(ProofReads)


async def test_its_sums_are_those_of_the_ledger_and_of_the_credentials(opened, reads):
    proving = await Proving.start(opened, reads)
    fields = {"competence_fields": frozenset({"digital"}), "price_cents": 12_000}
    await proving.use("Ludwigshafen", 9, certified=7, **fields)
    *_, revoked = await proving.use("Mannheim", 6, certified=5)
    credential = await proving.certify(revoked)
    await proving.certify(revoked, Finding.REVOKED, credential)
    [reversed_use] = await proving.use("Trier", 1, certified=1)
    await proving.reserve("Trier", 2)

    def take_back(programme):
        reversed_use.reverse(programme, 1, proving.clock, Why(None, "not attended"))
        return [reversed_use]

    await proving.change(take_back)
    proof = await proving.prove()
    assert (proof.status, proof.failure) == (Status.READY, None)
    document = json.loads(await proving.file(proof, JsonFile()))
    async with opened([proving.made.tenant_id]) as work:
        pool = (await work.programmes.get(proving.made.programme_id)).total
    numbers, facts = document["numerical_part"], document["factual_part"]
    assert numbers["accounts"] == {
        "granted": pool.granted,
        "available": pool.available,
        "reserved": pool.reserved,
        "redeemed": pool.redeemed,
        "expired": pool.expired,
        "returned": pool.returned,
    }
    assert (numbers["income"], numbers["expense"]) == (100, pool.redeemed) == (100, 15)
    assert (facts["participations"], facts["certificates"]) == (15, 12)
    held = {row["credential_id"] for row in document["expenses"]} - {None}
    taken_back = [row for row in document["expenses"] if row["units"] < 0]
    assert len(held) == 13, "the twelve, and that of the use that was taken back"
    assert [row["reason"] for row in taken_back] == ["reverse"]
    assert sum(row["units"] for row in document["expenses"]) == 15
    assert sum(row["cents"] or 0 for row in document["expenses"]) == numbers["expense_cents"]
    assert (numbers["expense_cents"], numbers["unpriced"]) == (9 * 12_000, 8)
    assert [row["units"] for row in document["income"]] == [100]
    assert {row["key"]: row["participations"] for row in facts["competence_fields"]} == {
        "digital": 9
    }
    names = {row["name"]: row for row in facts["tenants"]}
    assert (names["Ludwigshafen"]["participations"], names["Mannheim"]["certificates"]) == (9, 5)


async def test_every_receipt_is_traced_from_the_grant_to_the_credential(opened, reads):
    proving = await Proving.start(opened, reads)
    allocation_id = uuid4()
    trier = proving.tenants["Trier"].tenant_id

    def allocate(programme):
        programme.allocate(allocation_id, trier, 10, proving.clock, Why(None))
        return []

    await proving.change(allocate)
    [used] = await proving.use("Trier", 1, certified=1)
    proof = await proving.prove()
    document = json.loads(await proving.file(proof, JsonFile()))
    [row] = document["expenses"]
    assert row["payer"] == "Lernverbund eG" and row["payee"] == "Volkshochschule"
    assert (row["day"], row["reason"], row["number"]) == ("2026-11-21", "redeem", 1)
    assert row["voucher_id"] == str(used.voucher_id)
    assert row["booking_id"] == str(used.booking_id)
    assert row["attended_at"] == proving.clock.isoformat()
    assert row["event_id"] and row["credential_id"] and row["credential_event_id"]
    [allocated] = document["allocations"]
    assert (allocated["pool_id"], allocated["units"]) == (row["pool_id"], 10)
    [granted] = document["income"]
    assert (granted["payer"], granted["entry"]) == ("Ministerium", 1)
    async with opened([proving.made.tenant_id]) as work:
        lines = await work.queries.ledger(proving.made.programme_id, row["entry"] - 1, 1)
    assert (lines[0].credit, lines[0].voucher_id) == ("redeemed", used.voucher_id)


async def test_it_comes_out_the_same_whatever_happened_since(opened, reads):
    proving = await Proving.start(opened, reads)
    used = await proving.use("Ludwigshafen", 7, certified=5, price_cents=5_000)
    proof = await proving.prove()
    files: dict[str, type[JsonFile | CsvFile]] = {"json": JsonFile, "csv": CsvFile}
    before = {name: await proving.file(proof, file()) for name, file in files.items()}
    async with opened([proving.made.tenant_id]) as work:
        kept = await work.proofs.pdf(proof.proof_id, "de")
    for name, content in before.items():
        assert proof.files[name].sha256 == hashlib.sha256(content).hexdigest()
        assert proof.files[name].size == len(content)
    proving.clock += timedelta(days=400)
    await proving.use("Mannheim", 6, certified=6)
    await proving.certify(used[6])
    renamed = [
        (Beneficiary(each.tenant_id, f"{each.name} neu", each.kind, "DE-HE", frozenset()), 2)
        for each in (*proving.tenants.values(), proving.provider)
    ]
    async with opened(proving.everybody) as work:
        await work.tenants.learn(renamed)
        programme = (await work.programmes.lock([proving.made.programme_id]))[
            proving.made.programme_id
        ]
        await plan_financing(work, programme, FinancingPlan((Position("9", "Other", 1),)))
    again = await proving.kept(proof)
    assert {name: await proving.file(again, file()) for name, file in files.items()} == before
    pdfs = await typeset(again, lines_of(again, proving.made.terms, reads))
    assert pdfs["de"] == kept
    later = await proving.prove()
    assert later.files["json"].sha256 != proof.files["json"].sha256
    assert later.head["factual_part"]["certificates"] == 12


async def test_a_line_that_was_changed_is_named(opened, reads, stack):
    proving = await Proving.start(opened, reads)
    await proving.use("Ludwigshafen", 5)
    proof = await proving.request()
    owner = create_engine(
        Settings(database_url=stack.migration_environment("voucher")["DATABASE_URL"])
    )
    async with transaction(owner, [proving.made.tenant_id]) as connection:
        await connection.execute(text("ALTER TABLE transfer DISABLE TRIGGER append_only"))
        change = "UPDATE transfer SET units = 2 WHERE programme_id = :p AND entry = 4"
        changed = await connection.execute(text(change), {"p": proving.made.programme_id})
        assert changed.rowcount == 1
        await connection.execute(text("ALTER TABLE transfer ENABLE TRIGGER append_only"))
    await owner.dispose()
    made = await proving.make(proof)
    assert made.status is Status.FAILED
    assert made.failure and "Entry 4 of the ledger" in made.failure


async def test_expenses_are_ordered_like_the_financing_plan(opened, reads):
    proving = await Proving.start(opened, reads)
    plan = FinancingPlan(
        (
            Position("1.1", "Modules", 60, frozenset({"certificate_module"})),
            Position("1.2", "Digital", 30, frozenset(), frozenset({"digital"})),
        )
    )
    async with opened([proving.made.tenant_id]) as work:
        locked = await work.programmes.lock([proving.made.programme_id])
        await plan_financing(work, locked[proving.made.programme_id], plan)
    fields = frozenset({"digital"})
    await proving.use("Trier", 2, price_cents=20_000, offer_kind="certificate_module")
    await proving.use("Trier", 1, price_cents=50_000, competence_fields=fields)
    await proving.use("Trier", 1)
    proof = await proving.prove()
    rows = proof.head["numerical_part"]["positions"]
    assert [(row["number"], row["planned"], row["units"], row["cents"]) for row in rows] == [
        ("1.1", 60, 2, 40_000),
        ("1.2", 30, 1, 50_000),
        ("", 0, 1, 0),
    ]
    receipts = list(csv.DictReader(io.StringIO((await proving.file(proof, CsvFile())).decode())))
    assert [row["side"] for row in receipts] == ["income"] + ["expense"] * 4
    assert [row["position"] for row in receipts] == ["", "1.1", "1.1", "1.2", ""]
    assert [row["cents"] for row in receipts] == ["", "20000", "20000", "50000", ""]


async def test_a_final_proof_waits_until_nothing_can_change_by_itself(opened, reads):
    proving = await Proving.start(opened, reads)
    [held] = await proving.reserve("Trier")
    with pytest.raises(ProofNotPossibleError, match="still open"):
        await proving.prove(Kind.FINAL)

    def close(programme):
        programme.close(proving.clock)
        return []

    await proving.change(close)
    with pytest.raises(ProofNotPossibleError, match="1 units are still reserved"):
        await proving.prove(Kind.FINAL)

    def release(programme):
        held.release(programme, proving.clock)
        return [held]

    await proving.change(release)
    proof = await proving.prove(Kind.FINAL)
    assert proof.status is Status.READY
    assert proof.head["numerical_part"]["income"] == 0, "all units were returned to the funder"


@pytest.mark.parametrize("uses", [3, 1_001])
async def test_its_pdfs_keep_both_standards(opened, reads, tmp_path, uses):
    proving = await Proving.start(opened, reads, units=2_000)
    await proving.use("Trier", uses, price_cents=12_000, competence_fields=frozenset({"digital"}))
    proof = await proving.prove()
    for language in ("de", "en"):
        async with opened([proving.made.tenant_id]) as work:
            pdf = await work.proofs.pdf(proof.proof_id, language)
        assert hashlib.sha256(pdf).hexdigest() == proof.files[f"pdf-{language}"].sha256
        assert broken_rules(pdf, tmp_path) == {"3a": "", "ua1": ""}
