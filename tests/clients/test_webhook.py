"""A subscriber that is called: the Standard Webhooks libraries of three languages judge our signatures."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest

from deploy.clients.programs import LANGUAGES
from tests.clients.stand_in import outside, stand_in
from tests.clients.stories import known_after, lives, snapshot_of
from tests.support.subscribers import Subscriber, following
from tests.support.waiting import until

SECRET, NEW_SECRET = (f"whsec_{base64.b64encode(bytes([n] * 32)).decode()}" for n in (1, 2))
HISTORY = lives(12)


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """By the specification's words, without any library."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class Caller:
    """The platform's part of a call."""

    def __init__(self, address: str, http: httpx.AsyncClient) -> None:
        self._address, self._http = address, http

    async def call(
        self,
        event: dict[str, Any],
        *,
        secrets: tuple[str, ...] = (SECRET,),
        sent: bytes = b"",
        age: int = 0,
    ) -> httpx.Response:
        body, timestamp = json.dumps(event).encode(), str(int(time.time()) - age)
        signatures = [signature(secret, event["id"], timestamp, body) for secret in secrets]
        headers = {
            "webhook-id": event["id"],
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(signatures),
            "content-type": "application/cloudevents+json",
        }
        return await self._http.post(self._address, content=sent or body, headers=headers)


@pytest.fixture(params=LANGUAGES)
async def receiver(request, tmp_path, unused_tcp_port):
    with stand_in() as feed:
        feed.snapshot = snapshot_of([])
        settings = {"WEBHOOK_PORT": str(unused_tcp_port), "WEBHOOK_SECRET": SECRET}
        each = Subscriber(
            request.param, "by_webhook", tmp_path / "state", **outside(feed), **settings
        )
        with following(each):
            each.start()
            yield each


@pytest.fixture
async def caller(receiver, unused_tcp_port):
    async with httpx.AsyncClient(trust_env=False) as http:
        address = f"http://127.0.0.1:{unused_tcp_port}/hook"

        async def answers() -> bool:
            try:
                return (await http.post(address)).status_code == 400
            except httpx.TransportError:
                return False

        await until(answers, bool)
        yield Caller(address, http)


async def test_signed_events_are_kept_and_doubles_change_nothing(receiver, caller):
    for event in [*HISTORY, *HISTORY[: len(HISTORY) // 2]]:
        assert (await caller.call(event)).status_code == 204
    assert receiver.things == known_after(HISTORY)


async def test_a_late_event_fills_in_only_what_is_missing(receiver, caller):
    for event in reversed(HISTORY):
        assert (await caller.call(event)).status_code == 204
    assert receiver.things == known_after(HISTORY)


async def test_during_a_rotation_both_signatures_come_and_either_suffices(receiver, caller):
    for secrets in ((NEW_SECRET, SECRET), (SECRET, NEW_SECRET)):
        assert (await caller.call(HISTORY[0], secrets=secrets)).status_code == 204
    assert (await caller.call(HISTORY[1], secrets=(NEW_SECRET,))).status_code == 400
    assert receiver.things == known_after(HISTORY[:1])


async def test_what_is_not_signed_so_is_refused(receiver, caller):
    changed = json.dumps({**HISTORY[0], "subject": "another"}).encode()
    assert (await caller.call(HISTORY[0], sent=changed)).status_code == 400
    assert (await caller.call(HISTORY[0], age=600)).status_code == 400
    assert (await caller.call(HISTORY[0], secrets=())).status_code == 400
    assert receiver.things == {}


async def test_an_endpoint_proves_itself_by_the_code_and_keeps_no_test(receiver, caller):
    event = {**HISTORY[0], "type": "endpoint.verification.v1", "data": {"code": "7Q-2"}}
    answer = await caller.call(event)
    assert (answer.status_code, answer.json()) == (200, {"code": "7Q-2"})
    assert (await caller.call({**event, "type": "endpoint.test.v1"})).status_code == 204
    assert receiver.things == {}


async def test_an_erased_person_is_forgotten(receiver, caller):
    booking = HISTORY[0]
    person_id = booking["data"]["person_id"]
    named = {**booking, "data": {**booking["data"], "person": {"given_name": "Clara"}}}
    described = {
        **booking,
        "source": "/member",
        "subject": person_id,
        "type": "person.registered.v1",
        "data": {"person_id": person_id, "roles": ["learner"]},
    }
    erased = {
        **described,
        "type": "person.erased.v1",
        "sequence": f"{2:020d}",
        "data": {"person_id": person_id},
    }
    for event in (named, described, erased):
        assert (await caller.call(event)).status_code == 204
    assert receiver.things == {
        **known_after([booking]),
        f"/member {person_id}": {
            "type": "person.erased.v1",
            "sequence": 2,
            "data": {"person_id": person_id},
        },
    }
