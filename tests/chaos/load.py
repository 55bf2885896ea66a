"""The main job: people are registered, booked, cancelled and completed, and get their certificates."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.chaos.patient import GaveUpError, PatientClient
from tests.chaos.plan import TOWNS, Script, Visit
from tests.system.http.case import Case, Tenant, offer, person, until_bookable, until_known

FIRST_POLL_SECONDS, MAX_POLL_SECONDS = 0.1, 1.0
WAIT_SECONDS = 150.0
BULK = 500


@dataclass(slots=True)
class Outcome:
    """What a visitor did, and was told last."""

    visit: Visit
    tenant_id: str
    eligible: bool
    booking_id: str = ""
    status: str = ""
    requested_at: float = 0.0
    answered_at: float | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Scene:
    """Who and what is there before the first kill."""

    funder: Tenant
    towns: Sequence[Tenant]
    offer_id: str
    programme_id: str
    vouchers: int

    @classmethod
    async def set(cls, case: Case, vouchers: int) -> "Scene":
        """Tenants join, the first town publishes an offer, the funder opens a programme."""
        names = [f"stadt{number}" for number in range(TOWNS)]
        funder, outsider, *towns = await asyncio.gather(
            case.join("ministerium", kind="state_agency", official_key=None),
            case.join("landesamt", kind="state_agency", official_key=None),
            *map(case.join, names),
        )
        programme_id = await funder.open_programme(vouchers=vouchers)
        for town in towns:
            await until_known(case, town, programme_id)
        offer_id = await towns[0].publish(offer())
        return cls(funder, (*towns, outsider), offer_id, programme_id, vouchers)

    @property
    def tenant_ids(self) -> list[str]:
        """Everybody."""
        return [tenant.tenant_id for tenant in (self.funder, *self.towns)]

    async def people(self, case: Case, visits: Sequence[Visit]) -> dict[int, str]:
        """Register who is no newcomer; returns the person of each visit, known to catalogue."""
        found: dict[int, str] = {}
        for number, town in enumerate(self.towns):
            residents = [v.number for v in visits if v.town == number and not v.newcomer]
            for start in range(0, len(residents), BULK):
                chunk = residents[start : start + BULK]
                body = {"people": [person() for _ in chunk]}
                answer = await town.client.post("member", "/v1/people/bulk", body)
                ids = (each["person_id"] for each in answer["people"])
                found |= dict(zip(chunk, ids, strict=True))
            for last in residents[-1:]:
                await until_bookable(case, town, found[last])
        return found


@dataclass
class Load:
    """Plays visits, and remembers how they went."""

    scene: Scene
    client: PatientClient
    people: dict[int, str]
    outcomes: list[Outcome] = field(default_factory=list)
    run: str = field(default_factory=lambda: uuid4().hex[:8])

    async def play(self, visit: Visit) -> None:
        """One visit from its beginning to its end."""
        town = self.scene.towns[visit.town]
        outcome = Outcome(visit, town.tenant_id, eligible=visit.town < TOWNS)
        self.outcomes.append(outcome)
        try:
            await self._book(town, outcome)
            await getattr(self, _PLAYED[visit.script])(town, outcome)
        except GaveUpError as error:
            outcome.trouble = f"visit {visit.number} ({visit.script}): {error}"

    async def _book(self, town: Tenant, outcome: Outcome) -> None:
        number = outcome.visit.number
        if outcome.visit.newcomer:
            self.people[number] = await self._register(town, number)
        body = {"offer_id": self.scene.offer_id, "person_id": self.people[number]}
        body |= {"payment": "voucher", "programme_id": self.scene.programme_id}
        outcome.requested_at = time.monotonic()
        answer = await self.client.post(
            town.account, "catalogue", "/v1/bookings", body, key=f"{self.run}-book-{number}"
        )
        outcome.booking_id, outcome.status = answer["booking_id"], answer["status"]

    async def _register(self, town: Tenant, number: int) -> str:
        body = person(external_id=f"{self.run}-{number}")
        key = f"{self.run}-register-{number}"
        answer = await self.client.post(town.account, "member", "/v1/people", body, key=key)
        person_id = str(answer["person_id"])
        # Only catalogue can say whether it knows a person; an offer that is nobody's has no effect.
        probe = {"offer_id": str(uuid4()), "person_id": person_id, "payment": "voucher"}

        async def is_known() -> bool:
            refused = await self.client.ask(
                town.account, "POST", "catalogue", "/v1/bookings", body=probe
            )
            return bool(refused.json()["code"] == "offer_not_found")

        await _until(is_known, f"person {person_id} to be known to catalogue")
        return person_id

    async def _keep(self, town: Tenant, outcome: Outcome) -> None:
        await self._answered(town, outcome)

    async def _cancel(self, town: Tenant, outcome: Outcome) -> None:
        await self._answered(town, outcome)
        if outcome.status == "confirmed":
            await self._cancel_at_once(town, outcome)

    async def _cancel_at_once(self, town: Tenant, outcome: Outcome) -> None:
        path = f"/v1/bookings/{outcome.booking_id}/cancellation"
        answer = await self.client.ask(town.account, "POST", "catalogue", path)
        if answer.status_code == 409:  # it was declined meanwhile
            await self._answered(town, outcome)
            return
        if not answer.is_success:
            raise GaveUpError(f"cancellation: {answer.status_code} {answer.text}")
        outcome.status = answer.json()["status"]

    async def _complete(self, town: Tenant, outcome: Outcome) -> None:
        await self._answered(town, outcome)
        if outcome.status != "confirmed":
            return
        path = f"/v1/offers/{self.scene.offer_id}/completions"
        body = {"booking_ids": [outcome.booking_id]}
        provider = self.scene.towns[0]
        [completion] = await self.client.post(provider.account, "catalogue", path, body)
        if completion["outcome"] not in {"completed", "unchanged"}:  # told twice, done once
            raise GaveUpError(f"completion: {completion}")
        outcome.status = "completed"
        await self._verify(town, outcome.booking_id)

    async def _verify(self, town: Tenant, booking_id: str) -> None:
        """Wait for the certificate, and have it verified by everybody's way."""
        found: list[Any] = []

        async def is_issued() -> bool:
            found[:] = await self.client.get(
                town.account, "certificate", "/v1/credentials", booking_id=booking_id
            )
            return bool(found)

        await _until(is_issued, f"the certificate of booking {booking_id}")
        path = urlsplit(found[0]["url"]).path
        answer = await self.client.ask(None, "GET", "certificate", f"{path}/verification")
        status = f"/tenants/{town.tenant_id}/status/1"
        listed = await self.client.ask(None, "GET", "certificate", status)
        if not (answer.is_success and answer.json()["valid"] and listed.is_success):
            raise GaveUpError(f"the certificate of booking {booking_id} is not valid")

    async def _answered(self, town: Tenant, outcome: Outcome) -> None:
        """Wait until the booking is no longer only requested."""

        async def is_answered() -> bool:
            path = f"/v1/bookings/{outcome.booking_id}"
            found = await self.client.get(town.account, "catalogue", path)
            outcome.status = found["status"]
            return outcome.status != "requested"

        await _until(is_answered, f"booking {outcome.booking_id} to be answered")
        outcome.answered_at = time.monotonic()


_PLAYED = {
    Script.KEEP: "_keep",
    Script.CANCEL: "_cancel",
    Script.CANCEL_AT_ONCE: "_cancel_at_once",
    Script.COMPLETE: "_complete",
}


async def _until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Ask ever more rarely: hundreds may wait at once while something is down."""
    deadline, wait = time.monotonic() + WAIT_SECONDS, FIRST_POLL_SECONDS
    while not await condition():
        if time.monotonic() > deadline:
            raise GaveUpError(f"waited {WAIT_SECONDS:.0f} s for {what}")
        await asyncio.sleep(wait)
        wait = min(2 * wait, MAX_POLL_SECONDS)
