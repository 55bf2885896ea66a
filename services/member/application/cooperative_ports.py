"""What the cooperative keeps of its members, for adapters to provide and fakes to stand in for."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from services.member.domain.area import Areas, Region, State
from services.member.domain.directory import Area
from services.member.domain.key_history import KeyHistory
from services.member.domain.membership import Membership


class AreaDirectory(Protocol):
    """The states and regions that there are. An operator changes them."""

    async def get(self) -> Areas:
        """All of them."""

    async def put(self, region: Region) -> None:
        """Keep a new or changed region."""

    async def put_state(self, state: State) -> None:
        """Keep a new or renamed state."""


class Memberships(Protocol):
    """The register of members; its entries are only ever added."""

    async def add(self, membership: Membership) -> None:
        """Keep a new member, who is given a number."""

    async def lock(self, tenant_id: UUID) -> Membership | None:
        """A member whom nobody else changes until the unit of work ends."""

    async def save(self, membership: Membership) -> None:
        """Keep the new entries of a locked member."""


class OfficialKeys(Protocol):
    """The keys that tenants have over time."""

    async def get(self, tenant_id: UUID) -> KeyHistory:
        """A tenant's keys; whoever changes them holds the tenant's lock."""

    async def save(self, history: KeyHistory) -> None:
        """Keep a tenant's keys. Raises OfficialKeyTakenError when another tenant has one at the same time."""


class Municipalities(Protocol):
    """The official directory of municipalities."""

    async def newest(self) -> date | None:
        """For which day the newest edition was published; None when none was read."""

    async def find(self, key: str) -> Sequence[Area]:
        """What has or had a key."""

    async def current(self) -> Sequence[Area]:
        """Everything that is there now. An operator reads it to read a new edition."""

    async def save(self, areas: Collection[Area]) -> None:
        """Keep new and changed areas."""

    async def read(self, stand: date) -> None:
        """Remember that an edition was read."""


class Reviews(Protocol):
    """Tenants that have to be looked at on a day, because their key or a region of theirs changes."""

    async def ask(self, tenant_id: UUID, due_on: date) -> None:
        """Have a tenant looked at; asking twice is as good as once."""

    async def ask_in(self, region: Region, due_on: date) -> int:
        """Have every tenant looked at that lies in a region or its states; says how many."""

    async def done(self, tenant_id: UUID, until: date) -> None:
        """The tenant was looked at."""


class TenantData(Protocol):
    """Everything that is kept of a tenant."""

    async def purge(self, tenant_id: UUID) -> None:
        """Delete what nobody has to keep."""
