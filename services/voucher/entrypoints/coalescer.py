"""Commands that wait together share a transaction: one lock on a pool for all that came while the last one ran."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from shared.database.outage import is_outage
from shared.http.problems import Problem

C = TypeVar("C")
A = TypeVar("A")

#: Carries out commands in one transaction; answers in their order, an exception for one that is refused.
CarryOut = Callable[[Sequence[C]], Awaitable[Sequence[A | Exception]]]

AT_ONCE = 200
WAITING_LIMIT = 5_000
BUSY = "Too many requests wait right now; nothing was changed. Repeat it shortly."


@dataclass(eq=False, slots=True)
class _Waiting(Generic[C, A]):
    command: C
    answer: asyncio.Future[A]

    def settle(self, answer: A | Exception) -> None:
        """Tell the caller, unless it has gone."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class Coalescer(Generic[C, A]):
    """Takes tenants in turn, and each tenant's commands in the order of their arrival.

    A command that comes alone is carried out at once. Nobody is answered before the transaction has committed.
    """

    def __init__(
        self,
        carry_out: CarryOut[C, A],
        *,
        at_once: int = AT_ONCE,
        waiting_limit: int = WAITING_LIMIT,
    ) -> None:
        self._carry_out = carry_out
        self._at_once = at_once
        self._waiting_limit = waiting_limit
        self._lines: dict[UUID, deque[_Waiting[C, A]]] = {}
        self._waiting = 0
        self._work: asyncio.Task[None] | None = None

    async def ask(self, tenant_id: UUID, command: C) -> A:
        """Have a command carried out; its answer, or what it was refused with. Raises Problem 503 at its limit."""
        if self._waiting >= self._waiting_limit:
            raise Problem(503, "busy", BUSY, headers={"Retry-After": "1"})
        waiting = _Waiting[C, A](command, asyncio.get_running_loop().create_future())
        self._lines.setdefault(tenant_id, deque()).append(waiting)
        self._waiting += 1
        if self._work is None:
            # A context of its own: what is done for many is no part of the first one's trace.
            self._work = asyncio.create_task(self._work_off(), context=Context())
        return await waiting.answer

    async def _work_off(self) -> None:
        try:
            while batch := self._next_batch():
                await self._settle(batch)
        finally:
            self._work = None

    def _next_batch(self) -> list[_Waiting[C, A]]:
        """One of each tenant, then the next one of each, without those whose callers have gone."""
        batch: list[_Waiting[C, A]] = []
        while self._lines and len(batch) < self._at_once:
            tenant_id = next(iter(self._lines))
            line = self._lines.pop(tenant_id)
            waiting = line.popleft()
            self._waiting -= 1
            if line:
                self._lines[tenant_id] = line  # behind the others
            if not waiting.answer.done():
                batch.append(waiting)
        return batch

    async def _settle(self, batch: Sequence[_Waiting[C, A]]) -> None:
        for waiting, answer in zip(batch, await self._answers(batch), strict=True):
            waiting.settle(answer)

    async def _answers(self, batch: Sequence[_Waiting[C, A]]) -> Sequence[A | Exception]:
        """What one spoils for all is tried one by one; an outage would only be met again."""
        try:
            return await self._carry_out([each.command for each in batch])
        except Exception as error:  # noqa: BLE001  # whatever it is, the callers are told
            if len(batch) == 1 or is_outage(error):
                return [error] * len(batch)
        return [answer for each in batch for answer in await self._answers([each])]
