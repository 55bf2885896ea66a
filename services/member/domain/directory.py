"""The official directory of municipalities: which keys exist, from when to when, and what follows them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

from services.member.domain.cooperative_errors import (
    DirectoryOutdatedError,
    OfficialKeyEndedError,
    OfficialKeyNotOfKindError,
    OfficialKeyUnknownError,
)
from services.member.domain.organisation import Kind, Level, OfficialKey


@dataclass(frozen=True, slots=True)
class Area:
    """A territorial body with its key (`OfficialKey.identity`) and the days from which and before which it is there."""

    key: str
    level: Level
    name: str
    valid_from: date
    valid_to: date | None = None
    merged_into: str | None = None

    def exists_on(self, day: date) -> bool:
        """Whether it is there on a day. What was there when the first directory was read counts as older."""
        return self.valid_to is None or day < self.valid_to


@dataclass(frozen=True, slots=True)
class Edition:
    """The directory as it was published for a day."""

    stand: date
    areas: tuple[Area, ...]


def check_key(key: OfficialKey, kind: Kind, found: Collection[Area], day: date) -> None:
    """Refuse a key that no body in the directory has on a day, or one of another kind.

    Raises OfficialKeyUnknownError, OfficialKeyEndedError, which names what it was merged into, or
    OfficialKeyNotOfKindError.
    """
    if not found:
        raise OfficialKeyUnknownError(key.digits)
    existing = [area for area in found if area.exists_on(day)]
    if any(area.level in kind.rules.key_levels for area in existing):
        return
    if existing:
        raise OfficialKeyNotOfKindError(key.digits, existing[0].level, kind)
    last = max(found, key=lambda area: area.valid_to or date.max)
    assert last.valid_to, "what does not exist has ended"
    raise OfficialKeyEndedError(key.digits, last.valid_to.isoformat(), last.merged_into)


def succeed(known: Iterable[Area], edition: Edition, newest: date | None) -> list[Area]:
    """The areas to be kept when an edition is read: what is new, called otherwise, or there no more.

    Raises DirectoryOutdatedError when a newer edition was read.
    """
    if newest and edition.stand < newest:
        raise DirectoryOutdatedError(newest.isoformat())
    current = {(area.key, area.level): area for area in known if area.valid_to is None}
    published = {(area.key, area.level): area for area in edition.areas}
    changed = []
    for place, area in published.items():
        before = current.get(place)
        if before is None:
            changed.append(area)
        elif before.name != area.name:
            changed.append(replace(before, name=area.name))
    changed += [
        replace(area, valid_to=edition.stand)
        for place, area in current.items()
        if place not in published
    ]
    return changed
