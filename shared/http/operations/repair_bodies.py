"""The bodies of repairs' addresses."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.http.fields import Body, Key, Name, View
from shared.http.operations.groups import GroupId
from shared.http.operations.letters import LetterId
from shared.repairs import repair as rules
from shared.repairs.repair import Action, Choice, LetterState, Progress, Repair, State

MAX_IDS = 1_000


class KeyBody(Body):
    """An aggregate's records on a topic, by their Kafka key `<tenant>:<aggregate>`."""

    topic: Key
    key: Key


class RepairBody(Body):
    """Which letters, what is to become of them, and why: a group, a key in order, or single ones."""

    action: Action
    group_id: GroupId | None = None
    key: KeyBody | None = None
    ids: Annotated[list[LetterId], Field(min_length=1, max_length=MAX_IDS)] | None = None
    reason: Name

    @model_validator(mode="after")
    def _is_one_choice(self) -> Self:
        if sum(each is not None for each in (self.group_id, self.key, self.ids)) != 1:
            raise ValueError("name one of group_id, key and ids")
        return self

    def choice(self) -> Choice:
        """As the rules take it."""
        key = rules.Key(self.key.topic, self.key.key) if self.key else None
        return Choice(tuple(self.ids) if self.ids else None, self.group_id, key)

    def subject(self) -> str:
        """For the record of operations."""
        return self.model_dump_json(exclude={"reason", "action"}, exclude_defaults=True)


class ProgressView(View):
    """How many letters are where; `resolved` are those of which the consumer's inbox says that they took effect."""

    waiting: int
    driven: int
    resolved: int
    failed: int
    discarded: int
    gone: int
    released: int


class RepairView(View):
    """A repair. What failed after its `cut_off` is not in it; `why` says what it waits for or how it ended."""

    repair_id: UUID
    action: Action
    state: State
    group_id: str | None
    key: KeyBody | None
    reason: str
    letters: int
    cut_off: datetime
    asked_by: str
    needs_approval: bool
    confirmed_by: str | None
    confirmed_at: datetime | None
    batches: int
    why: str
    progress: ProgressView

    @classmethod
    def tell(cls, repair: Repair, progress: Progress) -> Self:
        """Of a repair, and how far it is."""
        key = repair.choice.key
        return cls(
            **{name: getattr(repair, name) for name in _SAME},
            group_id=repair.choice.group_id,
            key=KeyBody(topic=key.topic, key=key.key) if key else None,
            progress=ProgressView.of(progress),
        )


_SAME = (
    *("repair_id", "action", "state", "reason", "letters", "cut_off", "asked_by"),
    *("needs_approval", "confirmed_by", "confirmed_at", "batches", "why"),
)


class PreviewView(RepairView):
    """A repair with the ids of its first letters; all are at `…/letters`.

    `newer` letters of its group or key have failed after its `cut_off` and are not in it.
    """

    ids: list[int]
    newer: int


class RepairLetterView(View):
    """A record of a repair and what became of it; without `letter_id` it waits behind one."""

    letter_id: int | None
    topic: str
    partition: int
    offset: int
    event_id: UUID | None
    state: LetterState
    error: str
