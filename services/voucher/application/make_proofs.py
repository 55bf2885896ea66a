"""A proof of use is made: the ledger is read once from its first line, checked, and added up."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.voucher.application import proof_document
from services.voucher.application.ports import ProofWork
from services.voucher.application.proof_document import Lines, Writer, sections
from services.voucher.domain.chain import Chain
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.factual_part import Attendance
from services.voucher.domain.numerical_part import Accounting
from services.voucher.domain.programme import Programme
from services.voucher.domain.proof import File, Proof, Status
from services.voucher.domain.receipts import Line, Side
from services.voucher.domain.terms import Terms, Unit

#: Lines read at once; each page is a transaction of its own, since what was written stays as it is.
PAGE = 2_000


class LedgerReads(Protocol):
    """Reading the ledger of a proof, and the names of the day."""

    async def every(self, proof: Proof, terms: Terms, after: int, limit: int) -> Sequence[Line]:
        """The next lines of the ledger as far as the proof reads."""

    async def some(
        self, proof: Proof, terms: Terms, side: Side | None, after: int, limit: int
    ) -> Sequence[Line]:
        """The next lines that are payments of a side, or allocations (None)."""

    async def tenants(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Beneficiary]:
        """Tenants by id; one that is not known is missing from the answer."""


Reads = Callable[[Collection[UUID]], AbstractAsyncContextManager[LedgerReads]]


@dataclass(frozen=True, slots=True)
class Forms:
    """How a proof is written: files that are made anew whenever they are wanted, by name, and PDFs by language."""

    writers: Mapping[str, Callable[[], Writer]]
    typeset: Callable[[Proof, Lines], Awaitable[Mapping[str, bytes]]]


async def make_proof(
    proof: Proof, programme: Programme, reads: Reads, forms: Forms, cooperative: str
) -> Mapping[str, bytes]:
    """Finish a proof that was asked for, or say why the ledger does not bear it out; gives its PDFs by language.

    `cooperative` is the name of who pays the providers. The memory it takes does not grow with the ledger.
    """
    accounting = Accounting(proof.plan, in_cents=programme.terms.unit is Unit.CENT)
    attendance, providers = Attendance(), set[UUID]()
    ledger = Chain()
    async for page in _pages(proof, programme.terms, reads):
        if ledger.follow(line.transfer for line in page):
            break  # all that follows is chained to what is wrong
        for line in page:
            accounting.add(line)
            attendance.add(line)
            if line.use and line.use.provider_id:
                providers.add(line.use.provider_id)
    cutoff = proof.cutoff
    if ledger.head != cutoff.head:
        proof.fail(_tampered(ledger.entries + 1))
        return {}
    if accounting.accounts() != cutoff.accounts:
        proof.fail("The lines of the ledger do not come to the balances in its book.")
        return {}
    # A name is its tenant's own to tell, so this transaction acts for all whose names are on the proof.
    named = {proof.tenant_id, *attendance.participations, *providers}
    async with reads(named) as ledger_reads:
        known = await ledger_reads.tenants(named)
    parties = [proof.tenant_id, *sorted(providers)]
    names = {str(each): known[each].name if each in known else str(each) for each in parties}
    names["cooperative"] = cooperative
    proof.head = proof_document.head_of(
        proof, programme, names, attendance.report(known), accounting.report()
    )
    lines = lines_of(proof, programme.terms, reads)
    pdfs = await forms.typeset(proof, lines)
    files = await _digests(proof, lines, forms)
    proof.finish({**files, **{f"pdf-{language}": _file(pdf) for language, pdf in pdfs.items()}})
    return pdfs


async def keep_proof(work: ProofWork, proof: Proof, pdfs: Mapping[str, bytes]) -> None:
    """Keep a proof that was made, unless another worker was faster."""
    kept = await work.proofs.get(proof.programme_id, proof.proof_id, lock=True)
    if kept and kept.status is Status.PENDING:
        await work.proofs.save(proof, pdfs)


def lines_of(proof: Proof, terms: Terms, reads: Reads) -> Lines:
    """How the lists of a proof are read again, whenever a file of it is wanted."""

    async def lines(side: Side | None) -> AsyncIterator[Sequence[Line]]:
        after = 0
        while True:
            async with reads([proof.tenant_id]) as ledger:
                page = await ledger.some(proof, terms, side, after, PAGE)
            yield page
            if len(page) < PAGE:
                return
            after = page[-1].transfer.entry

    return lines


async def _pages(proof: Proof, terms: Terms, reads: Reads) -> AsyncIterator[Sequence[Line]]:
    after = 0
    while after < proof.cutoff.entries:
        async with reads([proof.tenant_id]) as ledger:
            page = await ledger.every(proof, terms, after, PAGE)
        if not page:
            return
        yield page
        after = page[-1].transfer.entry


async def _digests(proof: Proof, lines: Lines, forms: Forms) -> Mapping[str, File]:
    """What the files would be: all are written at once, and nothing is kept of them."""
    measured = [(_Measured(name), make()) for name, make in forms.writers.items()]
    for file, writer in measured:
        file.add(writer.start(proof))
    async for section, rows in sections(proof, lines):
        for file, writer in measured:
            file.add(writer.rows(section, rows))
    for file, writer in measured:
        file.add(writer.end())
    return {file.name: file.measure() for file, _ in measured}


class _Measured:
    def __init__(self, name: str) -> None:
        self.name = name
        self._digest, self._size = hashlib.sha256(), 0

    def add(self, part: bytes) -> None:
        self._digest.update(part)
        self._size += len(part)

    def measure(self) -> File:
        return File(self._digest.hexdigest(), self._size)


def _file(content: bytes) -> File:
    return File(hashlib.sha256(content).hexdigest(), len(content))


def _tampered(entry: int) -> str:
    return (
        f"Entry {entry} of the ledger is not what was written: it, or one before it, was changed, left out or put in. "
        "Tell the cooperative's operator, and compare with the published head."
    )
