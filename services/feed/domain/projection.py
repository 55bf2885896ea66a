"""From an event inside the platform to what leaves it: an allow-list of fields for each view."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.feed.domain.audience import Audience, Data, Rule, nobody_else
from services.feed.domain.view import View

Fields = tuple[str, ...]

#: What of the parts of an event leaves, by the name of the field that holds them.
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "parties": ("tenant_id", "part"),
    "offers": ("provider_id", "offer_id"),
    "achievement": ("name", "description", "criteria", "competences", "duration_minutes"),
}


@dataclass(frozen=True, slots=True)
class PublicType:
    """A type of event that leaves: who hears of it, and which fields each view has.

    A field that stands in no view never leaves, also one that a producer adds later. `origin` is the
    public field that names the tenant whose event it is, for those that hear of it as another's.
    """

    views: Mapping[View, Fields]
    origin: str | None = None
    reaches: Rule = nobody_else

    @property
    def fields(self) -> frozenset[str]:
        """Every field that some view has."""
        return frozenset().union(*self.views.values())

    @property
    def common_fields(self) -> frozenset[str]:
        """The fields that every view has."""
        return self.fields.intersection(*self.views.values())

    def audience(self, tenant_id: UUID, data: Data) -> Audience:
        """Who hears of an event of the tenant `tenant_id`: always that tenant itself, as its own."""
        others = self.reaches(data)
        return Audience({**others.tenants, tenant_id: View.OWN}, others.everyone)

    def public(self, view: View, tenant_id: UUID, data: Data) -> dict[str, Any]:
        """The data that leaves, of an event of the tenant `tenant_id`. Fields that are not there stay away."""
        fields = self.views[view]
        shown = {name: data[name] for name in fields if name in data}
        for name in PARTS:
            if name in shown:
                shown[name] = _part(PARTS[name], shown[name])
        if self.origin in fields:
            shown[self.origin] = str(tenant_id)
        return shown


def _part(inner: Fields, value: Any) -> Any:
    if isinstance(value, list):
        return [_only(inner, each) for each in value]
    return _only(inner, value)


def _only(names: Fields, part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part[name] for name in names if name in part}
