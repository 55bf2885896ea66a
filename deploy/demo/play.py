"""The steps of the case, in the order in which people would take them."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from deploy.demo import case
from deploy.demo.case import Town
from deploy.demo.client import Client, DemoError
from deploy.local.ports import Ports

AT_ONCE = 24
BULK = 500
WAIT_SECONDS = 120.0
POLL_SECONDS = 0.2
CONFIRMATION_POLL_SECONDS = 0.005

#: Told how far a step is: how many of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Booking:
    """A person's wish, and the booking once it is made."""

    town: Town
    person_id: str
    booking_id: str = ""


@dataclass
class Play:
    """One run of the case, with what it has come to so far."""

    http: httpx.AsyncClient
    ports: Ports
    run: str = field(default_factory=lambda: uuid4().hex[:8])
    programme_id: str = ""
    offer_id: str = ""
    bookings: list[Booking] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    _clients: dict[str, Client] = field(default_factory=dict)

    def client(self, account: str) -> Client:
        """The client of an account."""
        if account not in self._clients:
            self._clients[account] = Client(self.http, self.ports, account)
        return self._clients[account]

    async def bring_on_board(self, progress: Progress) -> None:
        """Every tenant applies, an operator approves, onboarding goes on by itself."""
        done = 0

        async def board(town: Town) -> None:
            nonlocal done
            await self._board(town)
            done += 1
            progress(done, len(case.TOWNS))

        await asyncio.gather(*map(board, case.TOWNS))

    async def _board(self, town: Town) -> None:
        client = self.client(town.account)
        if await self._is_member(client):
            return
        key = f"demo-{town.account}"  # a run that was broken off is taken up again
        application = await client.post("member", "/v1/applications", town.application(), key=key)
        tenant = application["tenant"]
        path = f"/v1/applications/{tenant['tenant_id']}"
        await self.client(case.OPERATOR).post("member", f"{path}/approval")

        async def active() -> bool:
            return bool((await client.get("member", path))["tenant"]["status"] == "active")

        await self.until(active, f"{town.name} to become active")
        client.forget_token()

    async def _is_member(self, client: Client) -> bool:
        try:
            await client.get("member", "/v1/tenant")
        except DemoError:
            return False
        return True

    async def open_programme(self) -> None:
        """The ministry drafts 2,750 vouchers, sees who would be eligible, and promises them."""
        now = datetime.now(UTC)
        body = {
            "name": f"Bildungsgutscheine Rhein-Neckar und Rheinland-Pfalz, Lauf {self.run}",
            "reference": f"MWG-2026-{self.run}",
            "legal_basis": "Landeshaushaltsordnung Rheinland-Pfalz, § 44",
            "vouchers": case.VOUCHERS,
            "cap_cents": case.CAP_CENTS,
            "eligibility": {
                "states": case.STATES,
                "regions": case.REGIONS,
                "tenant_kinds": ["municipality", "county"],
            },
            "vouchers_per_person": 1,
            "opens_at": (now - timedelta(minutes=1)).isoformat(),
            "closes_at": (now + timedelta(days=365)).isoformat(),
            "draft": True,
        }
        funder = self.client(case.FUNDER)
        missing = {"tenant_unknown"}
        programme = await funder.post(
            "voucher", "/v1/programmes", body, key=self.run, missing=missing
        )
        self.programme_id = programme["programme_id"]
        await self._simulate()
        path = f"/v1/programmes/{self.programme_id}/opening"
        await funder.post("voucher", path, key=f"{self.run}-opening")

    async def _simulate(self) -> None:
        """Before it opens, the draft says of every town what it will be told later."""
        path = f"/v1/programmes/{self.programme_id}/simulation"
        expected = {town.name: town.eligible for town in case.TOWNS if town.account != case.FUNDER}

        async def as_expected() -> bool:
            found = await self.client(case.FUNDER).get("voucher", path, limit=500)
            told = {each["name"]: each["eligible"] for each in found["outlooks"]}
            return {name: told.get(name) for name in expected} == expected

        await self.until(as_expected, "the simulation to know every town")

    async def publish_offer(self) -> None:
        """Ludwigshafen offers a certificate module to all, trained by its competence model."""
        provider = self.client(case.PROVIDER)
        missing = {"tenant_unknown"}
        model = await provider.post(
            "catalogue",
            "/v1/competence-models",
            case.COMPETENCE_MODEL,
            key=f"{self.run}-model",
            missing=missing,
        )
        competence = model["fields"][-1]["competences"][0]["competence_id"]
        offer = await provider.post(
            "catalogue",
            "/v1/offers",
            case.offer(competence),
            key=f"{self.run}-offer",
            missing=missing,
        )
        self.offer_id = offer["offer_id"]

    async def register_people(self, progress: Progress) -> None:
        """Every tenant registers its people, in bulk."""
        total, done = sum(town.people for town in case.TOWNS), 0
        for town in case.TOWNS:
            people = [case.person(town, number) for number in range(town.people)]
            for start in range(0, len(people), BULK):
                chunk = people[start : start + BULK]
                answer = await self.client(town.account).post(
                    "member", "/v1/people/bulk", {"people": chunk}
                )
                self.bookings += [Booking(town, each["person_id"]) for each in answer["people"]]
                done += len(chunk)
                progress(done, total)

    async def measure_confirmation(self, progress: Progress) -> None:
        """On the idle platform, one booking after the other: from the request to its confirmation."""
        wishes = self._wishes()
        first = await self._book(wishes[0])
        await self._confirmed(first)
        for number, wish in enumerate(wishes[1 : case.MEASURED + 1], 1):
            started = time.perf_counter()
            await self._confirmed(await self._book(wish))
            self.latencies.append((time.perf_counter() - started) * 1_000)
            progress(number, case.MEASURED)

    async def race(self, progress: Progress) -> None:
        """Everybody else at once, a hundred more than there are vouchers, in a shuffled order."""
        wishes = self._wishes()[case.MEASURED + 1 :]
        queue = iter(wishes)
        done = 0

        async def hurry() -> None:
            nonlocal done
            for wish in queue:
                await self._book(wish)
                done += 1
                progress(done, len(wishes))

        await asyncio.gather(*(hurry() for _ in range(AT_ONCE)))
        await self._settled(reserved=case.VOUCHERS, available=0)
        await self._answered(len(self._wishes()))

    async def refuse_outsider(self) -> dict[str, Any]:
        """Stuttgart lies in neither area; its booking is declined. Returns why."""
        wish = next(each for each in self.bookings if each.town.account == case.OUTSIDER)
        booking = await self._book(wish)
        return await self._ended(booking, "declined")

    async def cancel_and_claim_again(self, progress: Progress) -> None:
        """Some give their place up; those who came too late get it."""
        confirmed = await self._with_status("confirmed")
        for number, booking in enumerate(confirmed[: case.CANCELLED], 1):
            client = self.client(booking.town.account)
            await client.post("catalogue", f"/v1/bookings/{booking.booking_id}/cancellation")
            progress(number, 2 * case.CANCELLED)
        await self._settled(reserved=case.VOUCHERS - case.CANCELLED, available=case.CANCELLED)
        declined = await self._with_status("declined")
        for number, booking in enumerate(declined[: case.CANCELLED], case.CANCELLED + 1):
            again = await self._book(Booking(booking.town, booking.person_id), attempt="again")
            await self._confirmed(again)
            progress(number, 2 * case.CANCELLED)
        await self._settled(reserved=case.VOUCHERS, available=0)

    async def refuse_one_more(self) -> dict[str, Any]:
        """Voucher 2,751 is refused. Returns the booking, which says why."""
        declined = await self._with_status("declined")
        late = await self._book(Booking(declined[-1].town, declined[-1].person_id), attempt="late")
        return await self._ended(late, "declined")

    async def complete(self, progress: Progress) -> list[Booking]:
        """The provider records who completed the module."""
        completed = (await self._with_status("confirmed"))[: case.COMPLETED]
        for start in range(0, len(completed), BULK):
            ids = [booking.booking_id for booking in completed[start : start + BULK]]
            path = f"/v1/offers/{self.offer_id}/completions"
            await self.client(case.PROVIDER).post("catalogue", path, {"booking_ids": ids})
        await self._settled(reserved=case.VOUCHERS - len(completed), available=0)
        progress(len(completed), case.COMPLETED)
        return completed

    async def collect_credentials(
        self, expected: Sequence[Booking], progress: Progress
    ) -> list[str]:
        """Wait until everybody who completed has a certificate; returns their public addresses."""
        wanted = {booking.booking_id for booking in expected}
        towns = {booking.town.account for booking in expected}
        urls: list[str] = []

        async def issued() -> bool:
            found = [
                credential
                for account in towns
                for credential in await self.client(account).pages("certificate", "/v1/credentials")
            ]
            urls[:] = [each["url"] for each in found if each["booking_id"] in wanted]
            progress(len(urls), len(wanted))
            return len(urls) >= len(wanted)

        await self.until(issued, "every certificate to be issued")
        return urls

    async def pool(self) -> dict[str, int]:
        """Where the programme's vouchers are."""
        programme = await self.client(case.FUNDER).get(
            "voucher", f"/v1/programmes/{self.programme_id}"
        )
        pool: dict[str, int] = programme["pool"]
        return pool

    async def use(self) -> dict[str, dict[str, int]]:
        """What became of the claims, by tenant, as the funder sees it."""
        rows = await self.client(case.FUNDER).get(
            "voucher", f"/v1/programmes/{self.programme_id}/use"
        )
        return {row["tenant_id"]: row for row in rows}

    async def eligibility(self, town: Town) -> dict[str, Any]:
        """Whether a tenant may use the programme, and its id."""
        client = self.client(town.account)
        path = f"/v1/programmes/{self.programme_id}/eligibility"
        answer: dict[str, Any] = await client.get("voucher", path)
        tenant = await client.get("member", "/v1/tenant")
        return {**answer, "tenant_id": tenant["tenant_id"]}

    def _wishes(self) -> list[Booking]:
        """The eligible people, in an order that mixes the towns and is the same in every run."""
        eligible = [each for each in self.bookings if each.town.eligible]
        random.Random(case.SEED).shuffle(eligible)  # noqa: S311  # repeatable, not secret
        return eligible

    async def _book(self, wish: Booking, *, attempt: str = "first") -> Booking:
        body = {
            "offer_id": self.offer_id,
            "person_id": wish.person_id,
            "payment": "voucher",
            "programme_id": self.programme_id,
        }
        key = f"{self.run}-{wish.person_id}-{attempt}"
        missing = {"not_found", "person_not_found", "tenant_unknown"}
        answer = await self.client(wish.town.account).post(
            "catalogue", "/v1/bookings", body, key=key, missing=missing
        )
        return Booking(wish.town, wish.person_id, answer["booking_id"])

    async def _confirmed(self, booking: Booking) -> None:
        await self._ended(booking, "confirmed")

    async def _ended(self, booking: Booking, status: str) -> dict[str, Any]:
        client = self.client(booking.town.account)
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            answer: dict[str, Any] = await client.get(
                "catalogue", f"/v1/bookings/{booking.booking_id}"
            )
            if answer["status"] == status:
                return answer
            await asyncio.sleep(CONFIRMATION_POLL_SECONDS)
        raise DemoError(f"booking {booking.booking_id} did not become {status}: {answer}")

    async def _with_status(self, status: str) -> list[Booking]:
        found = []
        for town in case.BENEFICIARIES:
            rows = await self.client(town.account).pages(
                "catalogue", "/v1/bookings", offer_id=self.offer_id, status=status
            )
            found += [Booking(town, row["person_id"], row["booking_id"]) for row in rows]
        return sorted(found, key=lambda booking: booking.booking_id)

    async def _answered(self, expected: int) -> None:
        async def everybody() -> bool:
            states = [len(await self._with_status(status)) for status in ("confirmed", "declined")]
            return sum(states) >= expected

        await self.until(everybody, f"{expected} bookings to be answered")

    async def _settled(self, **expected: int) -> None:
        pool: dict[str, int] = {}

        async def as_expected() -> bool:
            pool.update(await self.pool())
            return all(pool[name] == units for name, units in expected.items())

        await self.until(as_expected, f"the pool to have {expected}", lambda: str(pool))

    async def until(
        self, condition: Callable[[], Awaitable[bool]], what: str, seen: Callable[[], str] = str
    ) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not await condition():
            if time.monotonic() > deadline:
                raise DemoError(f"waited {WAIT_SECONDS:.0f} s for {what}; last seen: {seen()}")
            await asyncio.sleep(POLL_SECONDS)
