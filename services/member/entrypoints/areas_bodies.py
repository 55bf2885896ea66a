"""The bodies of the addresses for states, regions and the official directory."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from services.member.domain.area import Areas, Region, State
from services.member.domain.organisation import Level
from services.member.entrypoints.bodies import OfficialKeyText, StateCode
from shared.http.fields import Body, Name, View

MAX_PREFIXES = 2_000

RegionCode = Annotated[
    str, StringConstraints(pattern="^[a-z][a-z0-9-]{1,29}$"), Field(description="Such as mrn")
]
WrittenStateCode = Annotated[
    str,
    StringConstraints(pattern="^[A-Z]{2}(-[A-Z0-9]{1,3})?$"),
    Field(description="ISO 3166, such as DE-RP or LU"),
]
KeyPrefix = Annotated[
    str,
    StringConstraints(pattern="^[0-9]{2,12}$"),
    Field(
        description="An official key or its beginning: a county's five digits stand for the county"
    ),
]


class StateBody(Body):
    """A state; where it has official keys, they start with key_prefix."""

    name: Name
    key_prefix: Annotated[str, StringConstraints(pattern="^[0-9]{2}$")] | None = None

    def state(self, code: str) -> State:
        """The state in the domain's words."""
        return State(code, self.name, self.key_prefix)


class RegionBody(Body):
    """A region, whole: what is left out is left out of the region too."""

    name: Name
    states: Annotated[frozenset[StateCode], Field(min_length=1, max_length=20)]
    key_prefixes: Annotated[frozenset[KeyPrefix], Field(max_length=MAX_PREFIXES)] = frozenset()

    def region(self, code: str) -> Region:
        """The region in the domain's words."""
        return Region(code, self.name, self.states, self.key_prefixes)


class MergerBody(Body):
    """What a territorial body became part of, and the day on which it was there no more."""

    merged_into: OfficialKeyText
    ended_on: date


class ChangedRegionView(View):
    """A region as it is now, and how many tenants are looked at for it."""

    code: str
    tenants: int


class EditionView(View):
    """An edition of the directory that was read."""

    stand: date
    areas: int
    changed: int


class AreaView(View):
    """A territorial body with its official key, and what became of it."""

    key: str
    level: Level
    name: str
    valid_from: date
    valid_to: date | None
    merged_into: str | None


class StateView(View):
    """A state; its official keys start with `key_prefix`, if it has any."""

    code: str
    name: str
    key_prefix: str | None


class RegionView(View):
    """A region and the states that it reaches into; with key_prefixes, only what has such a key lies in it."""

    code: str
    name: str
    states: tuple[str, ...]
    key_prefixes: tuple[str, ...]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a region."""
        assert isinstance(source, Region)
        return cls(
            code=source.code,
            name=source.name,
            states=tuple(sorted(source.states)),
            key_prefixes=tuple(sorted(source.key_prefixes)),
        )


class AreasView(View):
    """The states and regions that an application may name."""

    states: tuple[StateView, ...]
    regions: tuple[RegionView, ...]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of all areas."""
        assert isinstance(source, Areas)
        return cls(
            states=tuple(StateView.of(state) for state in source.states.values()),
            regions=tuple(RegionView.of(region) for region in source.regions.values()),
        )
