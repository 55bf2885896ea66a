"""Which tenants an event concerns, and how each of them sees it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID


class View(StrEnum):
    """As what a tenant sees an event."""

    OWN = "own"
    PROVIDER = "provider"
    FUNDER = "funder"
    PARTNER = "partner"


#: How those see a broadcast to whom it does not belong.
BROADCAST_VIEW = View.PARTNER


def audience(type_: str, tenant_id: UUID, event: Any) -> Mapping[UUID, View]:
    """The tenants that an event of this type and tenant concerns; empty if it never leaves."""
    del type_, event
    return {tenant_id: View.OWN}


def is_broadcast(type_: str, event: Any) -> bool:
    """Whether every tenant that subscribes to the type may see the event."""
    del type_, event
    return False
