"""Sending what was asked for beside the log: a code that proves the endpoint, or a test."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from services.feed.application.resume_subscription import begin_anew
from services.feed.application.webhook_ports import Message, OpenUnit, Sender, UnitOfWork
from services.feed.domain.attempt import Attempt, Outcome, Result, Trigger
from services.feed.domain.endpoint import Endpoint
from services.feed.domain.errand import Errand, ErrandKind
from services.feed.domain.secret import Secret
from services.feed.domain.subscription import Status, Subscription
from services.feed.domain.webhook_errors import CodeWrongError

#: The event that an errand sends, with its data, as a structured CloudEvent.
Write = Callable[[Errand, Mapping[str, str]], bytes]


class ErrandRunner:
    """Runs errands; one that fails is over, and may be asked for again."""

    def __init__(
        self,
        units: OpenUnit,
        sender: Sender,
        write: Write,
        make_code: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._units = units
        self._sender = sender
        self._write = write
        self._make_code = make_code
        self._clock = clock

    async def run(self, errand: Errand) -> None:
        """Send it, and keep what came of it."""
        code = self._make_code() if errand.kind is ErrandKind.VERIFICATION else None
        async with self._units([errand.tenant_id]) as work:
            prepared = await self._prepare(work, errand, code)
        if prepared is None:
            return
        endpoint, secrets = prepared
        body = self._write(errand, {"code": code} if code else {})
        async with self._sender.open(errand.tenant_id, endpoint, secrets) as line:
            result = await line.send(Message(errand.errand_id, body), self._clock())
        async with self._units([errand.tenant_id]) as work:
            await self._conclude(work, errand, result, code)

    async def _prepare(
        self, work: UnitOfWork, errand: Errand, code: str | None
    ) -> tuple[Endpoint, list[Secret]] | None:
        """Before a code is sent its hash is kept, so that whoever posts it at once is believed."""
        subscription = await work.subscriptions.lock(errand.subscription_id)
        endpoint = await work.endpoints.get(subscription) if subscription else None
        if subscription is None or endpoint is None:
            await work.errands.remove(errand)
            return None
        if code:
            await work.endpoints.put(subscription, endpoint.expecting(code))
        now = self._clock()
        secrets = await work.endpoints.secrets(subscription)
        return endpoint, [each for each in secrets if each.signs(now)]

    async def _conclude(
        self, work: UnitOfWork, errand: Errand, result: Result, code: str | None
    ) -> None:
        now = self._clock()
        await work.errands.remove(errand)
        subscription = await work.subscriptions.lock(errand.subscription_id)
        if subscription is None:
            return
        await work.deliveries.record(subscription, [_attempt(errand, result, now)])
        if code and result.is_success and _answers_with(result.answer_start, code):
            await _believe(work, subscription, code, now)


async def _believe(work: UnitOfWork, subscription: Subscription, code: str, now: datetime) -> None:
    """The endpoint said the code itself; if it has another address by now, that is another matter."""
    endpoint = await work.endpoints.get(subscription)
    try:
        verified = endpoint.verified(code, now) if endpoint else None
    except CodeWrongError:
        return
    if verified and subscription.status is Status.UNVERIFIED:
        await work.endpoints.put(subscription, verified)
        subscription = subscription.turned(Status.ACTIVE, now)
        await work.subscriptions.save(subscription)
        await begin_anew(work, subscription, now)


def _answers_with(body: bytes, code: str) -> bool:
    """Only what knows that it is asked answers so; what repeats everything it is sent does not."""
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("code") == code


def _attempt(errand: Errand, result: Result, now: datetime) -> Attempt:
    return Attempt(
        event_id=errand.errand_id,
        position=None,
        aggregate=str(errand.subscription_id),
        type=errand.kind.event_type,
        number=1,
        trigger=Trigger.TEST,
        at=now,
        outcome=Outcome.DELIVERED if result.is_success else Outcome.EXHAUSTED,
        result=result,
    )
