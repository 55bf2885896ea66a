"""The official keys that a tenant has had, has and will have. A key is no identity: mergers change it."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.member.domain.cooperative_errors import KeyChangeTooEarlyError
from services.member.domain.organisation import OfficialKey


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key with the days from which and before which it holds."""

    key: OfficialKey
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is the key on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(slots=True)
class KeyHistory:
    """A tenant's keys, one after the other."""

    tenant_id: UUID
    keys: list[HeldKey] = field(default_factory=list)

    def on(self, day: date) -> OfficialKey | None:
        """The key on a day; None where the tenant has none."""
        return next((held.key for held in self.keys if held.holds_on(day)), None)

    def change(self, key: OfficialKey, valid_from: date) -> None:
        """Another key holds from a day on. Repeating it changes nothing.

        Raises KeyChangeTooEarlyError when a key holds since that day or a later one.
        """
        last = self.keys[-1] if self.keys else None
        if last and (last.key, last.valid_from) == (key, valid_from):
            return
        if last and valid_from <= last.valid_from:
            raise KeyChangeTooEarlyError(last.valid_from.isoformat())
        if last:
            self.keys[-1] = HeldKey(last.key, last.valid_from, valid_from)
        self.keys.append(HeldKey(key, valid_from))

    def end(self, day: date) -> None:
        """The tenant holds no key from a day on: it was refused, or has left."""
        self.keys = [
            HeldKey(held.key, held.valid_from, min(filter(None, (held.valid_to, day))))
            for held in self.keys
            if held.valid_from < day
        ]
