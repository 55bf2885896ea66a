"""What is sent to Kafka, how far a reading comes by it, and what becomes of it when Kafka does not take it."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.feed.application import send_to_kafka
from services.feed.application.kafka_ports import TopicMissingError, TopicUnavailableError
from services.feed.application.queries import LogEntry, Page
from services.feed.application.send_to_kafka import REST, TURN, KafkaSender
from services.feed.domain.reading import LeaseLostError, Reading
from services.feed.domain.selection import EVERY_TYPE
from services.feed.domain.subscription import Selection, Way

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
READING = Reading(
    tenant_id=uuid4(),
    subscription_id=uuid4(),
    way=Way.KAFKA,
    position=0,
    until=5,
    due_at=None,
    holder=uuid4(),
    selection=Selection(frozenset({EVERY_TYPE})),
)
START = 0


@dataclass
class Outside:
    """The log, the topic and the reading's row, as fakes; the clock stands still unless a page takes time."""

    now: datetime = NOW
    page_takes: timedelta = timedelta()
    sent: list[bytes] = field(default_factory=list)
    has_topic: bool = True
    fails: list[Exception] = field(default_factory=list)
    position: int = 0
    released: datetime | bool | None = False
    is_lost: bool = False

    async def page(
        self, _tenant_id: UUID, *, after: int, types: Collection[str] | None, limit: int
    ) -> Page:
        self.now += self.page_takes
        found = range(after + 1, min(after + limit, READING.until) + 1)
        entries = [
            LogEntry(each, uuid4(), "type", "a", each, "own", NOW, str(each).encode())
            for each in found
            if types is None or str(each) in types
        ]
        return Page(entries, found[-1], READING.until)

    async def send(self, _tenant_id: UUID, contents: Sequence[bytes], _: Selection) -> None:
        if self.fails:
            raise self.fails.pop(0)
        if not self.has_topic:
            raise TopicMissingError
        self.sent += contents

    async def create(self, _tenant_id: UUID) -> bool:
        if self.fails:
            raise self.fails.pop(0)
        was_there, self.has_topic = self.has_topic, True
        return not was_there

    async def advance(self, _reading: Reading, position: int) -> None:
        if self.is_lost:
            raise LeaseLostError
        self.position = position

    async def restart(self, _reading: Reading) -> int:
        self.position = START
        return START

    async def release(self, _reading: Reading, position: int, **when: Any) -> None:
        self.position, self.released = position, when.get("resting_until")

    @property
    def readings(self) -> "Outside":
        return self

    @asynccontextmanager
    async def opened(self, _tenants: Collection[UUID] = ()) -> AsyncIterator[Any]:
        yield self

    @property
    def sender(self) -> KafkaSender:
        return KafkaSender(self.opened, self.opened, self, lambda: self.now)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    monkeypatch.setattr(send_to_kafka, "PAGE_EVENTS", 2)
    return Outside()


async def test_everything_is_sent_in_order_and_the_reading_given_back(outside: Outside):
    await outside.sender.send(READING)

    assert outside.sent == [b"1", b"2", b"3", b"4", b"5"]
    assert (outside.position, outside.released) == (5, None)


async def test_only_what_is_wanted_is_sent_and_the_rest_passed_over(outside: Outside):
    wanted = replace(READING, selection=Selection(frozenset({"2"})))
    await outside.sender.send(wanted)

    assert outside.sent == [b"2"]
    assert outside.position == 5


async def test_a_turn_ends_so_that_others_have_theirs(outside: Outside):
    outside.page_takes = TURN / 2
    await outside.sender.send(READING)

    assert outside.sent == [b"1", b"2", b"3", b"4"]
    assert (outside.position, outside.released) == (4, None)


async def test_what_kafka_does_not_take_is_tried_again_later(outside: Outside):
    outside.fails = [TopicUnavailableError()]
    await outside.sender.send(READING)

    assert (outside.position, outside.released) == (0, NOW + REST)


async def test_a_missing_topic_is_made_and_filled_from_where_the_subscription_began(
    outside: Outside,
):
    outside.has_topic = False
    further = replace(READING, position=3)
    await outside.sender.send(further)
    assert (outside.has_topic, outside.position, outside.released) == (True, START, None)


async def test_a_topic_that_somebody_else_has_just_made_is_not_filled_anew(outside: Outside):
    outside.fails = [TopicMissingError()]
    await outside.sender.send(replace(READING, position=3))

    assert (outside.position, outside.released) == (3, None)


async def test_a_topic_that_cannot_be_made_is_tried_again_later(outside: Outside):
    outside.fails = [TopicMissingError(), TopicUnavailableError()]
    await outside.sender.send(replace(READING, position=3))

    assert (outside.position, outside.released) == (3, NOW + REST)


async def test_who_lost_the_reading_sends_nothing_more(outside: Outside):
    outside.is_lost = True
    with pytest.raises(LeaseLostError):
        await outside.sender.send(READING)

    assert outside.sent == [b"1", b"2"]
