"""What was there before a migration is there after it, as the new rules want it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from tests.member.builders import NOW

if TYPE_CHECKING:
    from deploy.local.stack import Stack

DATABASE = "member_before"
TENANT = """
    INSERT INTO tenant (tenant_id, name, kind, official_key, key_identity, state, regions, contact_email,
        applicant, status, applied_at, decided_at, active_at, steps_done, organization_id, attempts, version)
    VALUES ($1, 'Speyer', 'municipality', $2, $2, 'DE-RP', '[]', 'a@example.org', 'x', $3, $4, $4, $4, '[]',
        $5, 0, 3)
"""

#: What the release before the counting wrote: a quota of three people, and a person.
QUOTA = "INSERT INTO tenant_quota VALUES ($1, 3, 100, 3, 1)"
PERSON = """
    INSERT INTO person (tenant_id, person_id, external_id, given_name, family_name, email, roles,
        registrations, descriptions, leaves_on, has_left)
    VALUES ($1, $2, $3, 'Luisa', 'Rheinufer', 'l@example.org', '[]', 1, 1, $4, $4::date IS NOT NULL)
"""


@pytest.fixture
async def before(stack: "Stack") -> AsyncIterator[tuple[str, asyncpg.Connection]]:
    """An empty database of the member service's owner, and a superuser's connection to it."""
    url = make_url(stack.migration_environment("member")["DATABASE_URL"])
    login = {"host": url.host, "port": url.port, "user": "postgres"}
    login["password"] = stack.admin_password("postgres")
    server = await asyncpg.connect(**login, database="postgres")
    await server.execute(f"CREATE DATABASE {DATABASE} OWNER {url.username}")
    connection = await asyncpg.connect(**login, database=DATABASE)
    await connection.execute(f"ALTER SCHEMA public OWNER TO {url.username}")
    yield url.set(database=DATABASE).render_as_string(hide_password=False), connection
    await connection.close()
    await server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    await server.close()


def upgrade(url: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path("services/member/migrations")))
    config.attributes["database_url"] = url
    command.upgrade(config, revision)


async def test_who_is_on_the_platform_is_a_member_with_one_share_and_its_key(
    before: tuple[str, Any],
) -> None:
    url, connection = before
    await asyncio.to_thread(upgrade, url, "0001")
    tenants: dict[str, UUID] = {}
    for number, status in enumerate(("applied", "approved", "active", "refused")):
        tenants[status] = uuid4()
        row = (tenants[status], f"0700000{number}", status, NOW, f"org-{number}")
        await connection.execute(TENANT, *row)
    await asyncio.to_thread(upgrade, url, "0002")
    entries = await connection.fetch("SELECT * FROM register_entry")
    assert {entry["tenant_id"] for entry in entries} == {tenants["approved"], tenants["active"]}
    assert {(e["kind"], e["shares"], e["from_day"], e["name"]) for e in entries} == {
        ("admitted", 1, date(2026, 11, 21), "Speyer")
    }
    keys = await connection.fetch("SELECT tenant_id FROM tenant_key WHERE valid_to IS NULL")
    assert {key["tenant_id"] for key in keys} == set(tenants.values()) - {tenants["refused"]}
    # The release before goes on writing tenants without the new columns.
    await connection.execute(TENANT, uuid4(), "07000009", "applied", NOW, None)


async def test_people_who_are_there_are_counted_and_the_release_before_is_counted_on(
    before: tuple[str, Any],
) -> None:
    url, connection = before
    await asyncio.to_thread(upgrade, url, "0001")
    tenant_id = uuid4()
    await connection.execute(TENANT, tenant_id, "07000000", "active", NOW, "org")
    await asyncio.to_thread(upgrade, url, "0007")
    await connection.execute(QUOTA, tenant_id)
    for number, leaves_on in enumerate((None, None, date(2026, 11, 1))):
        await connection.execute(PERSON, tenant_id, uuid4(), str(number), leaves_on)
    await asyncio.to_thread(upgrade, url, "0008")
    count = "SELECT people_present FROM tenant_quota"
    assert await connection.fetchval(count) == 2
    await connection.execute(PERSON, tenant_id, uuid4(), "3", None)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(PERSON, tenant_id, uuid4(), "4", None)
    await connection.execute("DELETE FROM person WHERE external_id IN ('0', '1', '2')")
    assert await connection.fetchval(count) == 1
