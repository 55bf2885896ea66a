"""Alembic's entry."""

from services.feed.adapters.tables import metadata
from shared.database.migrate import run_migrations

run_migrations(metadata)
