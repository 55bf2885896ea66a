"""Addresses for people in files: import and export as CSV."""

import asyncio
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from fastapi import APIRouter, Request, Response

from services.member.application.import_people import ImportPeople, import_people
from services.member.domain.people_file import MAX_ROWS, read_people, write_people
from services.member.domain.person import Person
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.people_bodies import ImportFile, ImportView
from shared.auth.dependencies import TenantAdmin
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import MAX_PAGE
from shared.http.problems import Problem

CSV = "text/csv"

_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            CSV: {"schema": {"type": "string", "description": f"Up to {MAX_ROWS:,} rows, 4 MiB"}}
        },
    }
}

router = APIRouter(prefix="/v1", tags=["member"])


@router.post("/people/import", openapi_extra=_FILE)
async def post_import(
    request: Request,
    caller: TenantAdmin,
    opened: Units,
    dry_run: bool = False,
    only_good: bool = False,
    key: IdempotencyKey = None,
) -> ImportView:
    """Import a CSV file: all rows or, when one has a problem, none; `only_good` leaves bad rows out.

    With `dry_run` nothing is taken and every row's problem is listed. UTF-8 and Windows-1252, semicolons,
    commas and tabs are recognised; headings are understood in German and English.
    """
    content = await request.body()
    # In a thread, so that others are answered while a long file is read.
    file = await asyncio.to_thread(read_people, content)
    command = ImportPeople(
        caller.tenant_id,
        file,
        cause_of(uuid4()),
        dry_run=dry_run,
        only_good=only_good,
    )
    same = ImportFile(digest=sha256(content).hexdigest(), dry_run=dry_run, only_good=only_good)
    async with opened([caller.tenant_id]) as work:

        async def action() -> ImportView:
            answer = ImportView.of_import(await import_people(work, command), file.ignored_columns)
            if not (answer.is_taken or dry_run):
                raise _refused(answer)
            return answer

        return await answer_once(
            work.connection, caller.tenant_id, key, ("import_people", same), action, ImportView
        )


@router.get("/people.csv", response_class=Response)
async def get_export(caller: TenantAdmin, opened: Units) -> Response:
    """All your people as a CSV file that can be imported again. No cell is calculated by a spreadsheet."""
    people: list[Person] = []
    offset = 0
    async with opened([caller.tenant_id]) as work:
        while page := await work.queries.people(MAX_PAGE, offset):
            people += page
            offset += MAX_PAGE
    # The byte order mark tells spreadsheets that it is UTF-8.
    content = "\ufeff" + "".join(write_people(people))
    name = f"people-{utc_now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=CSV, headers=headers)


def _refused(answer: ImportView) -> Problem:
    detail = (
        f"Nothing was imported: {answer.problem_count} problems. Correct the rows named in errors, "
        "or send the file with only_good=true to leave them out."
    )
    errors = [
        {"field": f"row {each.row}, {each.column or 'all columns'}", "detail": each.what_to_do}
        for each in answer.problems
    ]
    return Problem(422, "rows_refused", detail, errors=errors)
