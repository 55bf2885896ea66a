"""What a repair is asked to take, as a page's address says it: a group, a key, single letters, or all of a filter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, HTTPException, Query

from services.console.domain.dead_letters import Filter
from services.console.domain.repair import Action, Key
from services.console.domain.wording import msg

LARGEST_ID: Final = 2**63 - 1

LetterId = Annotated[int, Query(ge=1, le=LARGEST_ID)]
Word = Annotated[str, Query(max_length=100)]


async def filtered(
    type: Word = "",  # noqa: A002  # its name in CloudEvents
    tenant_id: Word = "",
    error: Word = "",
    topic: Word = "",
    group_id: Word = "",
    discarded: bool = False,
) -> Filter:
    """A dependency: which letters are looked for; a field left empty says nothing."""
    return Filter(
        type=type or None,
        tenant_id=tenant_id or None,
        error=error or None,
        topic=topic or None,
        group_id=group_id or None,
        discarded=discarded,
    )


Filtered = Annotated[Filter, Depends(filtered)]


#: Looked for without saying anything.
NOTHING: Final = Filter()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a repair is to do, and of `by` which of the others says to what."""

    action: Action
    by: Literal["group", "key", "letters", "filter"]
    group_id: str = ""
    key: Key | None = None
    ids: tuple[int, ...] = ()
    found: Filter = NOTHING

    def body(self, ids: tuple[int, ...], reason: str) -> Mapping[str, Any]:
        """As services take it; `ids` are the letters meant by name or by filter."""
        asked: dict[str, Any] = {"action": self.action, "reason": reason}
        if self.by == "group":
            return {**asked, "group_id": self.group_id}
        if self.key is not None:
            return {**asked, "key": {"topic": self.key.topic, "key": self.key.key}}
        return {**asked, "ids": list(ids)}


async def chosen(
    found: Filtered,
    action: Action = Action.REDRIVE,
    all_found: Annotated[bool, Query(alias="all")] = False,
    key: Word = "",
    ids: Annotated[tuple[LetterId, ...], Query(alias="id", max_length=1_000)] = (),
) -> Choice:
    """A dependency: what is meant. Single letters go before a key, a key before all that is found, that before a group."""
    if ids:
        return Choice(action, "letters", ids=ids)
    if key and found.topic:
        return Choice(action, "key", key=Key(found.topic, key))
    if all_found:
        return Choice(action, "filter", found=found)
    if found.group_id:
        return Choice(action, "group", group_id=found.group_id)
    raise HTTPException(
        422, msg("Nothing was chosen. Go back and choose letters, a key or a group.")
    )


Chosen = Annotated[Choice, Depends(chosen)]
