"""Which tenants an event concerns, each with its view. A rule reads the event's data and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.feed.domain.view import View

Data = Mapping[str, Any]

COOPERATIVE = "cooperative"
FACILITATOR = "facilitator"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears of an event: tenants by name, and with `everyone` each other tenant that asked for the type."""

    tenants: Mapping[UUID, View] = field(default_factory=dict)
    everyone: View | None = None


_NOBODY = Audience()

#: Who hears of an event beside the tenant whose it is.
Rule = Callable[[Data], Audience]


def nobody_else(_data: Data) -> Audience:
    """Only the tenant whose event it is."""
    return _NOBODY


def everyone(_data: Data) -> Audience:
    """Every tenant of the platform, as what is promised to all."""
    return Audience(everyone=View.PARTNER)


def everyone_if_cooperative(data: Data) -> Audience:
    """Every tenant, if the publisher shares it with the cooperative; what does not say so is the tenant's own."""
    return everyone(data) if data.get("visibility") == COOPERATIVE else Audience()


def provider(data: Data) -> Audience:
    """The tenant that provides the offer."""
    return _named(data, "provider_id", View.PROVIDER)


def funder(data: Data) -> Audience:
    """The tenant whose programme pays."""
    return _named(data, "funder_id", View.FUNDER)


def parties(data: Data) -> Audience:
    """Who takes part in an agreement or just did; a facilitator helps, and shares nothing of its own."""
    named = [*data.get("parties", ()), *data.get("former_parties", ())]
    return Audience({_tenant(party["tenant_id"]): _part(party["part"]) for party in named})


#: Most events name one of few tenants.
_tenant = lru_cache(maxsize=16_384)(UUID)


def _part(part: str) -> View:
    return View.PARTNER if part == FACILITATOR else View.OWN


def _named(data: Data, name: str, view: View) -> Audience:
    tenant_id = data.get(name)
    return Audience({_tenant(tenant_id): view}) if tenant_id else _NOBODY
