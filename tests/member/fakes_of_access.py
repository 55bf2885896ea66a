"""Fakes of what is kept of accounts, machine clients and operators."""

from collections.abc import Sequence
from copy import deepcopy
from uuid import UUID

from services.member.application.access_ports import AccountCheck
from services.member.domain.audit import Entry
from services.member.domain.machine_client import MachineClient
from services.member.domain.operator_access import OperatorAccess


class FakeAccountChecks:
    """What is due by person."""

    def __init__(self) -> None:
        self.kept: dict[UUID, AccountCheck] = {}

    async def lock(self, person_id: UUID) -> AccountCheck | None:
        return deepcopy(self.kept.get(person_id))

    async def save(self, account: AccountCheck) -> None:
        self.kept[account.person_id] = deepcopy(account)
        if account.check.due_at is None:
            del self.kept[account.person_id]


class FakeMachineClients:
    """Machine clients by id."""

    def __init__(self) -> None:
        self.kept: dict[UUID, MachineClient] = {}

    async def lock(self, client_id: UUID) -> MachineClient | None:
        return deepcopy(self.kept.get(client_id))

    async def lock_open(self, tenant_id: UUID) -> Sequence[MachineClient]:
        return [
            deepcopy(each)
            for each in self.kept.values()
            if each.tenant_id == tenant_id and each.is_open
        ]

    async def count_open(self, tenant_id: UUID) -> int:
        return len(await self.lock_open(tenant_id))

    async def save(self, client: MachineClient) -> None:
        self.kept[client.client_id] = deepcopy(client)


class FakeOperatorAccesses:
    """Operators' accesses by id."""

    def __init__(self) -> None:
        self.kept: dict[UUID, OperatorAccess] = {}

    async def lock(self, access_id: UUID) -> OperatorAccess | None:
        return deepcopy(self.kept.get(access_id))

    async def save(self, access: OperatorAccess) -> None:
        self.kept[access.access_id] = deepcopy(access)


class FakeAudit:
    """What was written down."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    async def add(self, *entries: Entry) -> None:
        self.entries.extend(entries)
