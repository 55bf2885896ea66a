"""Alembic, run the same way for every service: one at a time, never waiting long for a lock."""

import asyncio
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

LOCK_TIMEOUT = "5s"
ADVISORY_LOCK = 720_031


def migrate(service: Path, database_url: str) -> None:
    """Bring the database of the service in folder `service` to its newest version."""
    config = Config()
    config.set_main_option("script_location", str(service / "migrations"))
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")


def run_migrations(metadata: MetaData) -> None:
    """Called by each service's `migrations/env.py`."""
    asyncio.run(_run(context.config.attributes["database_url"], metadata))


async def _run(database_url: str, metadata: MetaData) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        await connection.run_sync(_upgrade, metadata)
    await engine.dispose()


def _upgrade(connection: Connection, metadata: MetaData) -> None:
    context.configure(connection=connection, target_metadata=metadata)
    context.run_migrations()
