"""The processes of a service, as each tells of itself every few seconds; who says nothing is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.release import RELEASE

BEAT_SECONDS = 2.0
#: Who has said nothing for so long is gone.
GONE_SECONDS = 5.0
#: A process that ended is told of for so long; the last of its kind until another one runs.
TOLD_OF = timedelta(minutes=15)
#: Over how long a process says what it did, in seconds.
WINDOWS = (10, 60)

_BEAT = text(
    """
    WITH finished AS (
        INSERT INTO finished_event (type, at) SELECT unnest(CAST(:types AS text[])), now()
        ON CONFLICT (type) DO UPDATE SET at = GREATEST(finished_event.at, excluded.at)
    )
    INSERT INTO process (name, kind, instance, version, commit, started_at, seen_at, checks, figures)
    VALUES (:name, :kind, :instance, :version, :commit, :started_at, now(),
            CAST(:checks AS jsonb), CAST(:figures AS jsonb))
    ON CONFLICT (name) DO UPDATE SET
        instance = excluded.instance, version = excluded.version, commit = excluded.commit,
        started_at = excluded.started_at, seen_at = excluded.seen_at, stopped_at = NULL,
        checks = excluded.checks, figures = excluded.figures
    WHERE process.started_at <= excluded.started_at
    """
)
_STOP = text(
    "UPDATE process SET stopped_at = now(), seen_at = now() WHERE name = :name AND instance = :instance"
)
_LIST = text(
    """
    SELECT name, kind, version, commit, started_at, seen_at, stopped_at, checks, figures,
           CASE WHEN stopped_at IS NOT NULL THEN 'stopped'
                WHEN seen_at < now() - make_interval(secs => :gone) THEN 'gone'
                ELSE 'running' END AS state,
           now() - seen_at AS silent
    FROM process ORDER BY kind, name
    """
)
_FORGET = text("DELETE FROM process WHERE seen_at < :before")


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process it is: the same name after a restart in the same place, another instance."""

    kind: str
    name: str
    instance: UUID
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Beat:
    """What a process says: its checks, its figures, and the types of events that it finished since the last."""

    checks: Mapping[str, str]
    figures: Mapping[str, Any]
    finished: Sequence[str]


async def beat(connection: AsyncConnection, process: Identity, said: Beat) -> None:
    """Say that a process lives, and how."""
    row = {
        "name": process.name,
        "kind": process.kind,
        "instance": process.instance,
        "started_at": process.started_at,
        "version": RELEASE.version,
        "commit": RELEASE.commit,
        "checks": orjson.dumps(said.checks).decode(),
        "figures": orjson.dumps(said.figures).decode(),
        "types": list(said.finished),
    }
    await connection.execute(_BEAT, row)


async def stop(connection: AsyncConnection, process: Identity) -> None:
    """Say that a process ends as it was asked to."""
    await connection.execute(_STOP, {"name": process.name, "instance": process.instance})


async def processes(connection: AsyncConnection) -> list[Any]:
    """Those that run, and those that ended not long ago or have no successor."""
    rows = (await connection.execute(_LIST, {"gone": GONE_SECONDS})).all()
    running = {row.kind for row in rows if row.state == "running"}
    last = {row.kind: row.name for row in sorted(rows, key=lambda row: row.seen_at)}
    return [
        row
        for row in rows
        if row.state == "running"
        or row.silent < TOLD_OF
        or (row.kind not in running and last[row.kind] == row.name)
    ]


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Drop the processes that were last seen before."""
    await connection.execute(_FORGET, {"before": before})
