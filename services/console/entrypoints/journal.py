"""What operators did: searched over all services, every search an address, and taken along as a file."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from services.console.adapters.journals import HttpJournals
from services.console.application.export_journal import merged
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.journal import Logged, Search, newest
from services.console.domain.wording import msg
from services.console.entrypoints.dependencies import PeopleOf, ServicesOf, Visitor
from services.console.entrypoints.moments import typed_moment
from services.console.entrypoints.pages import render
from shared.clock import utc_now
from shared.http.spreadsheets import line

router = APIRouter()

SHOWN: Final = 100
COLUMNS: Final = ("at", "service", "operator", "name", "action", "subject", "reason")

Word = Annotated[str, Query(max_length=100)]
#: Where the page before ended.
Before = Annotated[datetime | None, Query()]


class Format(StrEnum):
    """A file of one line an entry."""

    CSV = "csv"
    NDJSON = "ndjson"


_MEDIA: Final = {Format.CSV: "text/csv; charset=utf-8", Format.NDJSON: "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, and at which services; `typed` is what stands in the fields."""

    search: Search
    names: Sequence[str]
    typed: dict[str, str]

    @property
    def query(self) -> str:
        """As an address has it."""
        return urlencode({name: value for name, value in self.typed.items() if value})


async def asked(
    request: Request,
    services: ServicesOf,
    service: Word = "",
    operator: Word = "",
    action: Word = "",
    text: Word = "",
    since: Annotated[str, Query(alias="from", max_length=40)] = "",
    until: Annotated[str, Query(alias="to", max_length=40)] = "",
) -> Asked:
    """A dependency: a field left empty says nothing."""
    zone = ZoneInfo(request.app.state.settings.time_zone)
    try:
        times = typed_moment(since, zone), typed_moment(until, zone)
    except ValueError:
        raise HTTPException(422, msg("A time is not one. Write it as 2026-11-22T08:30.")) from None
    if service and service not in services.names:
        raise HTTPException(404)
    typed = {"service": service, "operator": operator, "action": action, "text": text}
    typed |= {"from": since, "to": until}
    search = Search(
        operator=operator.strip() or None,
        action=action.strip() or None,
        since=times[0],
        until=times[1],
        text=text.strip() or None,
    )
    return Asked(search, (service,) if service else services.names, typed)


AskedFor = Annotated[Asked, Depends(asked)]


@router.get("/audit")
async def audit(
    request: Request,
    visitor: Visitor,
    services: ServicesOf,
    people: PeopleOf,
    asked_for: AskedFor,
    before: Before = None,
) -> HTMLResponse:
    """What operators did, newest first."""
    search = asked_for.search
    if before:
        search = replace(search, until=min(before, search.until or before))
    journals = HttpJournals(services, visitor.token)
    answers = await journals.newest(asked_for.names, search, limit=SHOWN)
    told = {
        service: answer
        for service, answer in answers.items()
        if not isinstance(answer, ServiceTroubleError)
    }
    page = newest(told, SHOWN, SHOWN)
    return render(
        request,
        "audit/audit.html",
        page=page,
        silent=[each for each in answers.values() if isinstance(each, ServiceTroubleError)],
        typed=asked_for.typed,
        query=asked_for.query,
        services=services.names,
        people=await people.names(each.entry.operator for each in page.entries),
    )


@router.get("/audit/export")
async def export(
    visitor: Visitor,
    services: ServicesOf,
    people: PeopleOf,
    asked_for: AskedFor,
    form: Annotated[Format, Query(alias="format")] = Format.CSV,
) -> StreamingResponse:
    """All that is found, oldest first, as a file. While a service is silent there is none: it would lack entries."""
    journals = HttpJournals(services, visitor.token)
    async with AsyncExitStack() as opening:
        opened = {
            service: await opening.enter_async_context(
                journals.everything(service, asked_for.search)
            )
            for service in asked_for.names
        }
        streams = opening.pop_all()

    async def lines() -> AsyncIterator[bytes]:
        known: dict[str, str] = {}
        async with streams:
            if form is Format.CSV:
                yield line(COLUMNS)
            async for logged in merged(opened):
                subject = logged.entry.operator
                if subject not in known:
                    known[subject] = (await people.names([subject])).get(subject, "")
                yield _line(logged, known[subject], form)

    name = f"operations-{utc_now():%Y%m%dT%H%M%SZ}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines(), media_type=_MEDIA[form], headers=headers)


def _line(logged: Logged, name: str, form: Format) -> bytes:
    values = {**asdict(logged.entry), "service": logged.service, "name": name}
    if form is Format.CSV:
        return line(values[column] for column in COLUMNS)
    return orjson.dumps({column: values[column] for column in COLUMNS}) + b"\n"
