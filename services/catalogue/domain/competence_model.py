"""What a tenant's people should be able to do, in fields."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.catalogue.domain.errors import InvalidCompetenceModelError
from services.catalogue.domain.visibility import Visibility

MAX_COMPETENCES = 300


class FieldKind(StrEnum):
    """What a field of competences is about."""

    LEADERSHIP = "leadership"
    PERSONAL = "personal"
    SOCIAL = "social"
    DIGITAL = "digital"
    PROFESSIONAL = "professional"


@dataclass(frozen=True, slots=True)
class Competence:
    """Something that a person can be able to do."""

    competence_id: UUID
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class CompetenceField:
    """Competences that belong together."""

    name: str
    kind: FieldKind
    competences: tuple[Competence, ...]


@dataclass(frozen=True, slots=True)
class CompetenceModel:
    """A model of the tenant `tenant_id`. Raises InvalidCompetenceModelError."""

    tenant_id: UUID
    model_id: UUID
    name: str
    visibility: Visibility
    fields: tuple[CompetenceField, ...]

    def __post_init__(self) -> None:
        """Refuse a model that nobody could work with."""
        competences = self.competences
        if not all(field.competences for field in self.fields) or not competences:
            raise InvalidCompetenceModelError("Give every field one competence at least.")
        if len(competences) > MAX_COMPETENCES:
            raise InvalidCompetenceModelError(f"A model has {MAX_COMPETENCES} competences at most.")
        _refuse_twice([field.name for field in self.fields])
        for field in self.fields:
            _refuse_twice([competence.name for competence in field.competences])

    @property
    def competences(self) -> tuple[Competence, ...]:
        """The competences of all fields."""
        return tuple(competence for field in self.fields for competence in field.competences)


def _refuse_twice(names: Collection[str]) -> None:
    if len(set(names)) < len(names):
        raise InvalidCompetenceModelError("A name occurs twice in one list. Name each thing once.")
