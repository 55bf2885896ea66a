"""Work in the background that leaves its process to what it is there for."""

import asyncio
from time import monotonic


class Pace:
    """Has work that is done step by step take no more than a share of the time."""

    def __init__(self, share: float) -> None:
        """`share` lies between 0 and 1; with 1 it never rests."""
        self._rest = 1 / share - 1
        self._since = monotonic()

    async def rest(self) -> None:
        """Rest after a step, the longer the longer it took."""
        await asyncio.sleep((monotonic() - self._since) * self._rest)
        self._since = monotonic()
