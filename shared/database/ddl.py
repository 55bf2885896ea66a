"""What a migration gives to the functions that create tables."""

from typing import Protocol


class Operations(Protocol):
    """Alembic's `op`, as far as it is needed."""

    def execute(self, sqltext: str) -> None:
        """Run a statement."""
