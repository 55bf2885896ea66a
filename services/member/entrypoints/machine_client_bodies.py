"""The bodies for machine clients, and for who calls."""

from datetime import datetime, timedelta
from typing import Annotated, Self
from uuid import UUID, uuid4

from pydantic import Field

from services.member.application.machine_clients import RequestClient
from services.member.domain.machine_client import (
    LONGEST_OVERLAP,
    ClientStatus,
    MachineClient,
    MachineRole,
)
from services.member.entrypoints.bodies import PersonView
from shared.http.fields import Body, Moment, Name, View

MAX_OVERLAP_HOURS = LONGEST_OVERLAP // timedelta(hours=1)


class MachineClientBody(Body):
    """A system that is to call the platform for your organisation."""

    name: Annotated[Name, Field(description="What you know it by; name no person")]
    roles: Annotated[tuple[MachineRole, ...], Field(min_length=1, max_length=len(MachineRole))]
    expires_at: Annotated[Moment, Field(description="Within two years")]

    def command(self, tenant_id: UUID, actor: str) -> RequestClient:
        """The command, with an id."""
        return RequestClient(
            tenant_id=tenant_id,
            client_id=uuid4(),
            actor=actor,
            name=self.name,
            roles=frozenset(self.roles),
            expires_at=self.expires_at,
        )


class RotationBody(Body):
    """How long the secret before stays good beside the new one."""

    overlap_hours: Annotated[int, Field(ge=0, le=MAX_OVERLAP_HOURS)] = 24


class MachineClientView(View):
    """A machine client, without its secret. `oauth_client_id` is what it signs in as, once it is active."""

    client_id: UUID
    oauth_client_id: str | None
    name: str
    roles: tuple[MachineRole, ...]
    status: ClientStatus
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    secret_shown_at: datetime | None
    previous_until: datetime | None
    last_error: str | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a machine client."""
        assert isinstance(source, MachineClient)
        ready = source.ready_generation
        return cls(
            client_id=source.client_id,
            oauth_client_id=source.account(ready) if ready and source.is_open else None,
            name=source.name,
            roles=tuple(sorted(source.roles)),
            status=source.status,
            created_at=source.created_at,
            expires_at=source.expires_at,
            revoked_at=source.revoked_at,
            secret_shown_at=source.secret_shown_at,
            previous_until=source.previous_until,
            last_error=source.check.last_error,
        )


class CredentialsView(View):
    """What a machine signs in with at Keycloak (`client_credentials`). It is shown once."""

    oauth_client_id: str
    oauth_client_secret: str


class MeView(View):
    """Who calls: the account, the tenant that it acts for, its roles there, and the person behind it."""

    subject: str
    tenant_id: UUID
    roles: tuple[str, ...]
    person: PersonView | None
