"""A proof of use says what the funder was invoiced, and says the same whatever is invoiced later."""

import json
from collections import Counter

import pytest
import pytest_asyncio

from services.voucher.adapters.proof_files import CsvFile, JsonFile
from services.voucher.adapters.proof_pdf import typeset
from services.voucher.adapters.proof_reads import ProofReads
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.make_proofs import lines_of
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.proof import Status
from services.voucher.domain.terms import Unit
from shared.database.reading import Reader
from shared.database.unit_of_work import units_of_work
from shared.settings import Settings
from tests.support.verapdf import broken_rules
from tests.voucher.proving import Proving
from tests.voucher.settling import World, calling


@pytest_asyncio.fixture(loop_scope="session")
async def made(engine_for, stack):
    """Makes worlds that settle, each with who proves its use."""
    opened = units_of_work(engine_for("voucher"), PostgresUnitOfWork, source="/test")
    url = stack.service_environment("voucher")["DATABASE_URL"]
    reader = Reader(Settings(database_url=url))
    async with reader.running(), calling(opened) as client:

        async def make(**changes):
            world = World(opened, client, **changes)
            await world.open()
            async with opened([world.funder]) as work:
                programme = await work.programmes.get(world.programme_id)
            assert programme
            nobody = Beneficiary(world.provider, "Volkshochschule", "partner", "", frozenset())
            reads = reader.reads(ProofReads)
            return world, Proving(opened, reads, programme, {}, nobody, clock=world.now)

        yield make


async def _document(proving):
    proof = await proving.prove()
    assert (proof.status, proof.failure) == (Status.READY, None)
    return json.loads(await proving.file(proof, JsonFile()))


def _owed(statements):
    """What statements come to, by number; credit notes are below zero."""
    signs = {"invoice": 1, "credit_note": -1}
    return {each["number"]: signs[each["kind"]] * each["cents"] for each in statements}


async def _settled_twice(world):
    """Invoices and a credit note, and a use that is not settled yet. Gives the statements."""
    [voucher, *_] = await world.use(40, count=3, price_cents=12_000)
    statements = await world.issued("funder", until=30)
    await world.reverse(voucher, 20)
    await world.use(10, price_cents=12_000)
    [taken_back] = await world.use(10, price_cents=12_000)
    await world.reverse(taken_back, 9)
    statements += await world.issued("funder", until=5)
    await world.use(2, price_cents=9_900)
    return statements


async def test_its_amounts_are_those_of_the_invoices_and_credit_notes(made):
    world, proving = await made()
    statements = await _settled_twice(world)
    document = await _document(proving)
    owed = _owed(statements)
    proven: Counter[str | None] = Counter()
    for row in document["expenses"]:
        proven[row["statement"]] += row["cents"]
    assert {number[:2] for number in owed} == {"RE", "KR"}
    assert proven == {**owed, None: 9_900}
    numbers = document["numerical_part"]
    assert numbers["invoiced_cents"] == sum(owed.values()) == 3 * 15_000
    assert numbers["expected_cents"] == 9_900
    assert numbers["expense_cents"] == 45_000 + 9_900


async def test_it_comes_out_the_same_when_more_was_settled(made):
    world, proving = await made()
    await _settled_twice(world)
    proof = await proving.prove()
    files = [JsonFile, CsvFile]
    before = [await proving.file(proof, file()) for file in files]
    async with world.opened([world.funder]) as work:
        pdf = await work.proofs.pdf(proof.proof_id, "de")
    [invoice] = await world.issued("funder")
    again = await proving.kept(proof)
    assert [await proving.file(again, file()) for file in files] == before
    lines = lines_of(again, proving.made.terms, proving.reads)
    assert (await typeset(again, lines))["de"] == pdf
    later = await _document(proving)
    assert later["expenses"][-1]["statement"] == invoice["number"]
    assert later["numerical_part"]["expected_cents"] == 0


async def test_what_was_taken_back_before_it_was_invoiced_comes_to_nothing(made):
    world, proving = await made()
    [voucher] = await world.use(10, price_cents=12_000)
    await world.reverse(voucher, 9)
    assert await world.issued("funder") == []
    document = await _document(proving)
    assert [row["statement"] for row in document["expenses"]] == [None, None]
    assert document["numerical_part"]["expense_cents"] == 0


async def test_in_euros_the_ledger_and_the_invoices_say_the_same(made):
    world, proving = await made(unit=Unit.CENT)
    [voucher, _] = await world.use(40, count=2, units=700)
    statements = await world.issued("funder", until=30)
    await world.reverse(voucher, 20, units=300)
    statements += await world.issued("funder", until=15)
    await world.use(2, units=500)
    numbers = (await _document(proving))["numerical_part"]
    assert numbers["invoiced_cents"] == sum(_owed(statements).values()) == 1_100
    assert numbers["expected_cents"] == 500
    assert numbers["expense_cents"] == numbers["expense"] == 1_600


@pytest.mark.parametrize("language", ["de", "en"])
async def test_its_pdf_with_invoices_keeps_both_standards(made, tmp_path, language):
    world, proving = await made()
    await _settled_twice(world)
    proof = await proving.prove()
    async with world.opened([world.funder]) as work:
        pdf = await work.proofs.pdf(proof.proof_id, language)
    assert broken_rules(pdf, tmp_path) == {"3a": "", "ua1": ""}
