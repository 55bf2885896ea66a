"""Handlers get the events of a key in the order of their records, however batches mix them."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from shared.envelope import Event, Received
from shared.inbox.consumer import BatchConsumer
from shared.inbox.records import Message
from shared.inbox.store import Admission
from tests.shared.toys import ClosedV1, NotedV1, record, sealed


class Memory:
    """A unit of work without a database: what it claimed once, it knows."""

    def __init__(self) -> None:
        self.known: set[UUID] = set()

    async def admit(self, messages: Sequence[Message], _passed_by: object) -> Admission:
        fresh = []
        for message in messages:
            if message.received.envelope.id not in self.known:
                self.known.add(message.received.envelope.id)
                fresh.append(message)
        return Admission(fresh)

    @property
    def inbox(self) -> "Memory":
        return self

    @asynccontextmanager
    async def open(self, _tenants: Collection[UUID] = ()) -> AsyncIterator[Any]:
        yield self


Group = list[tuple[str, str]]


def _recording(groups: list[Group], name: str) -> Any:
    async def handle(_work: Any, events: Sequence[Received[Any]]) -> None:
        groups.append([(each.envelope.key, getattr(each.event, name)) for each in events])

    return handle


def _by_key(pairs: Group) -> dict[str, list[str]]:
    found = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


TENANT = uuid4()
nobody: Any = None


@given(
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.booleans()), max_size=12),
        max_size=3,
    )
)
async def test_handlers_get_a_keys_events_in_the_order_of_the_records(
    batches: list[list[tuple[str, bool, bool]]],
) -> None:
    groups: list[Group] = []
    handlers: dict[type[Event], Any] = {
        NotedV1: _recording(groups, "note"),
        ClosedV1: _recording(groups, "reason"),
    }
    consumer: BatchConsumer[Any] = BatchConsumer(nobody, Memory().open, handlers)
    sent: Group = []
    for batch in batches:
        records = []
        for aggregate, is_note, twice in batch:
            value = str(len(sent))
            event: Event = NotedV1(note=value) if is_note else ClosedV1(reason=value)
            envelope = sealed(event, TENANT, aggregate)
            sent.append((envelope.key, value))
            records += [record(envelope)] * (1 + twice)
        await consumer.process(records)
    assert _by_key([pair for group in groups for pair in group]) == _by_key(sent)
    for group in groups:
        assert len(group) == len(_by_key(group)), "a handler gets one event of a key at a time"
