"""Dead letters grouped by what they have in common: the type, the error, and the place in the code."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Letters that the release before buried say nothing of their origin.
UNKNOWN = "unknown"
#: SQL for the letters of the group `:group`.
OF_GROUP = f"""(
    group_id = CAST(:group AS text) OR (group_id IS NULL AND CAST(:group AS text) = '{UNKNOWN}')
)"""
#: SQL that joins to a `letter` the repair that holds it, as `held`.
HELD = """
    LEFT JOIN repair_letter AS held
        ON (held.topic, held.partition, held."offset") = (letter.topic, letter.partition, letter."offset")
        AND held.state IN ('waiting', 'driven')
"""

_GROUPS = text(
    f"""
    WITH dead AS (
        SELECT COALESCE(group_id, '{UNKNOWN}') AS group_id, count(*) AS letters,
               count(*) FILTER (WHERE held.repair_id IS NOT NULL) AS held, 0 AS parked_keys,
               min(failed_at) AS first_at, max(failed_at) AS last_at,
               min(type) AS type, min(code) AS code, min(place) AS place,
               array_agg(DISTINCT tenant) AS tenants, array_agg(DISTINCT release) AS releases
        FROM dead_letter AS letter {HELD}
        WHERE discarded_at IS NULL GROUP BY 1
    ), retrying AS (
        SELECT group_id, 0 AS letters, 0 AS held, count(DISTINCT (topic, key)) AS parked_keys,
               min(parked_at) AS first_at, max(parked_at) AS last_at,
               min(type) AS type, min(code) AS code, min(place) AS place,
               array_agg(DISTINCT tenant) AS tenants, array_agg(DISTINCT release) AS releases
        FROM parked WHERE group_id IS NOT NULL GROUP BY 1
    ), found AS (
        SELECT group_id, sum(letters)::bigint AS letters, sum(held)::bigint AS held,
               sum(parked_keys)::bigint AS parked_keys, min(first_at) AS first_at, max(last_at) AS last_at,
               min(type) AS type, min(code) AS code, min(place) AS place
        FROM (SELECT * FROM dead UNION ALL SELECT * FROM retrying) AS either GROUP BY 1
        ORDER BY last_at DESC, group_id LIMIT :limit OFFSET :skip
    )
    SELECT found.*, note, noted_by, noted_at,
        (SELECT count(DISTINCT tenant) FROM (
            SELECT unnest(tenants) FROM dead WHERE dead.group_id = found.group_id
            UNION SELECT unnest(tenants) FROM retrying WHERE retrying.group_id = found.group_id
        ) AS hit(tenant)) AS tenants,
        ARRAY(SELECT release FROM (
            SELECT unnest(releases) FROM dead WHERE dead.group_id = found.group_id
            UNION SELECT unnest(releases) FROM retrying WHERE retrying.group_id = found.group_id
        ) AS seen(release) WHERE release IS NOT NULL ORDER BY 1) AS releases,
        CASE WHEN held > 0 THEN 'repairing' WHEN letters > 0 THEN 'open' ELSE 'retrying' END AS state
    FROM found LEFT JOIN letter_group USING (group_id) ORDER BY last_at DESC, group_id
    """
)
_KNOWN = text(
    f"""
    SELECT EXISTS (SELECT FROM dead_letter WHERE {OF_GROUP})
        OR EXISTS (SELECT FROM parked WHERE group_id = CAST(:group AS text))
    """
)
_NOTE = text(
    """
    INSERT INTO letter_group (group_id, note, noted_by) VALUES (:group, :note, :operator)
    ON CONFLICT (group_id) DO UPDATE
    SET note = excluded.note, noted_by = excluded.noted_by, noted_at = now()
    """
)


async def groups(connection: AsyncConnection, *, limit: int, skip: int) -> Sequence[Any]:
    """Those with letters that nobody has settled, or with records that are tried again; the newest first."""
    return (await connection.execute(_GROUPS, {"limit": limit, "skip": skip})).all()


async def note(connection: AsyncConnection, group_id: str, note: str, operator: str) -> bool:
    """Keep what is known of a group's cause; False where there is no such group."""
    if not (await connection.execute(_KNOWN, {"group": group_id})).scalar_one():
        return False
    await connection.execute(_NOTE, {"group": group_id, "note": note, "operator": operator})
    return True
