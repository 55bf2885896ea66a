"""Many rows in one statement: `INSERT … SELECT FROM unnest(…)`, one array a column.

Row by row costs a round through the executor each; COPY is refused under row-level security. A column in which
many rows have the same object is sent once: to encode an array is what costs most.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are untyped

Row = dict[str, Any]


#: From how many rows on columns are searched for what is the same in all: fewer would each have a statement of its own.
MANY = 50


@lru_cache(maxsize=1_024)
def _statement(
    table: Table, columns: tuple[str, ...], same: frozenset[str], conflict: str
) -> TextClause:
    types = {name: table.c[name].type.compile(_DIALECT) for name in columns}
    varying = [name for name in columns if name not in same]
    arrays = ", ".join(f"CAST(:{name} AS {types[name]}[])" for name in varying)
    values = ", ".join(
        f"CAST(:{name} AS {types[name]})" if name in same else name for name in columns
    )
    return text(
        f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {values} "
        f"FROM unnest({arrays}) AS rows({', '.join(varying)}) {conflict}"
    )


def _same(columns: Collection[str], keys: Collection[str], rows: Sequence[Row]) -> frozenset[str]:
    """The columns, but for those of the key, in which all of many rows have the same object."""
    if len(rows) < MANY:
        return frozenset()
    return frozenset(
        name for name in columns if name not in keys and len({id(row[name]) for row in rows}) == 1
    )


def _parameters(
    table: Table, columns: Sequence[str], same: Collection[str], rows: Sequence[Row]
) -> dict[str, Any]:
    parameters = {}
    for name in columns:
        values = [rows[0][name]] if name in same else [row[name] for row in rows]
        if isinstance(table.c[name].type, JSONB):
            values = [None if value is None else orjson.dumps(value).decode() for value in values]
        parameters[name] = values[0] if name in same else values
    return parameters


async def insert(
    connection: AsyncConnection, table: Table, rows: Iterable[Row], *, or_ignore: bool = False
) -> None:
    """Insert new rows, all with the same columns. A duplicate key raises, or with `or_ignore` is left out."""
    await _write(connection, table, list(rows), "ON CONFLICT DO NOTHING" if or_ignore else "")


async def upsert(
    connection: AsyncConnection,
    table: Table,
    rows: Iterable[Row],
    *,
    newer_by: str | None = None,
    or_as_new: bool = False,
) -> None:
    """Insert rows or replace those with the same primary key.

    With `newer_by`, a row is replaced only by one whose value in that column is greater: this is how
    a copy of another service's data stays right when events are late or repeated. With `or_as_new`
    also by one with the same value: this is how a replay mends a copy.
    """
    rows = list(rows)
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    others = [name for name in rows[0] if name not in keys]
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in others)
    older = "<=" if or_as_new else "<"
    guard = f"WHERE {table.name}.{newer_by} {older} EXCLUDED.{newer_by}" if newer_by else ""
    if newer_by:
        rows = list(
            {
                tuple(row[k] for k in keys): row for row in sorted(rows, key=lambda r: r[newer_by])
            }.values()
        )
    await _write(
        connection, table, rows, f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes} {guard}"
    )


async def _write(
    connection: AsyncConnection, table: Table, rows: Sequence[Row], conflict: str
) -> None:
    if not rows:
        return
    columns = tuple(rows[0])
    same = _same(columns, table.primary_key.columns.keys(), rows)
    statement = _statement(table, columns, same, conflict)
    await connection.execute(statement, _parameters(table, columns, same, rows))
