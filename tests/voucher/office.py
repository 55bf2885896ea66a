"""The voucher service's addresses on a real PostgreSQL, with a ministry, two cities and their people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.giving_ports import LinkedAccount
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.person import Person
from services.voucher.domain.programme import Programme
from shared.auth.dependencies import authenticated
from shared.auth.tokens import Caller
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.voucher.builders import terms


class CountingRedis:
    """Numbers in memory, as a pipeline of Redis keeps them."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}
        self._answers: list[Any] = []

    def pipeline(self, *, transaction: bool) -> "CountingRedis":
        assert transaction, "a number and its end are kept together"
        return self

    async def __aenter__(self) -> Self:
        self._answers = []
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    def set(self, key: str, value: int, *, nx: bool, ex: int) -> None:
        assert nx
        assert ex
        self._answers.append(self.kept.setdefault(key, value))

    def incrby(self, key: str, by: int) -> None:
        self.kept[key] += by
        self._answers.append(self.kept[key])

    def ttl(self, _key: str) -> None:
        self._answers.append(321)

    async def execute(self) -> list[Any]:
        return self._answers

    async def mget(self, keys: Sequence[str]) -> list[bytes | None]:
        return [str(self.kept[key]).encode() if key in self.kept else None for key in keys]


@dataclass
class Office:
    """What a test does over HTTP, and what it looks up."""

    app: FastAPI
    client: httpx.AsyncClient
    opened: UnitsOfWork[PostgresUnitOfWork]
    funder: UUID = field(default_factory=uuid4)
    city: UUID = field(default_factory=uuid4)
    other_city: UUID = field(default_factory=uuid4)

    async def join(self) -> None:
        """The tenants are active."""
        for tenant_id, name in (
            (self.funder, "Ministerium"),
            (self.city, "Speyer"),
            (self.other_city, "Worms"),
        ):
            tenant = Beneficiary(tenant_id, name, "municipality", "DE-RP", frozenset({"mrn"}))
            async with self.opened([tenant_id]) as work:
                await work.tenants.learn([(tenant, 1)])

    async def employ(self, tenant_id: UUID, *roles: str, account: str | None = None) -> UUID:
        """A person of a tenant, with the account that has this subject."""
        person_id = uuid4()
        async with self.opened([tenant_id]) as work:
            await work.people.learn([(Person(tenant_id, person_id, frozenset(roles)), 1)])
            if account:
                await work.accounts.learn([LinkedAccount(tenant_id, person_id, account, 2)])
        return person_id

    async def programme(self, units: int = 10, **changes: Any) -> Programme:
        """A programme of the ministry that is open."""
        now = utc_now()
        times = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=300)}
        made = Programme.opened(self.funder, uuid4(), terms(**{**times, **changes}), units, now)
        async with self.opened([self.funder]) as work:
            await work.programmes.add(made)
        return made

    async def pools(self, programme: Programme) -> Mapping[UUID | None, Any]:
        """The programme's pools by beneficiary, as they are now."""
        async with self.opened([self.funder]) as work:
            locked = await work.programmes.lock([programme.programme_id])
        return {each.beneficiary_id: each for each in locked[programme.programme_id].pools.values()}

    async def call(
        self,
        tenant_id: UUID,
        roles: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        account: str = "somebody",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request of an account of a tenant, with its roles as words."""
        caller = Caller(account, frozenset(roles.split()), (tenant_id,), expires_at=float("inf"))
        self.app.dependency_overrides[authenticated] = lambda: caller
        return await self.client.request(method, f"/v1{path}", json=body, headers=headers)
