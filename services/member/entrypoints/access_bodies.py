"""The bodies for operators' accesses and for what is written down."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field, StringConstraints

from services.member.application.operator_access import GrantAccess
from services.member.domain.audit import Action
from services.member.domain.operator_access import LONGEST, EndedBy
from shared.http.fields import Body, Name, View
from shared.http.middleware import cause_of

MAX_HOURS = LONGEST // timedelta(hours=1)


class AccessBody(Body):
    """Why an operator must act for a tenant, for how long, and whether it has to change something."""

    reason: Annotated[
        Name,
        StringConstraints(min_length=8),
        Field(description="What the tenant reads: the ticket, and what for. Name no person."),
    ]
    hours: Annotated[int, Field(ge=1, le=MAX_HOURS)] = 1
    may_change: bool = False

    def command(self, tenant_id: UUID, operator: str) -> GrantAccess:
        """The command, with an id."""
        access_id = uuid4()
        return GrantAccess(
            tenant_id=tenant_id,
            access_id=access_id,
            operator=operator,
            reason=self.reason,
            may_change=self.may_change,
            duration=timedelta(hours=self.hours),
            cause=cause_of(access_id),
        )


class AccessView(View):
    """An operator's access to a tenant. It lets in until `until`."""

    access_id: UUID
    tenant_id: UUID
    operator: str
    reason: str
    may_change: bool
    granted_at: datetime
    until: datetime
    ended_at: datetime | None
    ended_by: EndedBy | None


class EntryView(View):
    """A line of the audit log."""

    at: datetime
    actor: str
    action: Action
    subject: str
    detail: str
