"""Sending to endpoints by Standard Webhooks: signed, and by the guarded way out only."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from uuid import UUID

from standardwebhooks import Webhook

from services.feed.adapters.secret_vault import SecretVault
from services.feed.application.webhook_ports import Message
from services.feed.domain.attempt import Result
from services.feed.domain.endpoint import MOST_AT_ONCE, Endpoint
from services.feed.domain.secret import Secret
from shared.outbound.client import Answer, Outbound, Session
from shared.outbound.errors import AddressRefusedError, NoAnswerError, Trouble
from shared.telemetry.metrics import WEBHOOK_TIME

ANSWER_BYTES = 16 * 1024
CONTENT_TYPE = "application/cloudevents+json"
USER_AGENT = "Lernverbund-Feed/1"
#: What is under way from one worker at most.
MOST_IN_FLIGHT = 512


class WebhookSender:
    """Opens lines to endpoints; all of them together have MOST_IN_FLIGHT calls under way."""

    def __init__(self, outbound: Outbound, vault: SecretVault) -> None:
        self._outbound = outbound
        self._vault = vault
        self._places = asyncio.Semaphore(MOST_IN_FLIGHT)

    @asynccontextmanager
    async def open(
        self, tenant_id: UUID, endpoint: Endpoint, secrets: Sequence[Secret]
    ) -> AsyncIterator["Line"]:
        """A line whose connections last as long as the block."""
        signers = [Webhook(each) for each in self._vault.open(tenant_id, secrets)]
        async with self._outbound.session(most_connections=MOST_AT_ONCE) as session:
            yield Line(session, endpoint.url, signers, self._places)


class Line:
    """A way to one endpoint."""

    def __init__(
        self, session: Session, url: str, signers: Sequence[Webhook], places: asyncio.Semaphore
    ) -> None:
        self._session = session
        self._url = url
        self._signers = signers
        self._places = places

    async def send(self, message: Message, now: datetime) -> Result:
        """Send it; whatever happens is a result."""
        async with self._places:
            result = await self._call(message, now)
        WEBHOOK_TIME.record(result.milliseconds / 1_000, {"error": result.error_class or ""})
        return result

    async def _call(self, message: Message, now: datetime) -> Result:
        began = monotonic()
        try:
            answer = await self._session.call(
                "POST",
                self._url,
                headers=signed_headers(self._signers, message, now),
                body=message.body,
                most_bytes=ANSWER_BYTES,
            )
        except AddressRefusedError as error:
            detail = f"The address was not called: {error}.".encode()
            return Result(_milliseconds(began), trouble=Trouble.REFUSED, answer_start=detail)
        except NoAnswerError as error:
            detail = str(error).encode()
            return Result(_milliseconds(began), trouble=error.trouble, answer_start=detail)
        return Result(
            _milliseconds(began),
            status=answer.status,
            retry_after=_retry_after(answer, now),
            answer_start=answer.body,
        )


def signed_headers(signers: Sequence[Webhook], message: Message, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks, with a signature of each secret that signs at this time."""
    name, body = str(message.event_id), message.body.decode()
    return {
        "Content-Type": CONTENT_TYPE,
        "User-Agent": USER_AGENT,
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(
            each.sign(name, now.astimezone(UTC), body) for each in signers
        ),
    }


def _milliseconds(began: float) -> int:
    return round((monotonic() - began) * 1_000)


def _retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """Seconds, or a date (RFC 9110, 10.2.3); what is neither is left out."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        if text.isdecimal() and len(text) < 9:
            return timedelta(seconds=int(text))
        return parsedate_to_datetime(text).astimezone(UTC) - now
    except (ValueError, OverflowError):
        return None
