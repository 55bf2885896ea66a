"""Which letters a filter means, by their ids: what is repaired is what was found, and not what comes later."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.console.domain.dead_letters import Letter

#: A service takes so many ids in one repair.
MOST: Final = 1_000
PAGE: Final = 500

#: Reads letters: how many at most, and how many to pass over.
Found = Callable[[int, int], Awaitable[Sequence[Letter]]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The oldest letters found; `has_more` says that there are others."""

    ids: Sequence[int]
    has_more: bool


async def choose(found: Found) -> Chosen:
    """The ids of the oldest MOST letters."""
    ids: list[int] = []
    while len(ids) <= MOST:
        page = await found(PAGE, len(ids))
        ids += [letter.id for letter in page]
        if len(page) < PAGE:
            break
    return Chosen(ids[:MOST], len(ids) > MOST)
