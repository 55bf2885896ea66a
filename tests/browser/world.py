"""What an operator finds on the platform: members and an applicant, bookings of a programme, and two kinds of trouble."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from deploy.demo import case
from deploy.demo.play import Play
from deploy.local.ports import HOST
from deploy.local.stack import Stack
from shared.database.engine import create_engine, transaction
from tests.browser.poison import Poison
from tests.support.kafka import settings_of
from tests.support.waiting import until

RUN: Final = "2026"
LEARNERS: Final = 8
COMPLETED: Final = 3
APPLICANT: Final = "gast"
APPLICATION: Final = {
    "name": "Frankenthal (Pfalz)",
    "kind": "municipality",
    "official_key": "07311000",
    "state": "DE-RP",
    "regions": ["mrn"],
    "contact_email": "bildung@frankenthal.example.org",
}

_ATTEMPT: Final = text(
    """
    INSERT INTO attempt (day, tenant_id, subscription_id, event_id, position, aggregate, type, number, trigger, at,
                         milliseconds, outcome, status, error_class)
    VALUES ((now() AT TIME ZONE 'UTC')::date, :tenant, :subscription, :event, 1, 'booking', 'booking.confirmed.v1', 1,
            'scheduled', now(), 12, 'failed', 503, 'failed')
    """
)


@dataclass(frozen=True, slots=True)
class World:
    """The platform, what stands on it by id, and how to bring it into trouble and out again."""

    stack: Stack
    play: Play
    poison: Poison
    applicant: str
    tenants: dict[str, str]
    bookings: tuple[str, ...]
    credential: str
    subscription: str
    delivery: str

    @property
    def console(self) -> str:
        """Where the console is."""
        return f"http://{HOST}:{self.stack.ports['console']}"

    async def get(self, service: str, path: str, **query: Any) -> Any:
        """What a service tells the operator."""
        return await self.play.client(case.OPERATOR).get(service, path, **query)


@asynccontextmanager
async def furnish(stack: Stack) -> AsyncIterator[World]:
    """Bring the demo's tenants on board, let some of their people book, and leave two letters dead."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        play = Play(http, stack.ports, run=RUN)
        await play.bring_on_board(_quietly)
        applicant = await play.client(APPLICANT).post("member", "/v1/applications", APPLICATION)
        await play.open_programme()
        await play.publish_offer()
        bookings = await _bookings(play)
        credential = await _completed(play, bookings[:COMPLETED])
        async with Poison.prepared(stack, UUID(play.programme_id)) as poison:
            await poison.leave_unreadable()
            await poison.leave_strangers()
            tenants = await _tenants(play)
            subscription = await _subscription(play)
            yield World(
                stack,
                play,
                poison,
                applicant["tenant"]["tenant_id"],
                tenants,
                tuple(bookings),
                credential,
                subscription,
                await _delivery(stack, tenants["trier"], subscription),
            )


def _quietly(done: int, total: int) -> None:
    """Nobody looks."""


async def _tenants(play: Play) -> dict[str, str]:
    """The ids of the members, by account."""
    return {
        town.account: (await play.client(town.account).get("member", "/v1/tenant"))["tenant_id"]
        for town in case.TOWNS
    }


async def _bookings(play: Play) -> list[str]:
    """People of Speyer book by voucher; each booking is confirmed."""
    client = play.client("speyer")
    speyer = next(town for town in case.TOWNS if town.account == "speyer")
    people = {"people": [case.person(speyer, number) for number in range(LEARNERS)]}
    registered = await client.post("member", "/v1/people/bulk", people)
    made = []
    for person in registered["people"]:
        body = {
            "offer_id": play.offer_id,
            "person_id": person["person_id"],
            "payment": "voucher",
            "programme_id": play.programme_id,
        }
        missing = {"not_found", "person_not_found", "tenant_unknown"}
        made.append(await client.post("catalogue", "/v1/bookings", body, missing=missing))
    bookings = [each["booking_id"] for each in made]
    for booking in bookings:
        await until(
            _reading(play, "speyer", "catalogue", f"/v1/bookings/{booking}"),
            lambda seen: seen["status"] == "confirmed",
        )
    return bookings


async def _completed(play: Play, bookings: list[str]) -> str:
    """The provider records who completed; returns the id of one of their certificates."""
    path = f"/v1/offers/{play.offer_id}/completions"
    await play.client(case.PROVIDER).post("catalogue", path, {"booking_ids": bookings})
    issued = await until(
        _reading(play, "speyer", "certificate", "/v1/credentials"),
        lambda seen: len(seen) == len(bookings),
    )
    return str(issued[0]["credential_id"])


async def _subscription(play: Play) -> str:
    """Trier wants to hear by webhook, and has not named its endpoint yet."""
    body = {"name": "Fachverfahren", "way": "webhook", "types": ["*"]}
    made = await play.client("trier").post("feed", "/v1/subscriptions", body)
    return str(made["subscription_id"])


async def _delivery(stack: Stack, tenant_id: str, subscription_id: str) -> str:
    """An attempt that failed, as the worker would have noted it: no test calls out. Returns the event's id."""
    engine = create_engine(settings_of(stack, "feed"))
    row = {"tenant": UUID(tenant_id), "subscription": UUID(subscription_id), "event": uuid4()}
    async with transaction(engine, [row["tenant"]]) as connection:
        await connection.execute(_ATTEMPT, row)
    await engine.dispose()
    return str(row["event"])


def _reading(play: Play, account: str, service: str, path: str) -> Callable[[], Awaitable[Any]]:
    async def read() -> Any:
        return await play.client(account).get(service, path)

    return read
