"""Repairs and the letters that they hold, on PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.inbox.groups import OF_GROUP
from shared.inbox.tables import attribute
from shared.repairs.repair import (
    Action,
    Choice,
    LetterState,
    Progress,
    Repair,
    RepairError,
    State,
    needs_approval,
)

_UUID = "'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"
_ID = f"CASE WHEN {attribute('ce_id')} ~ {_UUID} THEN CAST({attribute('ce_id')} AS uuid) END"
_PLACE = 'topic, partition, "offset"'

_OPEN = """
    INSERT INTO repair (repair_id, action, choice, reason, state, letters, needs_approval, asked_by)
    VALUES (:repair_id, :action, CAST(:choice AS jsonb), :reason, 'previewed', 0, false, :operator)
"""
#: What is given up already may be driven again, if it is named.
_LETTERS = f"""
    SELECT {_PLACE}, id AS letter_id, {_ID} AS event_id, attempts FROM dead_letter
    WHERE (id = ANY(CAST(:ids AS bigint[])) AND (discarded_at IS NULL OR :action = 'redrive'))
       OR (discarded_at IS NULL AND (
              {OF_GROUP} OR (topic = :topic AND key = CAST(:key AS bytea))))
"""
#: With a key goes what waits behind its letters.
_PARKED = f"""
    SELECT {_PLACE}, CAST(NULL AS bigint), {_ID}, attempts FROM parked
    WHERE :action = 'redrive' AND topic = :topic AND key = CAST(:key AS bytea)
"""
# In the order of places, so that two repairs of the same letters wait for each other and do not deadlock.
_CHOSEN = f"""
    SELECT DISTINCT ON ({_PLACE}) * FROM ({_LETTERS} UNION ALL {_PARKED}) AS each_one ORDER BY {_PLACE}
"""
_CLAIM = text(
    f"""
    WITH chosen AS ({_CHOSEN}), claimed AS (
        INSERT INTO repair_letter (repair_id, {_PLACE}, letter_id, event_id, attempts)
        SELECT CAST(:repair_id AS uuid), {_PLACE}, letter_id, event_id, attempts FROM chosen ORDER BY {_PLACE}
        ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT (SELECT count(*) FROM chosen) AS chosen, (SELECT count(*) FROM claimed) AS claimed
    """
)
_HOLDERS = text(
    f"""
    WITH chosen AS ({_CHOSEN})
    SELECT DISTINCT repair.* FROM chosen
    JOIN repair_letter AS held USING (topic, partition, "offset") JOIN repair USING (repair_id)
    WHERE held.state IN ('waiting', 'driven')
    """
)
_FREEZE = text(
    """
    UPDATE repair SET letters = :letters, needs_approval = :needs_approval
    WHERE repair_id = :repair_id RETURNING *
    """
)
_NEWER = text(
    f"""
    SELECT count(*) FROM ({_CHOSEN}) AS chosen WHERE NOT EXISTS (
        SELECT FROM repair_letter AS own WHERE repair_id = :repair_id
        AND (own.topic, own.partition, own."offset") = (chosen.topic, chosen.partition, chosen."offset"))
    """
)
_GET = text("SELECT * FROM repair WHERE repair_id = :repair_id")
_LOCK = text("SELECT * FROM repair WHERE repair_id = :repair_id FOR UPDATE")
_SAVE = text(
    """
    UPDATE repair SET state = :state, batches = :batches, why = :why, confirmed_by = :confirmed_by,
        confirmed_at = :confirmed_at, changed_at = now()
    WHERE repair_id = :repair_id
    """
)
_RELEASE = text(
    "UPDATE repair_letter SET state = 'released' WHERE repair_id = :repair_id AND state = 'waiting'"
)
_LIST = text(
    """
    SELECT * FROM repair WHERE (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY cut_off DESC, repair_id LIMIT :limit OFFSET :skip
    """
)
_PROGRESS = text(
    """
    SELECT repair_id, state, count(*) AS letters FROM repair_letter
    WHERE repair_id = ANY(CAST(:ids AS uuid[])) GROUP BY repair_id, state
    """
)
_OF_REPAIR = text(
    f"""
    SELECT letter_id, {_PLACE}, event_id, state, error FROM repair_letter
    WHERE repair_id = :repair_id AND (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY {_PLACE} LIMIT :limit OFFSET :skip
    """
)
_FORGET = text("DELETE FROM repair WHERE state IN ('done', 'cancelled') AND changed_at < :before")


class LettersHeldError(RepairError):
    """Another repair has some of the letters; `holders` are those repairs."""

    code = "letters_held"

    def __init__(self, holders: Sequence[Repair]) -> None:
        named = "; ".join(
            f"{each.asked_by} ({each.action}, {each.state}, repair {each.repair_id}: {each.reason})"
            for each in holders
        )
        held = f"Held by {named}." if holders else "Another repair held them a moment ago."
        super().__init__(f"{held} Wait until it is done, or agree with them to cancel it.")
        self.holders = holders


class NothingToRepairError(RepairError):
    """Nothing is chosen."""

    code = "nothing_to_repair"

    def __init__(self) -> None:
        super().__init__(
            "There is no such letter that could be repaired: it may have been settled meanwhile. "
            "Read /v1/operations/dead-letters again."
        )


async def preview(
    connection: AsyncConnection,
    action: Action,
    choice: Choice,
    reason: str,
    operator: str,
    most_alone: int,
) -> Repair:
    """Freeze what is chosen and hold it. Raises NothingToRepairError, or LettersHeldError without its holders.

    After an error the transaction is rolled back; `holders` then says who it was.
    """
    repair_id = uuid4()
    head = {"repair_id": repair_id, "action": action, "reason": reason, "operator": operator}
    await connection.execute(text(_OPEN), {**head, "choice": _shown(choice)})
    row = {**_chosen(action, choice), "repair_id": repair_id}
    counts = (await connection.execute(_CLAIM, row)).one()
    if not counts.chosen:
        raise NothingToRepairError
    if counts.claimed < counts.chosen:
        raise LettersHeldError(())
    needs = needs_approval(action, choice, counts.chosen, most_alone)
    frozen = {"repair_id": repair_id, "letters": counts.chosen, "needs_approval": needs}
    return Repair.of((await connection.execute(_FREEZE, frozen)).one())


async def holders(connection: AsyncConnection, action: Action, choice: Choice) -> list[Repair]:
    """The repairs that hold some of what is chosen."""
    return [Repair.of(row) for row in await connection.execute(_HOLDERS, _chosen(action, choice))]


async def newer(connection: AsyncConnection, repair: Repair) -> int:
    """How many letters its choice would find now that are not in it: they failed after its cut-off."""
    row = {**_chosen(repair.action, repair.choice), "repair_id": repair.repair_id}
    return int((await connection.execute(_NEWER, row)).scalar_one())


async def get(connection: AsyncConnection, repair_id: UUID, *, lock: bool = False) -> Repair | None:
    """One repair; locked until the transaction ends, if it is to be changed."""
    row = (await connection.execute(_LOCK if lock else _GET, {"repair_id": repair_id})).first()
    return Repair.of(row) if row else None


async def save(connection: AsyncConnection, repair: Repair) -> None:
    """Keep where a repair stands; one that is cancelled lets go of what waits."""
    row = {
        "repair_id": repair.repair_id,
        "state": repair.state,
        "batches": repair.batches,
        "why": repair.why,
        "confirmed_by": repair.confirmed_by,
        "confirmed_at": repair.confirmed_at,
    }
    await connection.execute(_SAVE, row)
    if repair.state is State.CANCELLED:
        await connection.execute(_RELEASE, row)


async def repairs(
    connection: AsyncConnection, state: str | None, *, limit: int, skip: int
) -> list[Repair]:
    """Those in a state, or all; the newest first."""
    row = {"state": state, "limit": limit, "skip": skip}
    return [Repair.of(each) for each in await connection.execute(_LIST, row)]


async def progress(
    connection: AsyncConnection, repair_ids: Sequence[UUID]
) -> Mapping[UUID, Progress]:
    """How far each is."""
    counts: dict[UUID, dict[str, int]] = {repair_id: {} for repair_id in repair_ids}
    for row in await connection.execute(_PROGRESS, {"ids": list(repair_ids)}):
        counts[row.repair_id][row.state] = row.letters
    return {repair_id: Progress(**each) for repair_id, each in counts.items()}


async def letters(
    connection: AsyncConnection,
    repair_id: UUID,
    state: LetterState | None,
    *,
    limit: int,
    skip: int,
) -> Sequence[Any]:
    """The letters of a repair, in the order of their topics."""
    row = {"repair_id": repair_id, "state": state, "limit": limit, "skip": skip}
    return (await connection.execute(_OF_REPAIR, row)).all()


async def forget(connection: AsyncConnection, before: Any) -> None:
    """Drop the repairs that ended before."""
    await connection.execute(_FORGET, {"before": before})


def _chosen(action: Action, choice: Choice) -> dict[str, Any]:
    return {
        "action": action,
        "ids": list(choice.ids or ()),
        "group": choice.group_id,
        "topic": choice.key.topic if choice.key else None,
        "key": choice.key.key.encode() if choice.key else None,
    }


def _shown(choice: Choice) -> str:
    shown: dict[str, Any] = {}
    if choice.ids is not None:
        shown["ids"] = choice.ids
    if choice.group_id is not None:
        shown["group_id"] = choice.group_id
    if choice.key is not None:
        shown["key"] = {"topic": choice.key.topic, "key": choice.key.key}
    return orjson.dumps(shown).decode()
