"""Webhooks as their tenant sees them: an endpoint is proved, its secrets rotate, deliveries are listed and replayed."""

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from standardwebhooks import WebhookVerificationError

from services.feed.settings import FeedSettings
from services.member.settings import MemberSettings
from shared.clock import utc_now
from shared.database.engine import transaction
from tests.feed.webhooks import TenantHook


async def test_an_endpoint_is_proved_and_gets_signed_events(bare: TenantHook) -> None:
    sent = await bare.happen(count=3)
    await bare.set_up()
    await bare.worker.work()
    assert sorted(bare.hook.of()) == sorted(sent)
    for request in bare.hook.server.requests:
        event = bare.verified(request)
        assert request.headers["webhook-id"] == event["id"]
        assert request.headers["content-type"] == "application/cloudevents+json"
        assert (event["specversion"], event["tenantid"]) == ("1.0", str(bare.tenant_id))
    assert await bare.waiting() == {}
    [key] = {
        each["subject"] for each in bare.hook.got if each["type"] == "endpoint.verification.v1"
    }
    assert key == bare.subscriber.subscription_id


async def test_nothing_is_sent_before_the_code_is_said(bare: TenantHook) -> None:
    await bare.subscriber.subscribe(way="webhook")
    await bare.happen(count=2)
    await bare.put_endpoint()
    await bare.worker.errands.run_once()
    await bare.worker.work()
    assert bare.hook.of() == []
    wrong = await bare.subscriber.own("POST", "/endpoint/verification", {"code": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "code_wrong")
    assert await bare.status() == "unverified"
    test = await bare.subscriber.own("POST", "/endpoint/test")
    assert (test.status_code, test.json()["code"]) == (409, "endpoint_missing")


async def test_an_endpoint_may_answer_the_code_itself(bare: TenantHook) -> None:
    await bare.subscriber.subscribe(way="webhook")
    bare.hook.status = 200
    bare.hook.body = lambda event: json.dumps(event).encode()
    await bare.put_endpoint()
    await bare.worker.errands.run_once()
    assert await bare.status() == "unverified"  # what repeats everything proves nothing
    bare.hook.body = lambda event: json.dumps({"code": event["data"]["code"]}).encode()
    again = await bare.put_endpoint()
    assert again["secret"] is None
    await bare.worker.errands.run_once()
    assert await bare.status() == "active"


async def test_another_address_is_proved_anew_and_an_old_code_is_worth_nothing(
    hooked: TenantHook,
) -> None:
    old = hooked.hook.got[-1]["data"]["code"]
    await hooked.put_endpoint(f"{hooked.hook.url}/new")
    assert await hooked.status() == "unverified"
    answer = await hooked.subscriber.own("POST", "/endpoint/verification", {"code": old})
    assert answer.json()["code"] == "code_wrong"


async def test_two_secrets_sign_for_the_overlap(hooked: TenantHook) -> None:
    made = await hooked.subscriber.own("POST", "/endpoint/secrets", {"overlap_hours": 2})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    new = made.json()["secret"]
    assert new.startswith("whsec_")
    await hooked.happen()
    await hooked.worker.work()
    last = hooked.hook.server.requests[-1]
    assert hooked.verified(last) == hooked.verified(last, new)
    assert len((await hooked.endpoint())["secrets"]) == 2
    await hooked.change("UPDATE endpoint_secret SET ends_at = now() WHERE ends_at IS NOT NULL")
    await hooked.happen()
    await hooked.worker.work()
    last = hooked.hook.server.requests[-1]
    assert hooked.verified(last, new)
    with pytest.raises(WebhookVerificationError):
        hooked.verified(last)
    assert new not in json.dumps(await hooked.endpoint())


async def test_a_test_event_is_sent_at_once_also_to_a_paused_one(hooked: TenantHook) -> None:
    await hooked.subscriber.own("POST", "/pause")
    asked = await hooked.subscriber.own("POST", "/endpoint/test")
    assert asked.status_code == 202
    await hooked.worker.errands.run_once()
    event = hooked.verified(hooked.hook.server.requests[-1])
    assert (event["id"], event["type"]) == (asked.json()["event_id"], "endpoint.test.v1")
    [delivery] = await hooked.deliveries(type="endpoint.test.v1")
    assert (delivery["status"], delivery["position"]) == ("delivered", None)


async def test_a_replay_sends_what_was_there_and_nothing_that_came_later(
    hooked: TenantHook,
) -> None:
    sent = await hooked.happen(count=100)
    await hooked.worker.work()
    replay = await hooked.subscriber.own("POST", "/replays", {})
    assert (replay.status_code, replay.json()["count"]) == (202, 100), replay.text
    again = await hooked.subscriber.own("POST", "/replays", {})
    assert again.json()["code"] == "replay_running"
    later = await hooked.happen(count=5)
    await hooked.worker.work()
    got = hooked.hook.of()
    assert sorted(got) == sorted(sent * 2 + later)
    [done] = (await hooked.subscriber.own("GET", "/replays")).json()
    assert (done["status"], done["done"]) == ("done", 100)
    triggers = (await hooked.subscriber.own("GET", f"/deliveries/{sent[0]}")).json()
    assert [each["trigger"] for each in triggers] == ["scheduled", "replay"]


async def test_a_replay_of_what_was_given_up(hooked: TenantHook) -> None:
    bad = uuid4()
    hooked.hook.status = lambda event: 500 if event["subject"] == str(bad) else 204
    sent = await hooked.happen(bad, uuid4(), uuid4())
    await hooked.worker.work()
    await hooked.change("UPDATE failing_key SET attempts = 9")
    await hooked.later()
    await hooked.worker.work()
    hooked.hook.status = 204
    before = len(hooked.hook.of())
    replay = await hooked.subscriber.own("POST", "/replays", {"failed": True})
    assert replay.json()["count"] == 1
    await hooked.worker.work()
    assert hooked.hook.of()[before:] == [sent[0]]
    assert await hooked.deliveries(status="exhausted") == []


async def test_a_replay_goes_by_time_type_and_aggregate(hooked: TenantHook) -> None:
    one = uuid4()
    sent = await hooked.happen(one, uuid4(), one)
    await hooked.worker.work()
    future = (utc_now() + timedelta(hours=1)).isoformat()
    for body, count in (
        ({"from": future}, 0),
        ({"to": future, "aggregate": str(one)}, 2),
        ({"types": ["offer.published.v1"]}, 0),
    ):
        replay = await hooked.subscriber.own("POST", "/replays", body)
        assert replay.json()["count"] == count, body
        await hooked.worker.work()
    assert hooked.hook.of()[3:] == [sent[0], sent[2]]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://hr.example.org/hooks", "https"),
        ("https://10.0.0.1/hooks", "not public"),
        ("https://localhost.localdomain/", "not one of the internet"),
        ("https://hr.example.org:5432/", "port"),
        ("https://user:pw@hr.example.org/", "plain"),
    ],
)
async def test_an_address_of_the_inside_is_refused_with_a_reason(
    bare: TenantHook, url: str, says: str
) -> None:
    await bare.subscriber.subscribe(way="webhook")
    answer = await bare.subscriber.own("PUT", "/endpoint", {"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "address_refused"), answer.text
    assert says in answer.json()["detail"]


async def test_a_pull_subscription_has_no_endpoint(bare: TenantHook) -> None:
    await bare.subscriber.subscribe()
    for method, path, body in (
        ("PUT", "/endpoint", {"url": "https://93.184.216.34/"}),
        ("GET", "/endpoint", None),
        ("POST", "/endpoint/secrets", {}),
        ("POST", "/endpoint/test", None),
        ("GET", "/deliveries", None),
        ("POST", "/replays", {}),
        ("GET", "/replays", None),
    ):
        answer = await bare.subscriber.own(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_a_webhook"), path


async def test_secrets_are_kept_sealed(hooked: TenantHook) -> None:
    async with transaction(hooked.worker.feed.engine, [hooked.tenant_id]) as connection:
        rows = (await connection.execute(text("SELECT * FROM endpoint_secret"))).all()
        endpoint = (await connection.execute(text("SELECT * FROM endpoint"))).one()
    raw = b64decode(hooked.secret.removeprefix("whsec_"))
    assert len(raw) == 32
    assert all(raw not in bytes(row.sealed) for row in rows)
    assert endpoint.verification_code_hash is None


@pytest.mark.parametrize("settings_type", [FeedSettings, MemberSettings])
def test_this_machine_is_called_only_where_the_issuer_is_on_it(settings_type: Any) -> None:
    name = next(each for each in settings_type.model_fields if each.startswith("allow_loopback"))
    usual = {"database_url": "x", "feed_master_key": "x", "feed_cursor_key": "x", name: True}
    assert settings_type(**usual, oidc_issuer="http://127.0.0.1:18080/realms/x")
    with pytest.raises(ValidationError, match="take it out"):
        settings_type(**usual, oidc_issuer="https://login.example.org/realms/x")
