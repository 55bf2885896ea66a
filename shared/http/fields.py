"""Types of request bodies: bounded, trimmed, without characters that no text needs."""

from datetime import UTC, datetime
from typing import Annotated, Self
from unicodedata import category

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints


def _printable(value: str) -> str:
    if any(category(character) == "Cc" and character not in "\n\t" for character in value):
        raise ValueError("contains a control character; remove it")
    return value


def _one_line(value: str) -> str:
    if any(category(character) in {"Cc", "Zl", "Zp"} for character in value):
        raise ValueError("contains a line break or another control character; remove it")
    return value


def _within_reach(value: datetime) -> datetime:
    # Compared in its own zone: near the ends of the calendar another zone's time does not exist.
    if not EARLIEST <= value.replace(tzinfo=UTC) <= LATEST:
        raise ValueError(f"lies outside of the years {EARLIEST.year} to {LATEST.year}; correct it")
    return value.astimezone(UTC)


EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2999, 12, 31, tzinfo=UTC)

#: A point in time with its zone, kept in UTC.
Moment = Annotated[AwareDatetime, AfterValidator(_within_reach)]
#: A name or title: one line.
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_one_line),
]
#: A longer explanation.
Description = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=5_000), AfterValidator(_printable)
]
#: A short key given by the client, such as a personnel number or a reference.
Key = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_one_line),
]

#: A text that a client chose as an id: compared as it was chosen.
ChosenId = Annotated[
    str, StringConstraints(min_length=1, max_length=100), AfterValidator(_one_line)
]


class Body(BaseModel):
    """Base of request bodies: unknown fields are refused, so that a typing error is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class View(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a domain object with the same attributes."""
        return cls.model_validate(source)
