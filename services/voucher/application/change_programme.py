"""What a funder does with a programme of its own: revise and open a draft, top it up, take units back, end it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.causes import why
from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.errors import ProgrammeNotKnownError
from services.voucher.domain.programme import Programme, State
from services.voucher.domain.terms import Terms
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class ChangeProgramme:
    """Which programme the funder changes, and why."""

    tenant_id: UUID
    programme_id: UUID
    cause: Cause
    reason: str | None = None


async def revise_draft(work: UnitOfWork, command: ChangeProgramme, terms: Terms) -> Programme:
    """Give a draft other terms. Raises ProgrammeNotKnownError, ProgrammeOpenedError."""
    programme = await _own(work, command)
    programme.revise(terms)
    return await _kept(work, programme)


async def open_draft(work: UnitOfWork, command: ChangeProgramme, now: datetime) -> Programme:
    """Grant a draft's budget and announce it. Raises what opening a programme raises, ProgrammeOpenedError too."""
    programme = await _own(work, command)
    programme.open(programme.terms.budget, now, why(command.cause))
    work.publish(outgoing.programme_opened(programme, command.cause))
    return await _kept(work, programme)


async def top_up(
    work: UnitOfWork, command: ChangeProgramme, units: int, now: datetime
) -> Programme:
    """Grant more units, which may be claimed at once.

    Raises ProgrammeNotKnownError, ProgrammeNotOpenError, InvalidProgrammeError.
    """
    programme = await _own(work, command)
    programme.top_up(units, now, why(command.cause, command.reason))
    work.publish(outgoing.programme_topped_up(programme, units, command.cause))
    return await _kept(work, programme)


async def take_back(
    work: UnitOfWork, command: ChangeProgramme, units: int, now: datetime
) -> Programme:
    """Return units that nobody claimed to the funder.

    Raises ProgrammeNotKnownError, ProgrammeNotOpenError, PoolExhaustedError.
    """
    programme = await _own(work, command)
    programme.take_back(units, now, why(command.cause, command.reason))
    return await _kept(work, programme)


async def close(work: UnitOfWork, command: ChangeProgramme, now: datetime) -> Programme:
    """End a programme, before its time perhaps; once is enough. Raises ProgrammeNotKnownError."""
    programme = await _own(work, command)
    if programme.is_closed:
        return programme
    was_open = programme.state is State.OPEN
    programme.close(now, why(command.cause, command.reason))
    if was_open:
        work.publish(outgoing.programme_closed(programme, command.cause))
    return await _kept(work, programme)


async def _own(work: UnitOfWork, command: ChangeProgramme) -> Programme:
    locked = await work.programmes.lock([command.programme_id])
    programme = locked.get(command.programme_id)
    if programme is None or programme.tenant_id != command.tenant_id:
        raise ProgrammeNotKnownError
    return programme


async def _kept(work: UnitOfWork, programme: Programme) -> Programme:
    await work.programmes.revise(programme)
    await work.programmes.save([programme])
    return programme
