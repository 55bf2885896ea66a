"""States and regions, which are data, and what they demand of an organisation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.member.domain.cooperative_errors import (
    InvalidRegionError,
    InvalidStateError,
    RegionExcludesKeyError,
)
from services.member.domain.errors import (
    OfficialKeyElsewhereError,
    OfficialKeyMissingError,
    RegionElsewhereError,
    UnknownRegionError,
    UnknownStateError,
)
from services.member.domain.organisation import OfficialKey, Organisation

_KEY_PREFIX = re.compile(r"[0-9]{2,12}")


@dataclass(frozen=True, slots=True)
class State:
    """A state by its ISO 3166 code. Without `key_prefix` it has no official keys."""

    code: str
    name: str
    key_prefix: str | None


@dataclass(frozen=True, slots=True)
class Region:
    """A region that lies in one state or spans several.

    With `key_prefixes` it takes in only the bodies whose keys start with one of them: a county's five
    digits stand for all its municipalities. Without them, an organisation of its states says itself
    whether it lies there.
    """

    code: str
    name: str
    states: frozenset[str]
    key_prefixes: frozenset[str] = frozenset()

    def has_key(self, key: OfficialKey) -> bool:
        """Whether a key lies within the prefixes."""
        return key.identity.startswith(tuple(self.key_prefixes))

    def proves(self, organisation: Organisation) -> bool:
        """Whether the organisation's key proves that it lies within."""
        key = organisation.official_key
        return bool(organisation.state in self.states and key and self.has_key(key))

    def disproves(self, organisation: Organisation) -> bool:
        """Whether the organisation's state or key proves that it lies outside."""
        if organisation.state not in self.states:
            return True
        key = organisation.official_key
        return bool(key and self.key_prefixes and not self.has_key(key))


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
            self._check_region(code, organisation)

    def check_state(self, state: State) -> None:
        """Refuse a state whose keys are another's, or were others before. Raises InvalidStateError."""
        before = self.states.get(state.code, state)
        if state.key_prefix != before.key_prefix:
            raise InvalidStateError(
                "A state's key_prefix does not change: tenants have keys with it."
            )
        same = {each.code for each in self.states.values() if each.key_prefix == state.key_prefix}
        if state.key_prefix and same - {state.code}:
            raise InvalidStateError(f"{state.key_prefix} is the key_prefix of another state.")

    def check_region(self, region: Region) -> None:
        """Refuse a region that contradicts itself. Raises UnknownStateError or InvalidRegionError."""
        if not region.states:
            raise InvalidRegionError("A region lies in one state at least. Name it in states.")
        if not region.states <= self.states.keys():
            raise UnknownStateError
        prefixes = [self.states[code].key_prefix for code in region.states]
        known = tuple(filter(None, prefixes))
        for prefix in sorted(region.key_prefixes):
            if not _KEY_PREFIX.fullmatch(prefix) or not prefix.startswith(known or ("-",)):
                raise InvalidRegionError(
                    f"{prefix} is no key, nor the beginning of one, in the region's states."
                )

    def regions_of(self, organisation: Organisation) -> frozenset[str]:
        """Where it lies: what its key proves, and what it says and nothing disproves."""
        return frozenset(
            code
            for code, region in self.regions.items()
            if region.proves(organisation)
            or (code in organisation.regions and not region.disproves(organisation))
        )

    def _check_region(self, code: str, organisation: Organisation) -> None:
        region = self.regions.get(code)
        if region is None:
            raise UnknownRegionError
        if organisation.state not in region.states:
            raise RegionElsewhereError(region.code, organisation.state)
        if organisation.official_key and region.disproves(organisation):
            raise RegionExcludesKeyError(region.code, organisation.official_key.digits)


def _check_key(organisation: Organisation, state: State) -> None:
    key = organisation.official_key
    if key is None:
        if organisation.kind.needs_official_key and state.key_prefix:
            raise OfficialKeyMissingError(organisation.kind)
    elif key.state_prefix != state.key_prefix:
        raise OfficialKeyElsewhereError(state.code, state.key_prefix)
