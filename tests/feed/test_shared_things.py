"""What is shared with everybody: told to who listens, and in the snapshot of who comes later."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application.fold_state import fold_state
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.http import Subscriber, client_of
from tests.feed.records import activated, deleted, offered

Consumer = BatchConsumer[PostgresUnitOfWork]
Feed = Foundation[PostgresUnitOfWork]
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
    subscriber: Subscriber, consumer: Consumer, foundation: Feed
) -> None:
    await subscriber.subscribe(types=OFFERS)
    while await fold_state(foundation.units):
        pass
    offer_id = uuid4()
    await consumer.process([offered(uuid4(), offer_id, "cooperative")])
    assert str(offer_id) not in await offers(subscriber)
    [event] = (await subscriber.events())["events"]
    assert (event["subject"], event["view"]) == (str(offer_id), "partner")
    while await fold_state(foundation.units):
        pass
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
