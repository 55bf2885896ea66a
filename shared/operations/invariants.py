"""The last result of each invariant that a service checks of itself."""

import logging
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.operations import foundation_invariants

log = logging.getLogger(__name__)

_KEEP = text(
    """
    INSERT INTO invariant (name, checked_at, broken_since)
    SELECT name, now(), CASE WHEN name = ANY(CAST(:broken AS text[])) THEN now() END
    FROM unnest(CAST(:names AS text[])) AS name
    ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at,
        broken_since = CASE WHEN excluded.broken_since IS NULL THEN NULL
                            ELSE COALESCE(invariant.broken_since, excluded.broken_since) END
    """
)
_DROP = text("DELETE FROM invariant WHERE NOT name = ANY(CAST(:names AS text[]))")
_LIST = text("SELECT name, checked_at, broken_since FROM invariant ORDER BY name")


async def keep(
    connection: AsyncConnection, names: Collection[str], broken: Collection[str]
) -> None:
    """Note that the invariants of these names were checked, and which of them do not hold; say those aloud.

    With them what must hold of every service is checked.
    """
    all_names = {*names, *foundation_invariants.INVARIANTS}
    all_broken = {*broken, *await foundation_invariants.violated(connection)}
    for name in sorted(all_broken):
        log.critical("invariant violated: %s", name)
    row = {"names": sorted(all_names), "broken": sorted(all_broken)}
    await connection.execute(_DROP, row)
    await connection.execute(_KEEP, row)


async def results(connection: AsyncConnection) -> Sequence[Any]:
    """Each with the time of its last check, and since when it does not hold."""
    return (await connection.execute(_LIST)).all()
