"""What every part of the platform looks like to the one that starts it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Say = Callable[[str], None]


class StartError(Exception):
    """A component did not become ready; the message says why in words."""


@dataclass(frozen=True, slots=True)
class Program:
    """One process of supervisord; `keeps_alive` is False where it ends when its work is done."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    user: int | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 20
    keeps_alive: bool = True


class Component(Protocol):
    """Prepared, started, ready, configured: in this order, each step safe to repeat."""

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Components that must be ready and configured before this one is prepared."""

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of the ports it listens on."""

    @property
    def address(self) -> str:
        """Where people or programs reach it."""

    @property
    def program(self) -> Program | None:
        """Nothing, if its work is done when it is prepared."""

    def prepare(self, say: Say, /) -> None:
        """Fetch, unpack, write its configuration."""

    def ready(self) -> bool:
        """Whether it answers now."""

    def configure(self) -> None:
        """What can only be done while it runs: roles, topics, rights."""
