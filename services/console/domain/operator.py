"""Who looks at the console, and what they may do."""

from dataclasses import dataclass, field
from typing import Final

#: Reads what names no tenant's data.
VIEWER: Final = "viewer"
#: Acts.
OPERATOR: Final = "operator"
#: Confirms what another began.
APPROVER: Final = "approver"

#: Who has none of them has no business here.
ROLES: Final = frozenset({VIEWER, OPERATOR, APPROVER})


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who is logged in. `token` is their own access token: services know by it who asks."""

    subject: str
    name: str
    roles: frozenset[str]
    token: str = field(default="", repr=False)

    def is_allowed(self, role: str) -> bool:
        """Whether they have this role."""
        return role in self.roles
