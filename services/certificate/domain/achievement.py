"""What a certificate says somebody achieved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from urllib.parse import urlsplit

from services.certificate.domain.errors import CertificateError


@dataclass(frozen=True)
class Competence:
    """A competence of a public framework that the achievement covers: the OB 3.0 ``Alignment``.

    Raises CertificateError ``achievement_invalid`` without a name or with no absolute http(s) URL.
    """

    name: str
    url: str
    framework: str | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        _require_text(self.name, "a competence's name")
        _require_url(self.url, "a competence's url")


@dataclass(frozen=True)
class Achievement:
    """What a certificate says, as published: the Open Badges 3.0 ``Achievement``.

    ``id`` is its public URL, ``criteria`` the text that says what had to be done, ``hours`` the
    learning time, ``tags`` the competences that are known by name only. Raises CertificateError
    ``achievement_invalid`` for an empty text, an id that is no absolute http(s) URL, or hours that
    are not positive and finite.
    """

    id: str
    name: str
    description: str
    criteria: str
    hours: Decimal | None = None
    competences: tuple[Competence, ...] = ()
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_url(self.id, "an achievement's id")
        for what in ("name", "description", "criteria"):
            _require_text(getattr(self, what), f"an achievement's {what}")
        for tag in self.tags:
            _require_text(tag, "an achievement's tag")
        if self.hours is not None and not (self.hours.is_finite() and self.hours > 0):
            raise CertificateError("achievement_invalid", "hours must be a positive number")

    def to_mapping(self) -> dict[str, object]:
        """The achievement as plain JSON values, for a jsonb column."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "criteria": self.criteria,
            "hours": None if self.hours is None else str(self.hours),
            "competences": [
                {field.name: getattr(competence, field.name) for field in fields(competence)}
                for competence in self.competences
            ],
            "tags": list(self.tags),
        }

    @classmethod
    def from_mapping(cls, stored: Mapping[str, object]) -> Achievement:
        """The inverse of to_mapping. Raises CertificateError ``achievement_invalid``."""
        hours, competences = stored.get("hours"), stored.get("competences") or []
        try:
            return cls(
                id=str(stored["id"]),
                name=str(stored["name"]),
                description=str(stored["description"]),
                criteria=str(stored["criteria"]),
                hours=None if hours is None else Decimal(str(hours)),
                competences=tuple(Competence(**item) for item in _dicts(competences)),
                tags=tuple(_texts(stored.get("tags") or [])),
            )
        except (KeyError, TypeError, ArithmeticError) as error:
            raise CertificateError(
                "achievement_invalid", f"not a stored achievement: {error!r}"
            ) from error


def _dicts(value: object) -> list[dict[str, str]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise TypeError("competences must be a list of objects")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("tags must be a list of texts")
    return value


def _require_text(value: str, what: str) -> None:
    if not value.strip():
        raise CertificateError("achievement_invalid", f"{what} must not be empty")


def _require_url(value: str, what: str) -> None:
    parts = urlsplit(value)
    blank = any(character.isspace() for character in value)
    if parts.scheme not in ("http", "https") or not parts.netloc or blank:
        raise CertificateError("achievement_invalid", f"{what} must be an absolute http(s) URL")
