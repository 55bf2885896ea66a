"""Pages that change by themselves: a view's fragments are made once for all browsers that see the same."""

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

log = logging.getLogger(__name__)

#: A view is made again at least so often: time alone changes what it says.
AT_LEAST = timedelta(seconds=1)
#: A browser hears at least so often that it is still followed.
BEAT_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Viewing:
    """What two browsers have to have in common to see the same."""

    language: str
    roles: frozenset[str]
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """The inner HTML of elements by their ids, and the id under which a client says how far it got.

    Without elements nothing has changed for a while.
    """

    id: str
    fragments: Mapping[str, str]


#: Makes the fragments, with the token of somebody who watches.
Render = Callable[[Viewing, str], Awaitable[Mapping[str, str]]]
Token = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class View:
    """How a view is made, how often at most, and what tells whether anything has changed."""

    render: Render
    every: timedelta
    changed: Callable[[], object] | None = None


@dataclass(eq=False)
class _Channel:
    """One view as one kind of viewer sees it; it is made only while somebody watches.

    Its name tells it from one of the same view before.
    """

    view: View
    viewing: Viewing
    name: str
    watching: list[Token] = field(default_factory=list)
    version: int = 0
    fragments: dict[str, tuple[str, int]] = field(default_factory=dict)
    grown: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        rendered_at, seen = float("-inf"), None
        while True:
            state = self.view.changed() if self.view.changed else None
            is_due = clock() - rendered_at >= max(AT_LEAST, self.view.every).total_seconds()
            if is_due or (self.view.changed and state != seen):
                rendered_at, seen = clock(), state
                await self._render()
            await asyncio.sleep(self.view.every.total_seconds())

    async def _render(self) -> None:
        try:
            made = await self.view.render(self.viewing, await self.watching[-1]())
        except Exception:
            log.exception("a live view could not be made; its browsers keep what they have")
            return
        before = {name: html for name, (html, _) in self.fragments.items()}
        if made == before:
            return
        self.version += 1
        for name, html in made.items():
            if before.get(name) != html:
                self.fragments[name] = (html, self.version)
        self.grown.set()
        self.grown = asyncio.Event()

    def place(self, last: str) -> int:
        """Where a client stands by the id that it got last; at the beginning if that is another channel's."""
        name, _, version = last.partition("-")
        return int(version) if name == self.name and version.isdecimal() else 0

    async def newer_than(self, version: int) -> Mapping[str, str]:
        """What has changed since; nothing if that is nothing for a while."""
        grown = self.grown
        newer = self._newer_than(version)
        if not newer:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await grown.wait()
            newer = self._newer_than(version)
        return newer

    def _newer_than(self, version: int) -> Mapping[str, str]:
        return {name: html for name, (html, at) in self.fragments.items() if at > version}


class Live:
    """The views that pages can follow, and who follows them."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}
        self._channels: dict[tuple[str, Viewing], _Channel] = {}

    def view(
        self,
        name: str,
        render: Render,
        *,
        every: timedelta = AT_LEAST,
        changed: Callable[[], object] | None = None,
    ) -> None:
        """Register a view. With `changed` it is made again as soon as that says something else."""
        self._views[name] = View(render, every, changed)

    def __contains__(self, name: str) -> bool:
        return name in self._views

    async def follow(
        self, name: str, viewing: Viewing, token: Token, last: str = ""
    ) -> AsyncGenerator[Update]:
        """What changes from now on, or from `last` on, the id of the update that a client got last."""
        channel = self._join(name, viewing, token)
        version = channel.place(last)
        try:
            while True:
                fragments = await channel.newer_than(version)
                version = channel.version if fragments else version
                yield Update(f"{channel.name}-{version}", fragments)
        finally:
            await self._leave(name, channel, token)

    def _join(self, name: str, viewing: Viewing, token: Token) -> _Channel:
        key = (name, viewing)
        if key not in self._channels:
            self._channels[key] = _Channel(self._views[name], viewing, secrets.token_hex(6))
        channel = self._channels[key]
        channel.watching.append(token)
        if channel.task is None:
            channel.task = asyncio.create_task(channel.run())
        return channel

    async def _leave(self, name: str, channel: _Channel, token: Token) -> None:
        channel.watching.remove(token)
        if not channel.watching and channel.task:
            del self._channels[name, channel.viewing]
            channel.task.cancel()
