"""What every public event has in common."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Deprecation:
    """A type that will no longer be sent from `ends_on` on, and the one that takes its place."""

    deprecated_on: date
    ends_on: date
    replaced_by: str


class PublicEvent(BaseModel):
    """Base of what leaves the platform. Change is additive; a breaking change is a V2 beside V1.

    A field that is not in every view has a default, and is then absent rather than null.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    DEPRECATED: ClassVar[Deprecation | None] = None

    @classmethod
    def meaning(cls) -> str:
        """What the event means, in one line."""
        return " ".join((cls.__doc__ or "").split())


class PersonNameV1(BaseModel):
    """What a person is called: only where the organisation agreed to it, by pull and webhook, for its own people."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    given_name: str
    family_name: str
    email: str


class AboutPerson(PublicEvent):
    """Base of what is about a person of the organisation, who may be named at delivery."""

    person: PersonNameV1 | None = None
