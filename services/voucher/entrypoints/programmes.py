"""The HTTP contract of funders: their programmes, from a draft to the end."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from fastapi import APIRouter

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.change_programme import (
    ChangeProgramme,
    close,
    open_draft,
    revise_draft,
    take_back,
    top_up,
)
from services.voucher.application.open_programme import OpenProgramme, open_programme
from services.voucher.domain.forecast import LOOKED_AT, Forecast, Verdict
from services.voucher.domain.programme import Programme
from services.voucher.domain.simulation import simulate
from services.voucher.entrypoints.api import Funder, Units
from services.voucher.entrypoints.bodies import TenantUseView
from services.voucher.entrypoints.languages import Speaks
from services.voucher.entrypoints.programme_bodies import (
    ClosingBody,
    ForecastView,
    NewProgrammeBody,
    ProgrammeBody,
    ProgrammeView,
    ReturnBody,
    SimulationView,
    TopUpBody,
)
from shared.auth.dependencies import TenantCaller, TenantMember
from shared.clock import utc_now
from shared.http.fields import Body
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/programmes", tags=["programmes"])

_Change = Callable[[PostgresUnitOfWork, ChangeProgramme], Awaitable[Programme]]


@router.post("", status_code=201)
async def post_programme(
    body: NewProgrammeBody, caller: Funder, opened: Units, key: IdempotencyKey = None
) -> ProgrammeView:
    """Open a programme: its units are granted at once, and its terms stay. Or draft one."""
    programme_id = uuid4()
    command = OpenProgramme(
        tenant_id=caller.tenant_id,
        programme_id=programme_id,
        terms=body.terms(),
        cause=cause_of(programme_id),
        is_draft=body.draft,
    )
    async with opened([caller.tenant_id]) as work:

        async def action() -> ProgrammeView:
            return ProgrammeView.of(await open_programme(work, command, utc_now()))

        request = ("open_programme", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, ProgrammeView
        )


@router.get("")
async def get_programmes(
    caller: TenantMember, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[ProgrammeView]:
    """Your own programmes, newest first."""
    async with opened([caller.tenant_id]) as work:
        return [ProgrammeView.of(each) for each in await work.queries.programmes(limit, offset)]


@router.get("/{programme_id}")
async def get_programme(programme_id: UUID, caller: TenantMember, opened: Units) -> ProgrammeView:
    """One of your own programmes, with what is left."""
    async with opened([caller.tenant_id]) as work:
        return ProgrammeView.of(await _own(work, programme_id))


@router.put("/{programme_id}")
async def put_programme(
    programme_id: UUID, body: ProgrammeBody, caller: Funder, opened: Units
) -> ProgrammeView:
    """Give a draft other terms. Once a programme is open, its terms stay."""
    terms = body.terms()
    async with opened([caller.tenant_id]) as work:
        revised = await revise_draft(work, _command(caller, programme_id), terms)
        return ProgrammeView.of(revised)


@router.post("/{programme_id}/opening")
async def post_opening(
    programme_id: UUID, caller: Funder, opened: Units, key: IdempotencyKey = None
) -> ProgrammeView:
    """Open a draft: its units are granted, and its terms stay."""
    command = _command(caller, programme_id)
    return await _once(
        opened, command, ("open", None), key, lambda work, each: open_draft(work, each, utc_now())
    )


@router.post("/{programme_id}/top-ups")
async def post_top_up(
    programme_id: UUID, body: TopUpBody, caller: Funder, opened: Units, key: IdempotencyKey = None
) -> ProgrammeView:
    """Grant more units, which may be claimed at once."""
    command = _command(caller, programme_id, body.reason)

    async def change(work: PostgresUnitOfWork, each: ChangeProgramme) -> Programme:
        return await top_up(work, each, body.units, utc_now())

    return await _once(opened, command, ("top_up", body), key, change)


@router.post("/{programme_id}/returns")
async def post_return(
    programme_id: UUID, body: ReturnBody, caller: Funder, opened: Units, key: IdempotencyKey = None
) -> ProgrammeView:
    """Take back units that nobody claimed and that are not allocated."""
    command = _command(caller, programme_id, body.reason)

    async def change(work: PostgresUnitOfWork, each: ChangeProgramme) -> Programme:
        return await take_back(work, each, body.units, utc_now())

    return await _once(opened, command, ("take_back", body), key, change)


@router.post("/{programme_id}/closing")
async def post_closing(
    programme_id: UUID, body: ClosingBody, caller: Funder, opened: Units
) -> ProgrammeView:
    """End a programme before its time: what nobody claimed returns to you. What is reserved may still be used.

    Repeating it changes nothing.
    """
    async with opened([caller.tenant_id]) as work:
        command = _command(caller, programme_id, body.reason)
        return ProgrammeView.of(await close(work, command, utc_now()))


@router.get("/{programme_id}/simulation")
async def get_simulation(
    programme_id: UUID,
    caller: Funder,
    opened: Units,
    language: Speaks,
    limit: Limit = 50,
    offset: Offset = 0,
) -> SimulationView:
    """Who would be eligible, for a draft too: every organisation by name, and how many people in all."""
    async with opened([caller.tenant_id]) as work:
        terms = (await _own(work, programme_id)).terms
    # What is told of the others are names, and numbers of five people or more.
    async with opened(operator=True) as work:
        audiences = await work.queries.audiences(terms.eligibility.roles)
    return SimulationView.said(simulate(terms, audiences), language, limit, offset)


@router.get("/{programme_id}/use")
async def get_use(programme_id: UUID, caller: Funder, opened: Units) -> list[TenantUseView]:
    """What became of the claims on your programme, by tenant."""
    async with opened([caller.tenant_id]) as work:
        await _own(work, programme_id)
        return [TenantUseView.of(each) for each in await work.queries.use_by_tenant(programme_id)]


@router.get("/{programme_id}/forecast")
async def get_forecast(programme_id: UUID, caller: Funder, opened: Units) -> ForecastView:
    """How long your programme lasts."""
    now = utc_now()
    async with opened([caller.tenant_id]) as work:
        await _own(work, programme_id)
        uses = await work.queries.programme_uses(now - LOOKED_AT, programme_id, 1, 0)
    if not uses:  # a draft
        return ForecastView.of(Forecast(Verdict.NOT_OPEN))
    return ForecastView.of(uses[0].forecast(now))


async def _own(work: PostgresUnitOfWork, programme_id: UUID) -> Programme:
    programme = await work.programmes.get(programme_id)
    if programme is None:
        raise not_found("programme")
    return programme


def _command(
    caller: TenantCaller, programme_id: UUID, reason: str | None = None
) -> ChangeProgramme:
    return ChangeProgramme(caller.tenant_id, programme_id, cause_of(programme_id), reason)


async def _once(
    opened: Units,
    command: ChangeProgramme,
    request: tuple[str, Body | None],
    key: str | None,
    change: _Change,
) -> ProgrammeView:
    """Make a change once for a key; the request is fingerprinted with the programme."""
    name, body = request
    async with opened([command.tenant_id]) as work:

        async def action() -> ProgrammeView:
            return ProgrammeView.of(await change(work, command))

        return await answer_once(
            work.connection,
            command.tenant_id,
            key,
            (f"{name} {command.programme_id}", body),
            action,
            ProgrammeView,
        )
