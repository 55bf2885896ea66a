"""What operators did here: searched, and taken along as a file."""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth.dependencies import Viewer
from shared.database.engine import transaction
from shared.http.fields import Key, Moment, View
from shared.http.pages import Limit, Offset
from shared.http.spreadsheets import line
from shared.operations import journal
from shared.operations.journal import Search

_COLUMNS = ("at", "operator", "action", "subject", "reason")


class OperationView(View):
    """What an operator did, to what, and why."""

    at: datetime
    operator: str
    action: str
    subject: str
    reason: str


class Format(StrEnum):
    """A file of one line an operation."""

    NDJSON = "ndjson"
    CSV = "csv"


_MEDIA = {Format.NDJSON: "application/x-ndjson", Format.CSV: "text/csv; charset=utf-8"}


async def searched(
    operator: Key | None = None,
    action: Key | None = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Before this moment")] = None,
    words: Annotated[
        Key | None, Query(alias="text", description="Part of the subject or the reason")
    ] = None,
) -> Search:
    """A dependency: what is looked for."""
    return Search(operator, action, since, until, words)


Searched = Annotated[Search, Depends(searched)]


def add_log(router: APIRouter, engine: AsyncEngine) -> None:
    """The addresses of the log of operations."""

    @router.get("/log")
    async def get_log(
        _caller: Viewer, search: Searched, limit: Limit = 50, offset: Offset = 0
    ) -> list[OperationView]:
        """What operators did here, newest first."""
        async with transaction(engine) as connection:
            rows = await journal.page(connection, search, limit=limit, skip=offset)
        return [OperationView.of(row) for row in rows]

    @router.get("/log/export", response_class=StreamingResponse)
    async def export_log(
        _caller: Viewer,
        search: Searched,
        form: Annotated[Format, Query(alias="format")] = Format.NDJSON,
    ) -> StreamingResponse:
        """All that is found, oldest first, as a file."""
        name = {"Content-Disposition": f'attachment; filename="operations.{form}"'}
        lines = _lines(engine, search, form)
        return StreamingResponse(lines, media_type=_MEDIA[form], headers=name)


async def _lines(engine: AsyncEngine, search: Search, form: Format) -> AsyncIterator[bytes]:
    if form is Format.CSV:
        yield line(_COLUMNS)
    async with transaction(engine) as connection:
        async for row in journal.everything(connection, search):
            cells = [getattr(row, name) for name in _COLUMNS]
            if form is Format.CSV:
                yield line(cells)
            else:
                yield orjson.dumps(dict(zip(_COLUMNS, cells, strict=True))) + b"\n"
