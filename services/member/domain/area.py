"""States and regions, which are data, and what they demand of an organisation."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.member.domain.errors import (
    OfficialKeyElsewhereError,
    OfficialKeyMissingError,
    RegionElsewhereError,
    UnknownRegionError,
    UnknownStateError,
)
from services.member.domain.organisation import Organisation


@dataclass(frozen=True, slots=True)
class State:
    """A state by its ISO 3166 code. Without `key_prefix` it has no official keys."""

    code: str
    name: str
    key_prefix: str | None


@dataclass(frozen=True, slots=True)
class Region:
    """A region that lies in one state or spans several."""

    code: str
    name: str
    states: frozenset[str]


@dataclass(frozen=True, slots=True)
class Areas:
    """All states and regions, by code."""

    states: Mapping[str, State]
    regions: Mapping[str, Region]

    def check(self, organisation: Organisation) -> None:
        """Refuse an organisation that cannot lie where it says. The first reason that applies is raised."""
        state = self.states.get(organisation.state)
        if state is None:
            raise UnknownStateError
        _check_key(organisation, state)
        for code in sorted(organisation.regions):
            self._check_region(code, state)

    def _check_region(self, code: str, state: State) -> None:
        region = self.regions.get(code)
        if region is None:
            raise UnknownRegionError
        if state.code not in region.states:
            raise RegionElsewhereError(region.code, state.code)


def _check_key(organisation: Organisation, state: State) -> None:
    key = organisation.official_key
    if key is None:
        if organisation.kind.needs_official_key and state.key_prefix:
            raise OfficialKeyMissingError(organisation.kind)
    elif key.state_prefix != state.key_prefix:
        raise OfficialKeyElsewhereError(state.code, state.key_prefix)
