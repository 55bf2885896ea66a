"""A programme that was used, and its proofs of use, on PostgreSQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.voucher.adapters.proof_reads import ProofReads
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.keep_evidence import KeepEvidence, keep_evidence
from services.voucher.application.make_proofs import keep_proof, lines_of, make_proof
from services.voucher.application.proof_document import Writer, written
from services.voucher.application.prove_use import RequestProof, request_proof
from services.voucher.domain.eligibility import Beneficiary, Item
from services.voucher.domain.evidence import Finding
from services.voucher.domain.ledger import Why
from services.voucher.domain.programme import Programme
from services.voucher.domain.proof import Kind, Proof
from services.voucher.domain.voucher import Voucher
from services.voucher.entrypoints.proof_schedule import FORMS
from shared.database.reading import Reads
from shared.database.unit_of_work import UnitsOfWork
from tests.voucher.builders import NOW, terms

Opened = UnitsOfWork[PostgresUnitOfWork]

COOPERATIVE = "Lernverbund eG"


@dataclass
class Proving:
    """A programme with tenants of its own, so that no other test is in its way."""

    opened: Opened
    reads: Reads[ProofReads]
    made: Programme
    tenants: dict[str, Beneficiary]
    provider: Beneficiary
    clock: datetime = NOW
    uses: list[Voucher] = field(default_factory=list)

    @classmethod
    async def start(
        cls, opened: Opened, reads: Reads[ProofReads], *, units: int = 100, **changes: Any
    ) -> "Proving":
        funder = Beneficiary(uuid4(), "Ministerium", "state_agency", "DE-RP", frozenset())
        tenants = {
            name: Beneficiary(uuid4(), name, "municipality", state, frozenset(regions))
            for name, state, regions in (
                ("Ludwigshafen", "DE-RP", {"mrn"}),
                ("Mannheim", "DE-BW", {"mrn"}),
                ("Trier", "DE-RP", set()),
            )
        }
        provider = Beneficiary(uuid4(), "Volkshochschule", "partner", "DE-RP", frozenset())
        made = Programme.opened(funder.tenant_id, uuid4(), terms(**changes), units, NOW)
        self = cls(opened, reads, made, tenants, provider)
        async with opened([funder.tenant_id, *self.ids]) as work:
            known = [funder, provider, *tenants.values()]
            await work.tenants.learn([(each, 1) for each in known])
            await work.programmes.add(made)
        return self

    @property
    def ids(self) -> list[UUID]:
        return [self.provider.tenant_id, *(each.tenant_id for each in self.tenants.values())]

    @property
    def everybody(self) -> list[UUID]:
        return [self.made.tenant_id, *self.ids]

    async def change(self, change: Callable[[Programme], Sequence[Voucher]]) -> list[Voucher]:
        """Change the programme under its lock; what is given back is saved."""
        async with self.opened(self.everybody) as work:
            locked = await work.programmes.lock([self.made.programme_id])
            programme = locked[self.made.programme_id]
            vouchers = list(change(programme))
            await work.vouchers.save(vouchers)
            await work.programmes.save([programme])
            await work.programmes.revise(programme)
        return vouchers

    async def reserve(self, tenant: str, times: int = 1, **item: Any) -> list[Voucher]:
        def reserve(programme: Programme) -> list[Voucher]:
            what = Item(uuid4(), item.pop("offer_kind", "on_demand_course"), **item)
            return [
                Voucher.reserved(
                    self.tenants[tenant].tenant_id,
                    uuid4(),
                    uuid4(),
                    programme,
                    self.clock,
                    what,
                    programme.terms.units_for(what),
                    provider_id=self.provider.tenant_id,
                )
                for _ in range(times)
            ]

        return await self.change(reserve)

    async def use(
        self, tenant: str, times: int = 1, certified: int = 0, **item: Any
    ) -> list[Voucher]:
        """Vouchers that were redeemed, some of which came to a credential."""
        held = await self.reserve(tenant, times, **item)

        def redeem(programme: Programme) -> list[Voucher]:
            for each in held:
                each.redeem(programme, self.clock, Why(uuid4()), completed_at=self.clock)
            return held

        used = await self.change(redeem)
        for each in used[:certified]:
            await self.certify(each)
        return used

    async def certify(
        self, voucher: Voucher, finding: Finding = Finding.ISSUED, credential_id: UUID | None = None
    ) -> UUID:
        assert voucher.booking_id
        credential_id = credential_id or uuid4()
        told = KeepEvidence(voucher.booking_id, credential_id, finding, self.clock, uuid4())
        async with self.opened(self.everybody) as work:
            await keep_evidence(work, [told])
        return credential_id

    async def request(self, kind: Kind = Kind.INTERIM) -> Proof:
        async with self.opened([self.made.tenant_id]) as work:
            locked = await work.programmes.lock([self.made.programme_id], [])
            command = RequestProof(uuid4(), kind, "clara")
            at = self.clock + timedelta(hours=1)
            return await request_proof(work, locked[self.made.programme_id], command, at)

    async def prove(self, kind: Kind = Kind.INTERIM) -> Proof:
        """Ask for a proof and make it, as the worker does."""
        return await self.make(await self.request(kind))

    async def make(self, proof: Proof) -> Proof:
        pdfs = await make_proof(proof, self.made, self.reads, FORMS, COOPERATIVE)
        async with self.opened([self.made.tenant_id]) as work:
            await keep_proof(work, proof, pdfs)
        return await self.kept(proof)

    async def kept(self, proof: Proof) -> Proof:
        async with self.opened([self.made.tenant_id]) as work:
            found = await work.proofs.get(self.made.programme_id, proof.proof_id)
        assert found
        return found

    async def file(self, proof: Proof, writer: Writer) -> bytes:
        """A file of a proof, read anew."""
        parts = written(proof, lines_of(proof, self.made.terms, self.reads), writer)
        return b"".join([part async for part in parts])
