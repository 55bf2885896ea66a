"""How a tenant's own directory knows a person: what only SCIM and imports write, beside name and address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from unicodedata import normalize


def user_key(user_name: str) -> str:
    """The form in which user names are compared: upper and lower case are the same."""
    return normalize("NFC", normalize("NFC", user_name).lower())


@dataclass(frozen=True, slots=True)
class EmailEntry:
    """One of the addresses that a directory has of a person."""

    value: str
    type: str | None = None
    primary: bool | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A person's entry in the tenant's directory. `enterprise` is SCIM's extension of that name, by its fields."""

    user_name: str
    display_name: str | None = None
    emails: tuple[EmailEntry, ...] = ()
    enterprise: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What must be the tenant's only one."""
        return user_key(self.user_name)

    @property
    def email(self) -> str:
        """The address to write to: the primary one, else the one at work, else the first; may be empty."""
        by_rank = sorted(self.emails, key=lambda each: (not each.primary, each.type != "work"))
        return by_rank[0].value if by_rank else ""
