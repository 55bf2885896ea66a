"""Addresses for states and regions, and for the official directory of municipalities."""

from typing import Annotated

from fastapi import APIRouter, Body, Path

from services.member.adapters.directory_file import read_edition
from services.member.application.change_areas import (
    note_merger,
    put_region,
    put_state,
    read_directory,
)
from services.member.domain.organisation import OfficialKey
from services.member.entrypoints.areas_bodies import (
    AreasView,
    AreaView,
    ChangedRegionView,
    EditionView,
    MergerBody,
    RegionBody,
    RegionCode,
    StateBody,
    StateView,
    WrittenStateCode,
)
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.operator_log import note
from shared.auth.dependencies import FOR_EVERYBODY, AnyCaller, Operator
from shared.clock import utc_now
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["member"])

KeyInPath = Annotated[str, Path(pattern="^([0-9]{8}|[0-9]{12})$", description="AGS or ARS")]


@router.get("/regions", dependencies=[FOR_EVERYBODY])
async def get_regions(opened: Units) -> AreasView:
    """The states and regions that there are; for everybody."""
    async with opened() as work:
        return AreasView.of(await work.areas.get())


@router.put("/states/{code}")
async def put_a_state(
    code: WrittenStateCode, body: StateBody, caller: Operator, opened: Units
) -> StateView:
    """Add a state, or give it another name."""
    state = body.state(code)
    async with opened(operator=True) as work:
        await put_state(work, state)
        await note(work, caller, "put_state", code)
    return StateView.of(state)


@router.put("/regions/{code}")
async def put_a_region(
    code: RegionCode, body: RegionBody, caller: Operator, opened: Units
) -> ChangedRegionView:
    """Add or change a region. Tenants that now lie in it, or do not any more, are told of in seconds."""
    async with opened(operator=True) as work:
        concerned = await put_region(work, body.region(code), utc_now())
        await note(work, caller, "put_region", code)
    return ChangedRegionView(code=code, tenants=concerned)


@router.put("/municipalities")
async def put_municipalities(
    content: Annotated[bytes, Body(media_type="text/plain", max_length=4 * 1024 * 1024)],
    caller: Operator,
    opened: Units,
) -> EditionView:
    """Read an edition of the official directory: the file GV100AD, unpacked, as text. All of it, or nothing."""
    edition = read_edition(content)
    async with opened(operator=True) as work:
        changed = await read_directory(work, edition)
        await note(work, caller, "read_directory", edition.stand.isoformat())
    return EditionView(stand=edition.stand, areas=len(edition.areas), changed=changed)


@router.get("/municipalities/{key}")
async def get_municipality(key: KeyInPath, _caller: AnyCaller, opened: Units) -> list[AreaView]:
    """What has or had an official key, by the directory."""
    async with opened() as work:
        found = await work.municipalities.find(OfficialKey(key).identity)
    if not found:
        raise not_found("municipality")
    return [AreaView.of(area) for area in found]


@router.put("/municipalities/{key}/merger")
async def put_merger(
    key: KeyInPath, body: MergerBody, caller: Operator, opened: Units
) -> list[AreaView]:
    """Say what a territorial body became part of: who applies with its key reads it."""
    identity = OfficialKey(key).identity
    into = OfficialKey(body.merged_into).identity
    async with opened(operator=True) as work:
        await note_merger(work, identity, into, body.ended_on)
        await note(work, caller, "note_merger", identity)
        return [AreaView.of(area) for area in await work.municipalities.find(identity)]
