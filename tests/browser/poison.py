"""Events that the voucher service cannot handle: one that nobody can read, and bookings of a tenant that it does not know."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.stack import Stack
from services.catalogue.contracts.events import BookingRequestedV1
from services.member.contracts.events import TenantActivatedV1
from shared.database.engine import create_engine, transaction
from tests.support.kafka import Publisher, publishing, settings_of
from tests.support.waiting import until

STRANGERS: Final = 3
SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Poison:
    """Publishes as catalogue and member would."""

    catalogue: Publisher
    member: Publisher
    voucher: AsyncEngine
    programme_id: UUID
    stranger: UUID

    @classmethod
    @asynccontextmanager
    async def prepared(cls, stack: Stack, programme_id: UUID) -> AsyncIterator[Self]:
        """Ready to do harm, for this programme."""
        voucher = create_engine(settings_of(stack, "voucher"))
        async with (
            publishing(stack, "catalogue") as catalogue,
            publishing(stack, "member") as member,
        ):
            yield cls(catalogue, member, voucher, programme_id, uuid4())
        await voucher.dispose()

    async def leave_unreadable(self) -> None:
        """A record that says nothing: dead at the first try."""
        await self.catalogue.send_raw(BookingRequestedV1.TOPIC, b"nobody:nothing", b"{}")
        await self._dead(1)

    async def leave_strangers(self) -> None:
        """Bookings of a tenant whose activation nobody told: dead after all tries, whose waits are cut short here."""
        before = await self._letters()
        for _ in range(STRANGERS):
            booking_id = uuid4()
            event = BookingRequestedV1(
                booking_id=booking_id,
                person_id=uuid4(),
                offer_id=uuid4(),
                offer_kind="certificate_module",
                provider_id=self.stranger,
                programme_id=self.programme_id,
            )
            await self.catalogue.publish(event, self.stranger, booking_id)
        await self.catalogue.flush()
        await self._dead(before + STRANGERS)

    async def tell_of_the_stranger(self) -> None:
        """What removes the cause: the tenant's activation is told after all."""
        event = TenantActivatedV1(
            name="Grünstadt",
            kind="municipality",
            official_key="07332024",
            state="DE-RP",
            regions=("mrn",),
            status="active",
        )
        await self.member.publish(event, self.stranger, self.stranger)
        await self.member.flush()
        known = text("SELECT count(*) FROM tenant WHERE tenant_id = :tenant")
        await until(lambda: self._count(known, tenant=self.stranger), bool, seconds=SECONDS)

    async def vouchers(self) -> int:
        """How many the stranger's people have reserved."""
        reserved = text(
            "SELECT count(*) FROM voucher WHERE tenant_id = :tenant AND status = 'reserved'"
        )
        return await self._count(reserved, tenant=self.stranger)

    async def _dead(self, number: int) -> None:
        await until(self._hurried, lambda seen: seen >= number, seconds=SECONDS)

    async def _hurried(self) -> int:
        async with transaction(self.voucher) as connection:
            await connection.execute(text("UPDATE parked SET due_at = now() WHERE due_at > now()"))
        return await self._letters()

    async def _letters(self) -> int:
        return await self._count(text("SELECT count(*) FROM dead_letter"))

    async def _count(self, query: Any, **values: Any) -> int:
        async with transaction(self.voucher, [self.stranger]) as connection:
            return int((await connection.execute(query, values)).scalar_one())
