"""A tenant's data as lines of JSON, read page by page: neither memory nor a transaction holds all of it."""

from collections.abc import AsyncIterator, Mapping
from uuid import UUID

import orjson
from sqlalchemy import Table

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.unit_of_work import UnitsOfWork

PAGE = 500


async def begin_export(
    opened: UnitsOfWork[PostgresUnitOfWork], exported: Mapping[str, Table], tenant_id: UUID
) -> AsyncIterator[bytes]:
    """Every row of every table, and at the end how many there were: an export without it was cut off.

    The first page is read at once, so that whoever cannot be answered is told before the answer begins.
    """
    pages = _pages(opened, exported, tenant_id)
    first = await anext(pages)

    async def rest() -> AsyncIterator[bytes]:
        yield first
        async for page in pages:
            yield page

    return rest()


async def _pages(
    opened: UnitsOfWork[PostgresUnitOfWork], exported: Mapping[str, Table], tenant_id: UUID
) -> AsyncIterator[bytes]:
    count = 0
    for kind, table in exported.items():
        after = None
        while True:
            async with opened([tenant_id]) as work:
                rows = await work.tenant_data.page(table, tenant_id, after, PAGE)
            if rows:
                yield b"".join(_line({"kind": kind, "data": row}) for row in rows)
                count += len(rows)
                after = [rows[-1][column.name] for column in table.primary_key]
            if len(rows) < PAGE:
                break
    yield _line({"kind": "end", "lines": count})


def _line(document: Mapping[str, object]) -> bytes:
    # The driver's UUIDs are a subclass that orjson does not know.
    return orjson.dumps(document, default=str, option=orjson.OPT_APPEND_NEWLINE)
