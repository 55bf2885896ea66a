"""What a member organisation is: its kind, its official key, and where it lies."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.member.domain.errors import MalformedOfficialKeyError
from services.member.domain.people_errors import RoleNotForKindError

_AGS_OR_ARS = re.compile(r"[0-9]{8}|[0-9]{12}")
_ARS_DIGITS = 12
_LEARNER = "learner"


class Kind(StrEnum):
    """Kinds of members; KINDS says what each may and must."""

    MUNICIPALITY = "municipality"
    COUNTY = "county"
    STATE_AGENCY = "state_agency"
    FEDERAL_AGENCY = "federal_agency"
    UNIVERSITY = "university"
    MUNICIPAL_COMPANY = "municipal_company"
    PARTNER = "partner"

    @property
    def rules(self) -> "KindRules":
        """What an organisation of this kind may and must."""
        return KINDS[self]

    @property
    def needs_official_key(self) -> bool:
        """Whether the statistical offices give every organisation of this kind a key."""
        return self.rules.needs_official_key

    def check_roles(self, roles: Collection[str]) -> None:
        """Refuse roles that nobody has in an organisation of this kind. Raises RoleNotForKindError."""
        if _LEARNER in roles and not self.rules.has_learners:
            raise RoleNotForKindError(self, _LEARNER)


class Level(StrEnum):
    """What an official key names."""

    STATE = "state"
    COUNTY = "county"
    ASSOCIATION = "association"
    MUNICIPALITY = "municipality"


@dataclass(frozen=True, slots=True)
class KindRules:
    """What a kind may and must: have an official key, of which level; employ learners; fund programmes."""

    needs_official_key: bool = False
    key_levels: frozenset[Level] = frozenset(Level)
    has_learners: bool = True
    funds_programmes: bool = False


#: The one table of what kinds may and must. A partner facilitates: nobody learns there.
KINDS: Mapping[Kind, KindRules] = {
    Kind.MUNICIPALITY: KindRules(
        needs_official_key=True, key_levels=frozenset({Level.MUNICIPALITY, Level.ASSOCIATION})
    ),
    Kind.COUNTY: KindRules(needs_official_key=True, key_levels=frozenset({Level.COUNTY})),
    Kind.STATE_AGENCY: KindRules(funds_programmes=True),
    Kind.FEDERAL_AGENCY: KindRules(),
    Kind.UNIVERSITY: KindRules(),
    Kind.MUNICIPAL_COMPANY: KindRules(),
    Kind.PARTNER: KindRules(has_learners=False),
}


@dataclass(frozen=True, slots=True)
class OfficialKey:
    """The statistical offices' key of a territorial body: AGS (8 digits) or ARS (12 digits)."""

    digits: str

    def __post_init__(self) -> None:
        """Raises MalformedOfficialKeyError."""
        if not _AGS_OR_ARS.fullmatch(self.digits):
            raise MalformedOfficialKeyError

    @property
    def state_prefix(self) -> str:
        """The two digits that stand for the Land."""
        return self.digits[:2]

    @property
    def identity(self) -> str:
        """The same text for the same body, whichever of its keys was given.

        An ARS is the AGS with the association of municipalities in the middle. The association itself
        (no municipality at the end) has no AGS, so its ARS stays.
        """
        if len(self.digits) != _ARS_DIGITS:
            return self.digits
        association, municipality = self.digits[5:9], self.digits[9:]
        if municipality == "000" and association != "0000":
            return self.digits
        return self.digits[:5] + municipality


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as it describes itself; `Areas.check` says whether that can be."""

    name: str
    kind: Kind
    official_key: OfficialKey | None
    state: str
    regions: frozenset[str] = frozenset()
