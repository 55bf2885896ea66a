"""What the cooperative's staff sees of subscriptions: how they go, and nothing of what they deliver."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.console.adapters.services import HttpServices
from services.console.adapters.subscriptions import FeedSubscriptions
from services.console.domain.errors import ServiceRefusedError
from services.console.domain.subscription import ACTS
from tests.feed.webhooks import TenantHook
from tests.isolation.world import bearer

OPERATOR = bearer("op", "operator")
ADDRESS = "/v1/operations/subscriptions"


async def ask(hooked: TenantHook, path: str = "", **query: Any) -> httpx.Response:
    return await hooked.subscriber.http.get(f"{ADDRESS}{path}", headers=OPERATOR, params=query)


async def test_an_operator_sees_what_fails_and_since_when(hooked: TenantHook) -> None:
    hooked.hook.status = 503
    bad = uuid4()
    await hooked.happen(bad, bad)
    await hooked.worker.work()
    await hooked.happen(count=3)
    mine = f"/{hooked.subscriber.subscription_id}"
    seen = (await ask(hooked, mine)).json()
    assert (seen["tenant_id"], seen["way"], seen["status"]) == (
        str(hooked.tenant_id),
        "webhook",
        "active",
    )
    assert (seen["failing_keys"], seen["waiting_events"], seen["behind"]) == (1, 2, 3)
    assert seen["next_attempt_at"]
    assert seen["endpoint"]["host"] == "127.0.0.1"
    assert seen["endpoint"]["failing_since"] < seen["endpoint"]["pauses_at"]
    [key] = (await ask(hooked, f"{mine}/failing-keys")).json()
    assert (key["aggregate"], key["waiting"], key["attempts"]) == (str(bad), 2, 1)
    listed = (await ask(hooked, tenant_id=str(hooked.tenant_id))).json()
    assert [each["subscription_id"] for each in listed] == [seen["subscription_id"]]
    troubled = (await ask(hooked, troubled=True, limit=500)).json()
    assert seen["subscription_id"] in {each["subscription_id"] for each in troubled}
    assert (await ask(hooked, tenant_id=str(hooked.tenant_id), way="pull")).json() == []


async def test_deliveries_are_seen_without_what_was_sent_or_answered(hooked: TenantHook) -> None:
    hooked.hook.status = 500
    hooked.hook.body = lambda _event: b"internal secret"
    [sent] = await hooked.happen(count=1)
    await hooked.worker.work()
    mine = f"/{hooked.subscriber.subscription_id}"
    answers = [
        await ask(hooked, path)
        for path in ("", mine, f"{mine}/deliveries", f"{mine}/deliveries/{sent}")
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    [delivery] = [each for each in answers[2].json() if each["event_id"] == sent]
    assert (delivery["status"], delivery["answer_status"]) == ("retrying", 500)
    [attempt] = answers[3].json()
    assert (attempt["number"], attempt["outcome"]) == (1, "failed")
    for answer in answers:
        assert "secret" not in answer.text
        assert "/hooks" not in answer.text


async def test_what_is_not_there_and_who_may_not_see(hooked: TenantHook) -> None:
    mine = f"/{hooked.subscriber.subscription_id}"
    assert (await ask(hooked, f"/{uuid4()}")).status_code == 404
    assert (await ask(hooked, f"{mine}/deliveries/{uuid4()}")).status_code == 404
    for roles, tenants in (("tenant-admin", str(hooked.tenant_id)), ("viewer", "")):
        headers = bearer("somebody", roles, tenants)
        for path in ("", mine, f"{mine}/deliveries"):
            answer = await hooked.subscriber.http.get(f"{ADDRESS}{path}", headers=headers)
            assert answer.status_code == 403, (roles, path)


async def test_the_console_understands_all_of_it(hooked: TenantHook) -> None:
    hooked.hook.status = 503
    [sent] = await hooked.happen(count=1)
    await hooked.worker.work()
    transport = hooked.subscriber.http._transport
    subscriptions = FeedSubscriptions(HttpServices({"feed": "http://feed"}, transport))
    token = OPERATOR["Authorization"].removeprefix("Bearer ")
    key = hooked.subscriber.subscription_id
    [found] = await subscriptions.search(token, 10, 0, tenant_id=str(hooked.tenant_id))
    assert found == await subscriptions.get(token, key)
    assert (found.condition, found.waiting_events) == ("degraded", 1)
    [waiting] = await subscriptions.failing_keys(token, key)
    assert waiting.attempts == 1
    deliveries = await subscriptions.deliveries(token, key, "retrying", 10, 0)
    assert [each.event_id for each in deliveries] == [sent]
    [attempt] = await subscriptions.attempts(token, key, sent)
    assert (attempt.status, attempt.error_class) == (503, "failed")
    with pytest.raises(ServiceRefusedError) as refused:
        await subscriptions.act(token, found, ACTS["pause"])
    assert refused.value.problem.code == "operator_access_missing"
