"""A cooperative, a funder and providers that settle, over the service's own addresses and PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from time import time
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.eligibility import Item
from services.voucher.domain.errors import VoucherError
from services.voucher.domain.ledger import Why
from services.voucher.domain.party import Cooperative, Payer
from services.voucher.domain.period import day_of
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Unit
from services.voucher.domain.voucher import Voucher
from services.voucher.entrypoints import api, settlements, statements
from shared.auth.tokens import Caller
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.http.app import create_app
from shared.http.problems import install
from tests.support.apps import EverybodyMay, nothing_to_start
from tests.voucher.billing import COOPERATIVE, MINISTRY, SCHOOL
from tests.voucher.builders import terms

LEITWEG_ID = "04011000-1234512345-06"
OPERATOR = "olga|operator|"


class Tokens:
    """Stands in for the issuer: a token is a name, roles and a tenant."""

    async def authenticate(self, token: str) -> Caller:
        name, roles, tenant_id = token.split("|")
        tenants = (UUID(tenant_id),) if tenant_id else ()
        return Caller(name, frozenset(roles.split(",")), tenants, time() + 60)


@asynccontextmanager
async def calling(opened: UnitsOfWork[PostgresUnitOfWork]) -> AsyncIterator[httpx.AsyncClient]:
    """The service's addresses of billing."""
    app = create_app(title="voucher", description="", checks={}, lifespan=nothing_to_start)
    install(app, VoucherError, api.STATUSES)
    app.state.authenticator, app.state.units = Tokens(), opened
    app.state.standings = EverybodyMay()
    app.state.cooperative = Cooperative(COOPERATIVE, Payer("Buchhaltung", 14))
    app.include_router(statements.router)
    app.include_router(settlements.router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://voucher/v1") as client:
        yield client


@dataclass
class World:
    """A programme that opened two months ago, and its providers."""

    opened: UnitsOfWork[PostgresUnitOfWork]
    client: httpx.AsyncClient
    unit: Unit = Unit.VOUCHER
    cap_cents: int | None = None
    funder: UUID = field(default_factory=uuid4)
    provider: UUID = field(default_factory=uuid4)
    town: UUID = field(default_factory=uuid4)
    offer: UUID = field(default_factory=uuid4)
    programme_id: UUID = field(default_factory=uuid4)
    now: datetime = field(default_factory=utc_now)

    def ago(self, days: int) -> datetime:
        """So many days before now."""
        return self.now - timedelta(days=days)

    async def open(self) -> None:
        """The funder's programme, with everybody's billing details and a price of 150 euros."""
        opens = {"opens_at": self.ago(60), "closes_at": self.now + timedelta(days=30)}
        kept = terms(**opens, unit=self.unit, cap_cents=self.cap_cents)
        programme = Programme.opened(self.funder, self.programme_id, kept, 1_000_000, self.ago(60))
        async with self.opened([self.funder]) as work:
            await work.programmes.add(programme)
        await self.act("PUT", "billing-details", asdict(MINISTRY), by=self.funder)
        await self.act("PUT", "billing-details", asdict(SCHOOL), by=self.provider)
        payer = {"leitweg_id": LEITWEG_ID, "payment_days": 30}
        await self.act("PUT", f"programmes/{self.programme_id}/billing", payer, by=self.funder)
        price: dict[str, Any] = {"title": "Kurs", "valid_from": self.ago(60).isoformat()}
        price |= {"vat_exemption": "§ 4 Nr. 21 UStG", "fee_per_mille": 100}
        if self.unit is Unit.VOUCHER:
            price["cents"] = 15_000
        await self.operate("POST", f"programmes/{self.programme_id}/prices", price)

    async def use(
        self,
        days: int,
        *,
        count: int = 1,
        units: int = 1,
        price_cents: int | None = None,
        **changes: Any,
    ) -> Sequence[Voucher]:
        """Vouchers that were used so many days ago."""
        at = self.ago(days)
        usual = {"provider_id": self.provider, **changes}
        async with self.opened([self.funder, self.town]) as work:
            programme = (await work.programmes.lock([self.programme_id]))[self.programme_id]
            item = Item(self.offer, "on_demand_course", price_cents=price_cents)
            vouchers = [
                Voucher.reserved(self.town, uuid4(), uuid4(), programme, at, item, units, **usual)
                for _ in range(count)
            ]
            for each in vouchers:
                each.redeem(programme, at)
            await work.programmes.save([programme])
            await work.vouchers.save(vouchers)
        return vouchers

    async def reverse(self, voucher: Voucher, days: int, units: int = 1) -> None:
        """Take back a use, so many days ago."""
        async with self.opened([self.funder, self.town]) as work:
            programme = (await work.programmes.lock([self.programme_id]))[self.programme_id]
            [kept] = (await work.vouchers.get_many([voucher.voucher_id])).values()
            kept.reverse(programme, units, self.ago(days), Why(None, "Kurs fiel aus"))
            await work.programmes.save([programme])
            await work.vouchers.save([kept])

    async def settle(self, side: str, *, until: int = 1, **headers: str) -> httpx.Response:
        """Settle up to so many days ago."""
        body = {"side": side, "last_day": str(day_of(self.ago(until)))}
        return await self.call(
            "POST",
            f"operations/programmes/{self.programme_id}/settlements",
            body,
            OPERATOR,
            headers,
        )

    async def issued(self, side: str, *, until: int = 1) -> Any:
        """The statements of a settlement."""
        answer = await self.settle(side, until=until)
        assert answer.status_code == 201, answer.text
        return answer.json()["statements"]

    async def act(self, method: str, path: str, body: Any = None, *, by: UUID) -> Any:
        """What an administrator of a tenant does."""
        answer = await self.call(method, path, body, f"anna|tenant-admin|{by}")
        assert answer.is_success, answer.text
        return answer.json()

    async def operate(self, method: str, path: str, body: Any = None) -> Any:
        """What the cooperative does."""
        answer = await self.call(method, f"operations/{path}", body, OPERATOR)
        assert answer.is_success, answer.text
        return answer.json()

    async def call(
        self, method: str, path: str, body: Any, token: str, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """A request by somebody."""
        sent = {"Authorization": f"Bearer {token}", **(headers or {})}
        return await self.client.request(method, path, json=body, headers=sent)
