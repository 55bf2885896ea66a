"""Idempotency keys: the same key and request give the same answer; another request gives 409.

Source: the IETF draft "The Idempotency-Key HTTP Header Field".
"""

from collections.abc import Awaitable, Callable
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
    INSERT INTO idempotency_key (tenant_id, key, fingerprint) VALUES (:tenant_id, :key, :fingerprint)
    ON CONFLICT DO NOTHING RETURNING key
    """
)
_FIND = text(
    "SELECT fingerprint, answer FROM idempotency_key WHERE tenant_id = :tenant_id AND key = :key"
)
_KEEP = text(
    "UPDATE idempotency_key SET answer = CAST(:answer AS jsonb) WHERE tenant_id = :tenant_id AND key = :key"
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
    if key is None:
        return await action()
    row = {"tenant_id": tenant_id, "key": key, "fingerprint": _fingerprint(*request)}
    if (await connection.execute(_CLAIM, row)).first() is None:
        return await _earlier_answer(connection, row, answer_type)
    answer = await action()
    await connection.execute(_KEEP, {**row, "answer": answer.model_dump_json()})
    return answer


async def _earlier_answer(
    connection: AsyncConnection, row: dict[str, object], answer_type: type[A]
) -> A:
    earlier = (await connection.execute(_FIND, row)).one()
    if earlier.fingerprint != row["fingerprint"]:
        raise Problem(
            409,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
        )
    return answer_type.model_validate(earlier.answer)


def _fingerprint(command: str, body: BaseModel | None) -> bytes:
    document = body.model_dump() if body else None
    return sha256(orjson.dumps([command, document], default=_in_order)).digest()


def _in_order(value: object) -> object:
    """A set in an order that is the same in every process."""
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)
