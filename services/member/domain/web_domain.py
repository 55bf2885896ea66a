"""A name in the DNS that a tenant proves to be its own, before people with its addresses are led to its login."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from services.member.domain.onboarding_errors import DomainUnprovedError, MalformedDomainError

MAX_LENGTH = 253
PREFIX = "_lernverbund"
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
#: Names that can never be somebody's own.
_NOBODYS = frozenset({"invalid", "local", "localhost", "internal", "arpa", "onion"})


def domain_name(text: str) -> str:
    """The name as the DNS writes it. Raises MalformedDomainError."""
    try:
        name = text.strip().rstrip(".").lower().encode("idna").decode()
    except UnicodeError as error:
        raise MalformedDomainError from error
    labels = name.split(".")
    if (
        len(name) > MAX_LENGTH
        or len(labels) < 2
        or not all(map(_LABEL.fullmatch, labels))
        or labels[-1] in _NOBODYS
        or labels[-1].isdigit()
    ):
        raise MalformedDomainError
    return name


@dataclass(slots=True)
class WebDomain:
    """A domain that a tenant claims, with what it has to publish to prove it."""

    tenant_id: UUID
    domain: str
    challenge: str
    claimed_at: datetime
    verified_at: datetime | None = None

    @classmethod
    def claim(cls, tenant_id: UUID, domain: str, challenge: str, now: datetime) -> Self:
        """Say that a domain is one's own. Raises MalformedDomainError."""
        return cls(tenant_id, domain_name(domain), challenge, now)

    @property
    def record_name(self) -> str:
        """The name of the TXT record to publish."""
        return f"{PREFIX}.{self.domain}"

    @property
    def record_value(self) -> str:
        """The content of the TXT record to publish."""
        return f"lernverbund-domain={self.challenge}"

    @property
    def is_proved(self) -> bool:
        """Whether the record was seen."""
        return self.verified_at is not None

    def verify(self, published: list[str], now: datetime) -> None:
        """Be proved by what the DNS says; once proved it stays. Raises DomainUnprovedError."""
        if self.is_proved:
            return
        if self.record_value not in (text.strip() for text in published):
            raise DomainUnprovedError(self.record_name)
        self.verified_at = now
