"""Idempotency keys: the same key and request give the same answer; another request gives 409.

Source: the IETF draft "The Idempotency-Key HTTP Header Field".
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, TypeVar
from uuid import UUID

import orjson
from fastapi import Header
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.ddl import Operations
from shared.database.isolation import IS_OPERATOR, isolate
from shared.http.problems import Problem

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Chosen by the client; repeat it to get the same answer instead of a second effect.",
    ),
]

A = TypeVar("A", bound=BaseModel)

_CLAIM = text(
    """
    INSERT INTO idempotency_key (tenant_id, key, fingerprint)
    SELECT * FROM unnest(CAST(:tenant_ids AS uuid[]), CAST(:keys AS text[]), CAST(:fingerprints AS bytea[]))
    ON CONFLICT DO NOTHING RETURNING tenant_id, key
    """
)
_FIND = text(
    """
    SELECT tenant_id, key, fingerprint, answer
    FROM unnest(CAST(:tenant_ids AS uuid[]), CAST(:keys AS text[])) AS asked(tenant_id, key)
    JOIN idempotency_key USING (tenant_id, key)
    """
)
_KEEP = text(
    """
    UPDATE idempotency_key AS kept SET answer = CAST(given.answer AS jsonb)
    FROM unnest(CAST(:tenant_ids AS uuid[]), CAST(:keys AS text[]), CAST(:answers AS text[]))
        AS given(tenant_id, key, answer)
    WHERE (kept.tenant_id, kept.key) = (given.tenant_id, given.key)
    """
)
_FREE = text(
    """
    DELETE FROM idempotency_key AS kept USING unnest(CAST(:tenant_ids AS uuid[]), CAST(:keys AS text[]))
        AS given(tenant_id, key)
    WHERE (kept.tenant_id, kept.key) = (given.tenant_id, given.key)
    """
)


def create_idempotency_keys(op: Operations) -> None:
    """Create the table of keys; for a service's first migration."""
    op.execute(
        """
        CREATE TABLE idempotency_key (
            tenant_id uuid NOT NULL, key text NOT NULL, fingerprint bytea NOT NULL, answer jsonb,
            created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, key)
        )
        """
    )
    isolate(op, "idempotency_key", also_write=IS_OPERATOR)


async def answer_once(
    connection: AsyncConnection,
    tenant_id: UUID,
    key: str | None,
    request: tuple[str, BaseModel | None],
    action: Callable[[], Awaitable[A]],
    answer_type: type[A],
) -> A:
    """Run `action` once for a key, within the transaction of `connection`.

    `request` is the command's name with its subject, and its body. A second caller with the same key
    waits for the first one's commit. Raises Problem 409 when the key was used for another request.
    """

    async def only(_: Sequence[int]) -> Sequence[A]:
        return [await action()]

    asked = [Asked(tenant_id, key, request)]
    [answer] = await answer_each_once(connection, asked, only, answer_type)
    if isinstance(answer, Exception):
        raise answer
    return answer


@dataclass(frozen=True, slots=True)
class Asked:
    """One of many commands: whose it is, its key, and as in `answer_once` its request."""

    tenant_id: UUID
    key: str | None
    request: tuple[str, BaseModel | None]

    @property
    def place(self) -> tuple[UUID, str | None]:
        """What is to be answered once."""
        return self.tenant_id, self.key


async def answer_each_once(
    connection: AsyncConnection,
    asked: Sequence[Asked],
    action: Callable[[Sequence[int]], Awaitable[Sequence[A | Exception]]],
    answer_type: type[A],
) -> Sequence[A | Exception]:
    """`answer_once` for many in one transaction; answers in their order, an exception for one that is refused.

    `action` gets the indexes of those to be carried out, and answers in that order. The key of one that it refuses
    stays free.
    """
    prints = [_fingerprint(*each.request) for each in asked]
    first = {each.place: n for n, each in reversed([*enumerate(asked)]) if each.key is not None}
    earlier = await _claim(connection, asked, prints, first)
    todo = [
        n
        for n, each in enumerate(asked)
        if each.key is None or (first[each.place] == n and each.place not in earlier)
    ]
    done = dict(zip(todo, await action(todo) if todo else (), strict=True))
    await _keep(connection, [(asked[n], done[n]) for n in todo if asked[n].key is not None])

    def answer(n: int) -> A | Exception:
        if n in done:
            return done[n]
        place = asked[n].place
        fingerprint, kept = earlier.get(place) or (prints[first[place]], None)
        if fingerprint != prints[n]:
            return _reused()
        return answer_type.model_validate(kept) if place in earlier else done[first[place]]

    return [answer(n) for n in range(len(asked))]


async def _claim(
    connection: AsyncConnection,
    asked: Sequence[Asked],
    prints: Sequence[bytes],
    first: dict[tuple[UUID, str | None], int],
) -> dict[tuple[UUID, str | None], tuple[bytes, object]]:
    """The fingerprints and answers of what was asked before; the other keys are claimed."""
    # Sorted, so that two transactions with the same keys wait for each other instead of deadlocking.
    order = sorted(first.values(), key=lambda n: (asked[n].tenant_id, asked[n].key))
    if not order:
        return {}
    rows = {**_places([asked[n] for n in order]), "fingerprints": [prints[n] for n in order]}
    claimed = await connection.execute(_CLAIM, rows)
    fresh = {(row.tenant_id, row.key) for row in claimed}
    known = [asked[n] for n in order if asked[n].place not in fresh]
    if not known:
        return {}
    found = await connection.execute(_FIND, _places(known))
    return {(row.tenant_id, row.key): (row.fingerprint, row.answer) for row in found}


async def _keep(
    connection: AsyncConnection, answers: Sequence[tuple[Asked, BaseModel | Exception]]
) -> None:
    kept = [(each, answer) for each, answer in answers if isinstance(answer, BaseModel)]
    refused = [each for each, answer in answers if isinstance(answer, Exception)]
    if kept:
        rows = {
            **_places([each for each, _ in kept]),
            "answers": [answer.model_dump_json() for _, answer in kept],
        }
        await connection.execute(_KEEP, rows)
    if refused:
        await connection.execute(_FREE, _places(refused))


def _places(asked: Sequence[Asked]) -> dict[str, object]:
    return {
        "tenant_ids": [each.tenant_id for each in asked],
        "keys": [each.key for each in asked],
    }


def _reused() -> Problem:
    return Problem(
        409,
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request. Use a new key for a new request.",
    )


def _fingerprint(command: str, body: BaseModel | None) -> bytes:
    document = body.model_dump() if body else None
    return sha256(orjson.dumps([command, document], default=_in_order)).digest()


def _in_order(value: object) -> object:
    """A set in an order that is the same in every process."""
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)
