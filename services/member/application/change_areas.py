"""An operator changes a state or a region, reads the official directory, or notes a merger."""

from dataclasses import replace
from datetime import date, datetime

from services.member.application.ports import UnitOfWork
from services.member.domain.area import Region, State
from services.member.domain.cooperative_errors import OfficialKeyUnknownError
from services.member.domain.directory import Edition, succeed
from services.member.domain.statutes import day_of


async def put_state(work: UnitOfWork, state: State) -> None:
    """Keep a state; its keys stay what they were. Raises InvalidStateError."""
    (await work.areas.get()).check_state(state)
    await work.areas.put_state(state)


async def put_region(work: UnitOfWork, region: Region, now: datetime) -> int:
    """Keep a region and have the tenants looked at that it may concern; says how many."""
    areas = await work.areas.get()
    areas.check_region(region)
    await work.areas.put(region)
    before = areas.regions.get(region.code, region)
    reach = replace(region, states=region.states | before.states)
    return await work.reviews.ask_in(reach, day_of(now))


async def read_directory(work: UnitOfWork, edition: Edition) -> int:
    """Take over an edition: what it has no more has ended on its day. Says how many areas are new or different."""
    newest = await work.municipalities.newest()
    changed = succeed(await work.municipalities.current(), edition, newest)
    await work.municipalities.save(changed)
    await work.municipalities.read(edition.stand)
    return len(changed)


async def note_merger(work: UnitOfWork, key: str, merged_into: str, ended_on: date) -> None:
    """Keep what a body became part of. Raises OfficialKeyUnknownError."""
    found = await work.municipalities.find(key)
    if not found or not await work.municipalities.find(merged_into):
        raise OfficialKeyUnknownError(merged_into if found else key)
    last = max(found, key=lambda area: area.valid_from)
    await work.municipalities.save([replace(last, valid_to=ended_on, merged_into=merged_into)])
