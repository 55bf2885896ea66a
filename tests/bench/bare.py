"""The peer of our reads: the same queries by asyncpg behind bare FastAPI handlers, without tenants or tokens."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI

_PERSON = """
SELECT person_id, external_id, given_name, family_name, email, roles,
       COALESCE(user_name, external_id) AS user_name, job_family_id, has_left, leaves_on, erase_on
FROM person WHERE tenant_id = $1 AND person_id = $2
"""
_PEOPLE = """
SELECT person_id, external_id, given_name, family_name, email, roles,
       COALESCE(user_name, external_id) AS user_name, job_family_id, has_left, leaves_on, erase_on
FROM person WHERE tenant_id = $1 ORDER BY external_id, person_id LIMIT 50
"""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BARE_DATABASE"], min_size=10, max_size=10) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan)


@app.get("/{tenant_id}/people/{person_id}")
async def get_person(tenant_id: UUID, person_id: UUID) -> dict[str, Any]:
    """One person."""
    return dict(await app.state.pool.fetchrow(_PERSON, tenant_id, person_id))


@app.get("/{tenant_id}/people")
async def get_people(tenant_id: UUID) -> list[dict[str, Any]]:
    """Fifty people."""
    return [dict(row) for row in await app.state.pool.fetch(_PEOPLE, tenant_id)]
