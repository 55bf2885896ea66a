"""Holding vouchers for people who have booked nothing yet: by assignment, by an approved request or by a code."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.causes import why
from services.voucher.application.ports import UnitOfWork
from services.voucher.application.tallies import keep, tally_of
from services.voucher.application.warn import warn
from services.voucher.domain.eligibility import (
    Beneficiary,
    Claim,
    Refusal,
    VoucherRefusedError,
)
from services.voucher.domain.errors import (
    PersonNotKnownError,
    ProgrammeNotKnownError,
    TenantNotKnownError,
)
from services.voucher.domain.limits import Tally
from services.voucher.domain.person import Person
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Step
from services.voucher.domain.voucher import Voucher
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class HoldVoucher:
    """A voucher for a person. `approved` are the steps of approval that were taken; `reason` stands in the ledger."""

    tenant_id: UUID
    voucher_id: UUID
    person_id: UUID
    programme_id: UUID
    approved: frozenset[Step]
    reason: str
    cause: Cause


@dataclass(slots=True)
class Holding:
    """Locked programmes and what people have; each voucher that is held changes it for the next."""

    _work: UnitOfWork
    _programmes: Mapping[UUID, Programme]
    _tenants: Mapping[UUID, Beneficiary]
    _people: Mapping[UUID, Person]
    _tally: Tally
    _held: list[Voucher] = field(default_factory=list)

    def hold(self, command: HoldVoucher, now: datetime) -> Voucher:
        """Take a voucher out of its pool.

        Raises ProgrammeNotKnownError, TenantNotKnownError, PersonNotKnownError or VoucherRefusedError.
        """
        programme = self._programmes.get(command.programme_id)
        if programme is None:
            raise ProgrammeNotKnownError
        tenant, person = self._tenant(command.tenant_id), self._person(command)
        claim = Claim(tenant, command.person_id, person.roles, None)
        refusal = self._refusal(command, programme, claim, now)
        if refusal:
            raise VoucherRefusedError(refusal)
        voucher = Voucher.assigned(
            command.tenant_id,
            command.voucher_id,
            command.person_id,
            programme,
            programme.terms.units_for(None),
            now,
            why(command.cause, command.reason),
        )
        self._tally.add(command.programme_id, command.tenant_id, command.person_id, now)
        self._held.append(voucher)
        self._work.publish(outgoing.voucher_changed(voucher, command.cause))
        warn(self._work, [programme], command.cause)
        return voucher

    async def save(self) -> None:
        """Keep what was held, and the programmes."""
        await self._work.vouchers.save(self._held)
        await keep(self._work, self._tally)
        await self._work.programmes.save(self._programmes.values())

    def _tenant(self, tenant_id: UUID) -> Beneficiary:
        tenant = self._tenants.get(tenant_id)
        if tenant is None:
            raise TenantNotKnownError
        return tenant

    def _person(self, command: HoldVoucher) -> Person:
        person = self._people.get(command.person_id)
        if person is None or not person.works_for(command.tenant_id):
            raise PersonNotKnownError
        return person

    def _refusal(
        self, command: HoldVoucher, programme: Programme, claim: Claim, now: datetime
    ) -> Refusal | None:
        funder = self._tenants.get(programme.tenant_id)
        if claim.tenant.refusal or (funder and funder.refusal):
            return claim.tenant.refusal or Refusal.because("no_programme")
        missing = tuple(step for step in programme.terms.approval if step not in command.approved)
        if missing:
            return Refusal.because("approval_needed", steps=missing)
        key = (command.programme_id, command.tenant_id, command.person_id, now)
        return programme.refuse(claim, self._tally.taken(*key), now)


async def begin_holding(
    work: UnitOfWork, programme_ids: Collection[UUID], people: Collection[tuple[UUID, UUID]]
) -> Holding:
    """Lock programmes for these people, who are given as pairs of tenant and person."""
    tenant_ids = {tenant_id for tenant_id, _ in people}
    programmes = await work.programmes.lock(programme_ids, tenant_ids)
    person_ids = {person_id for _, person_id in people}
    funders = {programme.tenant_id for programme in programmes.values()}
    return Holding(
        work,
        programmes,
        await work.tenants.get_many(tenant_ids | funders),
        await work.people.get_many(person_ids),
        await tally_of(work, programmes.values(), tenant_ids, person_ids),
    )
