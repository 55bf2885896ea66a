"""What operators did, at every service, by time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What somebody did to a subject, and why."""

    at: datetime
    operator: str
    action: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry of a service's journal."""

    service: str
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which entries are meant: those that match all that is given; `text` stands in subject or reason."""

    operator: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of all services, newest first; what is older than `older` has not been shown yet."""

    entries: Sequence[Logged]
    older: datetime | None


def newest(found: Mapping[str, Sequence[Entry]], at_most: int, fetched: int) -> Page:
    """The newest of what each service has told; `fetched` is how many each was asked for.

    A page ends between two moments, so that the next one can begin before `older` and nothing is lost: entries of
    the same moment stay together, even beyond `at_most`.
    """
    every = sorted(
        (Logged(service, entry) for service, entries in found.items() for entry in entries),
        key=lambda each: each.entry.at,
        reverse=True,
    )
    # Of the oldest moment that a service with more has told, there may be more: it belongs to the next page.
    known_until = max(
        (entries[-1].at for entries in found.values() if len(entries) == fetched), default=None
    )
    if known_until is not None:
        every = [each for each in every if each.entry.at > known_until] or every
    page = every[:at_most]
    if not page:
        return Page((), None)
    last = page[-1].entry.at
    page += [each for each in every[at_most:] if each.entry.at == last]
    has_more = len(page) < len(every) or known_until is not None
    return Page(page, last if has_more else None)
