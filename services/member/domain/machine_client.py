"""A machine client: a system of the tenant's own that calls the platform without a person.

What the tenant wants is in the row; a worker brings the identity provider to it, step by step. Each
rotation is a new generation with an account of its own, so that the old secret stays good for a while.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.member.domain.access_errors import (
    ClientLivesTooLongError,
    ClientNotReadyError,
    ClientRevokedError,
    RotationUnderWayError,
    SecretShownError,
    TooManyClientsError,
)
from services.member.domain.onboarding import LEASE, wait_after

LONGEST_LIFE = timedelta(days=2 * 365)
LONGEST_OVERLAP = timedelta(days=7)


class MachineRole(StrEnum):
    """What a machine may be: no administrator, so that none makes another."""

    HR = "hr"
    MEASUREMENT = "measurement"
    REPORTING = "reporting"
    SUBSCRIBER = "subscriber"


class ClientStatus(StrEnum):
    """requested becomes active; either becomes revoked, by hand or at its end."""

    REQUESTED = "requested"
    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(slots=True)
class Check:
    """When a worker must look at something again, and how often it failed."""

    due_at: datetime | None
    attempts: int = 0
    last_error: str | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether a worker may go on now."""
        return self.due_at is not None and self.due_at <= now

    def lease(self, now: datetime) -> None:
        """Keep other workers away while one is at it; should it die, they may go on after the lease."""
        self.due_at = now + LEASE

    def fail(self, reason: str, now: datetime) -> None:
        """Try again, waiting twice as long each time."""
        self.attempts += 1
        self.last_error = reason
        self.due_at = now + wait_after(self.attempts)

    def succeed(self, next_at: datetime | None) -> None:
        """All is as it should be, until `next_at`."""
        self.attempts, self.last_error, self.due_at = 0, None, next_at


@dataclass(slots=True)
class MachineClient:
    """A machine client. `generation` is the account that is wanted, `ready_generation` the one that is there."""

    tenant_id: UUID
    client_id: UUID
    name: str
    roles: frozenset[MachineRole]
    created_at: datetime
    expires_at: datetime
    check: Check
    status: ClientStatus = ClientStatus.REQUESTED
    revoked_at: datetime | None = None
    generation: int = 1
    ready_generation: int = 0
    secret_shown_at: datetime | None = None
    previous_until: datetime | None = None

    @classmethod
    def request(
        cls,
        tenant_id: UUID,
        client_id: UUID,
        *,
        name: str,
        roles: frozenset[MachineRole],
        expires_at: datetime,
        others: int,
        most: int,
        now: datetime,
    ) -> Self:
        """A new client, beside `others` that are not revoked; the tenant's quota allows `most`.

        Raises TooManyClientsError, ClientLivesTooLongError.
        """
        if others >= most:
            raise TooManyClientsError(most)
        if not now < expires_at <= now + LONGEST_LIFE:
            raise ClientLivesTooLongError
        return cls(tenant_id, client_id, name, roles, now, expires_at, Check(now))

    @property
    def is_open(self) -> bool:
        """Whether it is not revoked."""
        return self.status is not ClientStatus.REVOKED

    def account(self, generation: int) -> str:
        """What the account of a generation is called at the identity provider."""
        return f"machine-{self.client_id}-{generation}"

    def show_secret(self, now: datetime) -> str:
        """The account whose secret may be shown, this one time.

        Raises ClientRevokedError, ClientNotReadyError while it is being made, SecretShownError.
        """
        self._require_open()
        if self.ready_generation != self.generation:
            raise ClientNotReadyError
        if self.secret_shown_at is not None:
            raise SecretShownError
        self.secret_shown_at = now
        return self.account(self.generation)

    def hide_secret(self) -> None:
        """The secret was not shown after all."""
        self.secret_shown_at = None

    def rotate(self, overlap: timedelta, now: datetime) -> None:
        """Have a new account made; the one before stays good for `overlap`.

        Raises ClientRevokedError, ClientNotReadyError, RotationUnderWayError.
        """
        self._require_open()
        if self.ready_generation != self.generation:
            raise ClientNotReadyError
        if self.previous_until is not None:
            raise RotationUnderWayError
        self.generation += 1
        self.secret_shown_at = None
        self.previous_until = now + min(overlap, LONGEST_OVERLAP)
        self.check = Check(now)

    def revoke(self, now: datetime) -> bool:
        """Close it for good. Returns whether this closed it: true once, whoever repeats it."""
        if not self.is_open:
            return False
        self.status, self.revoked_at = ClientStatus.REVOKED, now
        self.check = Check(now)
        return True

    def expire(self, now: datetime) -> bool:
        """Close it if its time is over. Returns whether this closed it."""
        return self.expires_at <= now and self.revoke(now)

    def surplus(self, now: datetime) -> list[str]:
        """The accounts that must not be there any more."""
        if not self.is_open:
            return [self.account(each) for each in range(1, self.generation + 1)]
        if self.previous_until is not None and self.previous_until <= now:
            return [self.account(self.generation - 1)]
        return []

    def settle(self, generation: int, now: datetime) -> None:
        """The identity provider has the account of this generation, and no surplus as of `now`."""
        if not self.is_open:
            self.check.succeed(None)
            return
        self.status, self.ready_generation = ClientStatus.ACTIVE, generation
        if self.previous_until is not None and self.previous_until <= now:
            self.previous_until = None
        ends = [self.expires_at, *([self.previous_until] if self.previous_until else [])]
        self.check.succeed(now if generation != self.generation else min(ends))

    def _require_open(self) -> None:
        if not self.is_open:
            raise ClientRevokedError
