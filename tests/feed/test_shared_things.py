"""What is shared with everybody: told to who listens, and in the snapshot of who comes later."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application import fold_state as folding
from services.feed.entrypoints import snapshot
from shared.inbox.consumer import BatchConsumer
from tests.feed.http import Subscriber, client_of
from tests.feed.records import activated, deleted, offered

Consumer = BatchConsumer[PostgresUnitOfWork]
OFFERS = ["offer.published.v1"]


@pytest.fixture
async def subscriber(app: FastAPI, consumer: Consumer) -> AsyncIterator[Subscriber]:
    async with client_of(app) as http:
        made = Subscriber(http)
        await consumer.process([activated(made.tenant_id)])
        yield made


async def offers(subscriber: Subscriber) -> dict[str, Any]:
    """The offers of the snapshot, by id; each stands there once."""
    answer = await subscriber.own("GET", "/snapshot")
    assert answer.status_code == 200, answer.text
    lines = [json.loads(line) for line in answer.text.splitlines()][:-1]
    found = {line["subject"]: line for line in lines}
    assert len(found) == len(lines)
    return found


async def test_who_subscribes_later_has_what_was_shared_before(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    provider, shared, own = uuid4(), uuid4(), uuid4()
    told = [offered(provider, shared, "cooperative"), offered(provider, own, "own")]
    await consumer.process(told)
    await subscriber.subscribe(types=OFFERS)
    assert (await subscriber.events())["events"] == []
    found = await offers(subscriber)
    line = found[str(shared)]
    assert (line["view"], line["data"]["provider_id"]) == ("partner", str(provider))
    assert str(own) not in found
    await subscriber.subscribe(types=["person.registered.v1"])
    assert await offers(subscriber) == {}, "other types were asked for"


async def test_what_is_told_to_who_listens_is_in_the_snapshot_or_follows_it(
    subscriber: Subscriber, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscriber.subscribe(types=OFFERS)
    offer_id = uuid4()

    async def catch_up(units: folding.Units, tenant_id: UUID) -> None:
        await folding.catch_up(units, tenant_id)
        await consumer.process([offered(uuid4(), offer_id, "cooperative")])

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "catch_up", catch_up)
        assert str(offer_id) not in await offers(subscriber), "it was told after"
    [event] = (await subscriber.events())["events"]
    assert (event["subject"], event["view"]) == (str(offer_id), "partner")
    assert str(offer_id) in await offers(subscriber)


async def test_what_a_provider_shared_goes_with_it(
    subscriber: Subscriber, consumer: Consumer
) -> None:
    provider, offer_id = uuid4(), uuid4()
    await consumer.process([activated(provider), offered(provider, offer_id, "cooperative")])
    await subscriber.subscribe(types=OFFERS)
    assert str(offer_id) in await offers(subscriber)
    await consumer.process([deleted(provider)])
    assert str(offer_id) not in await offers(subscriber)


async def test_what_comes_again_is_kept_once(subscriber: Subscriber, consumer: Consumer) -> None:
    offer_id = uuid4()
    told = offered(uuid4(), offer_id, "cooperative")
    await consumer.process([told])
    await consumer.process([told])
    await consumer.rebuild([told])
    await subscriber.subscribe(types=OFFERS)
    assert str(offer_id) in await offers(subscriber)
