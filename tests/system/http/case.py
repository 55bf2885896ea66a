"""Tenants that came all the way over HTTP, and what their administrators do."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from deploy.demo.client import Client
from deploy.local.ports import HOST, Ports
from tests.member.builders import fresh_key
from tests.support.accounts import Accounts
from tests.support.waiting import until

#: Codes of what is still on its way from another service.
ON_ITS_WAY = frozenset({"person_not_found", "tenant_unknown"})
WAIT_SECONDS = 30.0


def application(**changes: Any) -> dict[str, Any]:
    usual = {
        "name": "Speyer",
        "kind": "municipality",
        "official_key": fresh_key().digits,
        "state": "DE-RP",
        "regions": ["mrn"],
        "contact_email": "bildung@example.org",
    }
    return {**usual, **changes}


def person(**changes: Any) -> dict[str, Any]:
    usual = {
        "external_id": f"P-{uuid4().hex[:12]}",
        "given_name": "Clara",
        "family_name": "Beispiel",
        "email": "clara@example.org",
        "roles": ["learner"],
    }
    return {**usual, **changes}


def programme(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    usual = {
        "name": "Bildungsgutscheine",
        "reference": "MWG-2026-7",
        "vouchers": 10,
        "eligibility": {"states": ["DE-RP"], "tenant_kinds": ["municipality"]},
        "opens_at": (now - timedelta(minutes=1)).isoformat(),
        "closes_at": (now + timedelta(days=30)).isoformat(),
    }
    return {**usual, **changes}


def competence_model(**changes: Any) -> dict[str, Any]:
    field = {"name": "Digital", "kind": "digital", "competences": [{"name": "Daten lesen"}]}
    return {"name": "Stadtverwaltung", "fields": [field], **changes}


def offer(**changes: Any) -> dict[str, Any]:
    usual = {
        "kind": "certificate_module",
        "title": "Digitale Verwaltung gestalten",
        "criteria": "Alle Lerneinheiten bearbeitet.",
        "duration_minutes": 540,
        "visibility": "cooperative",
    }
    return {**usual, **changes}


def online_date(capacity: int) -> dict[str, Any]:
    starts_at = datetime.now(UTC) + timedelta(days=7)
    times = {
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=2)).isoformat(),
    }
    return offer(kind="online_date", capacity=capacity, **times)


@dataclass(frozen=True)
class Tenant:
    """An active tenant, and the account that administers it."""

    tenant_id: str
    account: str
    client: Client

    async def register(self, *roles: str) -> str:
        """A new person, a learner unless said otherwise; returns the id."""
        changes = {"roles": list(roles)} if roles else {}
        answer = await self.client.post("member", "/v1/people", {**person(), **changes})
        return str(answer["person_id"])

    async def publish(self, body: dict[str, Any]) -> str:
        """A new offer; returns its id."""
        answer = await self.client.post("catalogue", "/v1/offers", body, missing=ON_ITS_WAY)
        return str(answer["offer_id"])

    async def open_programme(self, **changes: Any) -> str:
        """A new programme; returns its id."""
        body = programme(**changes)
        answer = await self.client.post("voucher", "/v1/programmes", body, missing=ON_ITS_WAY)
        return str(answer["programme_id"])

    async def book(self, offer_id: str, person_id: str, programme_id: str) -> str:
        """A booking that a voucher shall pay; returns its id."""
        body = {"offer_id": offer_id, "person_id": person_id, "payment": "voucher"}
        body["programme_id"] = programme_id
        answer = await self.client.post("catalogue", "/v1/bookings", body, missing=ON_ITS_WAY)
        assert answer["status"] == "requested", answer
        return str(answer["booking_id"])

    async def book_anybody(self, offer_id: str, programme_id: str) -> str:
        """A booking for a new person."""
        return await self.book(offer_id, await self.register(), programme_id)

    async def cancel(self, booking_id: str) -> None:
        """Give a booking up."""
        path = f"/v1/bookings/{booking_id}/cancellation"
        assert (await self.client.post("catalogue", path))["status"] == "cancelled"

    async def booking(self, booking_id: str) -> dict[str, Any]:
        """A booking as it is now."""
        found: dict[str, Any] = await self.client.get("catalogue", f"/v1/bookings/{booking_id}")
        return found

    async def booking_once(self, booking_id: str, status: str) -> dict[str, Any]:
        """The booking, as soon as it has a status."""
        return await until(
            lambda: self.booking(booking_id),
            lambda found: bool(found["status"] == status),
            seconds=WAIT_SECONDS,
        )

    async def voucher_once(self, booking_id: str, status: str) -> dict[str, Any]:
        """The voucher of a booking, as soon as it has a status."""

        async def vouchers() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = await self.client.get(
                "voucher", "/v1/vouchers", booking_id=booking_id
            )
            return found

        [voucher] = await until(
            vouchers, lambda found: [each["status"] for each in found] == [status]
        )
        return voucher

    async def pool(self, programme_id: str) -> dict[str, int]:
        """Where the vouchers of an own programme are."""
        found = await self.client.get("voucher", f"/v1/programmes/{programme_id}")
        pool: dict[str, int] = {name: units for name, units in found["pool"].items() if units}
        return pool

    async def pool_once(self, programme_id: str, **expected: int) -> None:
        """Wait until the vouchers are where they are expected, and nowhere else."""
        await until(
            lambda: self.pool(programme_id), lambda pool: pool == expected, seconds=WAIT_SECONDS
        )


@dataclass(frozen=True)
class Case:
    """The platform as its users see it."""

    http: httpx.AsyncClient
    accounts: Accounts
    ports: Ports
    _clients: dict[str, Client] = field(default_factory=dict)

    def client(self, account: str) -> Client:
        """Acts as an account, and raises when it is refused.

        There is one of each: Keycloak takes two logins of one account at once for an attack.
        """
        return self._clients.setdefault(account, Client(self.http, self.ports, account))

    async def join(self, called: str, **changes: Any) -> Tenant:
        """A new tenant: it applies, an operator approves, and the platform does the rest."""
        account = await self.accounts.make(called)
        client = self.client(account)
        applied = await client.post("member", "/v1/applications", application(**changes))
        tenant_id = applied["tenant"]["tenant_id"]
        path = f"/v1/applications/{tenant_id}"
        await self.client("operator").post("member", f"{path}/approval")
        await until(
            lambda: client.get("member", path),
            lambda found: bool(found["tenant"]["status"] == "active"),
            seconds=WAIT_SECONDS,
        )
        client.forget_token()
        return Tenant(tenant_id, account, client)

    async def colleague(self, of: Tenant, *roles: str) -> str:
        """Another account that acts for a tenant, with these roles."""
        return await self.accounts.make("kollegin", tenant_id=UUID(of.tenant_id), roles=roles)

    async def send(
        self, account: str | None, method: str, service: str, path: str, **options: Any
    ) -> httpx.Response:
        """Whatever the answer is, as an account; as nobody without one."""
        headers = dict(options.pop("headers", {}))
        if account:
            headers["Authorization"] = f"Bearer {await self.accounts.token(account)}"
        url = f"http://{HOST}:{self.ports[service]}{path}"
        return await self.http.request(method, url, headers=headers, **options)


@dataclass(frozen=True)
class Tenants:
    """Who is there when a story begins; every service knows them."""

    funder: Tenant
    provider: Tenant
    town: Tenant

    @classmethod
    async def join(cls, case: Case) -> "Tenants":
        """Three tenants, strangers to each other."""
        funder, provider, town = await asyncio.gather(
            case.join("ministerium", kind="state_agency", official_key=None, name="Ministerium"),
            case.join("ludwigshafen", name="Ludwigshafen am Rhein"),
            case.join("speyer"),
        )
        programme_id = await funder.open_programme()
        for tenant in (provider, town):
            await until_known(case, tenant, programme_id)
        return cls(funder, provider, town)


async def until_known(case: Case, tenant: Tenant, programme_id: str) -> None:
    """Wait until the voucher service has heard of a tenant; a claim before that is not decided."""
    path = f"/v1/programmes/{programme_id}/eligibility"

    async def eligible() -> bool:
        answer = await case.send(tenant.account, "GET", "voucher", path)
        return answer.is_success and bool(answer.json()["eligible"])

    await until(eligible, bool, seconds=WAIT_SECONDS)


async def until_bookable(case: Case, tenant: Tenant, person_id: str) -> None:
    """Wait until the catalogue service has heard of a person: then only the offer is not there."""
    body = {"offer_id": str(uuid4()), "person_id": person_id, "payment": "voucher"}

    async def code() -> str:
        answer = await case.send(tenant.account, "POST", "catalogue", "/v1/bookings", json=body)
        return str(answer.json()["code"])

    await until(code, lambda seen: seen == "offer_not_found", seconds=WAIT_SECONDS)
