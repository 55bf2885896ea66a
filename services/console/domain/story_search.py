"""What somebody looks for, as the services are asked for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

MOST_CHARACTERS: Final = 100
_TRACE: Final = re.compile("[0-9a-f]{32}")


class By(StrEnum):
    """What a text that is looked for is; `anything` is told by its form."""

    ANYTHING = "anything"
    SUBJECT = "subject"
    PERSON = "person"
    TENANT = "tenant"
    TRACE = "trace"


class UnreadableError(ValueError):
    """The text cannot be what it is said to be."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A text, what it is, and the tenant that it is looked for in, if not in all."""

    text: str
    by: By = By.ANYTHING
    tenant: str = ""

    def queries(self) -> tuple[Mapping[str, str], ...]:
        """What every service is asked, each for itself. Raises UnreadableError."""
        if not self.text.isprintable() or not 0 < len(self.text) <= MOST_CHARACTERS:
            raise UnreadableError
        within = {"tenant_id": _uuid(self.tenant)} if self.tenant else {}
        return tuple({**within, **each} for each in self._asked())

    def _asked(self) -> tuple[Mapping[str, str], ...]:
        match self.by:
            case By.SUBJECT:
                return ({"subject": self.text},)
            case By.PERSON:
                return ({"person_id": _uuid(self.text)},)
            case By.TENANT:
                return ({"tenant_id": _uuid(self.text)},)
            case By.TRACE:
                return ({"trace_id": _trace(self.text)},)
            case By.ANYTHING:
                return self._guessed()

    def _guessed(self) -> tuple[Mapping[str, str], ...]:
        if _TRACE.fullmatch(self.text.lower()):
            return ({"trace_id": self.text.lower()},)
        try:
            found = _uuid(self.text)
        except UnreadableError:
            return ({"subject": self.text},)
        # Who is asked for a person finds what an event is about too.
        return ({"person_id": found}, {"tenant_id": found})


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise UnreadableError from error


def _trace(text: str) -> str:
    if not _TRACE.fullmatch(text.lower()):
        raise UnreadableError
    return text.lower()
