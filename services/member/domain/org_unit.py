"""The tenant's organisation as a tree of units, who belongs to them and who leads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.member.domain.people_errors import UnitTreeError

#: Deeper than any administration; a limit on every loop.
MAX_DEPTH = 20


@dataclass(slots=True)
class OrgUnit:
    """A unit. Its people are those who belong to it itself; who leads it also leads what lies below."""

    tenant_id: UUID
    unit_id: UUID
    name: str
    external_id: str | None = None
    parent_id: UUID | None = None
    members: frozenset[UUID] = frozenset()
    leaders: frozenset[UUID] = frozenset()
    version: int = 1
    created_at: datetime | None = None
    changed_at: datetime | None = None
    is_changed: bool = field(default=False, compare=False)

    def change(
        self,
        *,
        name: str,
        external_id: str | None,
        members: frozenset[UUID],
        leaders: frozenset[UUID],
    ) -> None:
        """Take over what is different; where the unit lies is `move`'s."""
        new = (name, external_id, members, leaders)
        if new != (self.name, self.external_id, self.members, self.leaders):
            self.name, self.external_id, self.members, self.leaders = new
            self._touch()

    def move(self, parent_id: UUID | None, parents: Mapping[UUID, UUID | None]) -> None:
        """Lie below another unit, or at the top. `parents` are all of the tenant's, by unit.

        Raises UnitTreeError when the parent is not there, lies below this unit, or too deep.
        """
        if parent_id == self.parent_id:
            return
        _check_place(self.unit_id, parent_id, parents)
        self.parent_id = parent_id
        self._touch()

    def _touch(self) -> None:
        if not self.is_changed:
            self.version += 1
            self.is_changed = True


def _check_place(
    unit_id: UUID, parent_id: UUID | None, parents: Mapping[UUID, UUID | None]
) -> None:
    above, depth = parent_id, 1 + _height(unit_id, parents)
    while above is not None:
        if above == unit_id:
            raise UnitTreeError("A unit cannot lie below itself. Choose another parent_id.")
        if above not in parents:
            raise UnitTreeError("There is no such parent unit. Correct parent_id.")
        above, depth = parents[above], depth + 1
        if depth > MAX_DEPTH:
            raise UnitTreeError(f"Units may be nested {MAX_DEPTH} deep. Choose a higher parent_id.")


def _height(unit_id: UUID, parents: Mapping[UUID, UUID | None]) -> int:
    """How many levels lie below a unit."""
    level, height = {unit_id}, 0
    while level := {each for each, parent in parents.items() if parent in level}:
        height += 1
        if height > MAX_DEPTH:
            break
    return height
