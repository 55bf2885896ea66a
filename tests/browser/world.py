"""What an operator finds on the platform: members and an applicant, bookings of a programme, and two kinds of trouble."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

import httpx

from deploy.demo import case
from deploy.demo.play import Play
from deploy.local.ports import HOST
from deploy.local.stack import Stack
from services.member.contracts.topics import MEMBER_EVENTS
from tests.browser import webhook
from tests.browser.poison import Poison
from tests.browser.releases import Releases
from tests.support.receivers import receiver
from tests.support.waiting import until

RUN: Final = "2026"
LEARNERS: Final = 8
COMPLETED: Final = 3
MEMBER: Final = "speyer"
APPLICANT: Final = "gast"
APPLICANT_NAME: Final = "Frankenthal (Pfalz)"
APPLICATION: Final = {
    "name": APPLICANT_NAME,
    "kind": "municipality",
    "official_key": "07311000",
    "state": "DE-RP",
    "regions": ["mrn"],
    "contact_email": "bildung@frankenthal.example.org",
}


@dataclass(frozen=True, slots=True)
class Failing:
    """At the voucher service: a letter that nobody can read, its group, a repair of it, and a replay."""

    letter: int
    group: str
    repair: str
    replay: int


@dataclass(frozen=True, slots=True)
class World:
    """The platform, what stands on it by id, and how to bring it into trouble and out again."""

    stack: Stack
    play: Play
    poison: Poison
    releases: Releases
    applicant: str
    tenant: str
    booking: str
    event: str
    subscription: str
    delivery: str
    rollout: str
    failing: Failing

    @property
    def console(self) -> str:
        """Where the console is."""
        return f"http://{HOST}:{self.stack.ports['console']}"

    async def book(self, number: int) -> str:
        """One more person of Speyer books by voucher; returns the booking's id."""
        return await _book(self.play, LEARNERS + number)

    async def get(self, service: str, path: str, **query: Any) -> Any:
        """What a service tells the operator."""
        return await self.play.client(case.OPERATOR).get(service, path, **query)


@asynccontextmanager
async def furnish(stack: Stack) -> AsyncIterator[World]:
    """Bring the demo's tenants on board, let people of one book, fail a delivery, and leave letters dead."""
    async with (
        httpx.AsyncClient(timeout=30, trust_env=False) as http,
        receiver(webhook.answer) as endpoint,
    ):
        play = Play(http, stack.ports, run=RUN)
        await play.bring_on_board(_quietly)
        applicant = await play.client(APPLICANT).post("member", "/v1/applications", APPLICATION)
        await play.open_programme()
        await play.publish_offer()
        subscription = await webhook.subscribe(play.client(MEMBER), endpoint.port)
        bookings = await _bookings(play)
        await _completed(play, bookings[:COMPLETED])
        async with (
            Poison.prepared(stack, UUID(play.programme_id)) as poison,
            aclosing(Releases(stack)) as releases,
        ):
            await poison.leave_unreadable()
            await poison.leave_strangers()
            speyer = await play.client(MEMBER).get("member", "/v1/tenant")
            yield World(
                stack,
                play,
                poison,
                releases,
                applicant["tenant"]["tenant_id"],
                speyer["tenant_id"],
                bookings[0],
                await _event(play, bookings[0]),
                subscription,
                await webhook.failed_delivery(play.client(case.OPERATOR), subscription),
                await releases.taken_back("certificate"),
                await _failing(play),
            )


def _quietly(done: int, total: int) -> None:
    """Nobody looks."""


async def _bookings(play: Play) -> list[str]:
    """People of a member book by voucher; each booking is confirmed."""
    bookings = [await _book(play, number) for number in range(LEARNERS)]
    for booking in bookings:
        await until(
            partial(play.client(MEMBER).get, "catalogue", f"/v1/bookings/{booking}"),
            lambda seen: seen["status"] == "confirmed",
        )
    return bookings


async def _book(play: Play, number: int) -> str:
    """A new person of the member's wants to take part; returns the booking's id."""
    client = play.client(MEMBER)
    town = next(each for each in case.TOWNS if each.account == MEMBER)
    person = await client.post("member", "/v1/people", case.person(town, number))
    wish = {
        "offer_id": play.offer_id,
        "person_id": person["person_id"],
        "payment": "voucher",
        "programme_id": play.programme_id,
    }
    missing = {"not_found", "person_not_found", "tenant_unknown"}
    made = await client.post("catalogue", "/v1/bookings", wish, missing=missing)
    return str(made["booking_id"])


async def _completed(play: Play, bookings: list[str]) -> None:
    """The provider records who completed; they get their certificates."""
    path = f"/v1/offers/{play.offer_id}/completions"
    await play.client(case.PROVIDER).post("catalogue", path, {"booking_ids": bookings})
    await until(
        partial(play.client(MEMBER).get, "certificate", "/v1/credentials"),
        lambda seen: len(seen) == len(bookings),
    )


async def _event(play: Play, booking: str) -> str:
    """With which a story begins."""
    path = f"/v1/operations/stories/{booking}"
    return str((await play.client(case.OPERATOR).get("catalogue", path))[0]["id"])


async def _failing(play: Play) -> Failing:
    """Somebody wants to give the unreadable letter up, and to have a topic read again."""
    client = play.client(case.OPERATOR)
    letters = await client.get("voucher", "/v1/operations/dead-letters")
    [letter] = [each for each in letters if each["type"] is None]
    wish = {"action": "discard", "ids": [letter["id"]], "reason": "It says nothing"}
    repair = await client.post("voucher", "/v1/operations/repairs", wish)
    wish = {"topic": MEMBER_EVENTS.name, "reason": "Names of tenants were lost"}
    replay = await client.post("voucher", "/v1/operations/replays", wish)
    return Failing(letter["id"], letter["group_id"], repair["repair_id"], replay["id"])
