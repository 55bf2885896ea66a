"""A person's right to a credential, from completion to issue and revocation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from services.certificate.domain.achievement import Achievement
from services.certificate.domain.errors import CertificateError

_AWARDS = UUID("3c0f2b8e-6d5d-4f0b-8a55-1a0a5f7f9f41")


class AwardState(StrEnum):
    """``pending``: earned, not yet signed. ``issued``: signed. ``revoked``: no longer valid."""

    PENDING = "pending"
    ISSUED = "issued"
    REVOKED = "revoked"


class Waiting(StrEnum):
    """What a pending award still needs before it can be issued."""

    RECIPIENT = "recipient"
    ISSUER_KEY = "issuer_key"


@dataclass(frozen=True)
class Recipient:
    """The person as the certificate addresses them.

    The name is printed on the PDF; the credential carries only a salted hash of the e-mail.
    Raises CertificateError ``recipient_invalid`` for an empty name or an e-mail without ``@``.
    """

    name: str
    email: str

    def __post_init__(self) -> None:
        if not self.name.strip() or "@" not in self.email:
            raise CertificateError("recipient_invalid", "a recipient needs a name and an e-mail")


@dataclass(frozen=True)
class Provider:
    """Who gave the course. Raises CertificateError ``award_invalid`` without a name."""

    tenant_id: UUID
    name: str

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise CertificateError("award_invalid", "the provider of an achievement needs a name")


@dataclass(frozen=True)
class Origin:
    """What told of the completion: every event about the award names it, however late it comes."""

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


def award_id_for(booking_id: UUID) -> UUID:
    """A booking has one award, however often it is completed: the id follows from the booking's."""
    return uuid5(_AWARDS, booking_id.hex)


@dataclass(frozen=True)
class Award:
    """A person's right to a credential after completing a booking.

    One booking gives one award. Which credential came of it, under which key and at which place
    in the status list, is written once, when it is issued.
    """

    tenant_id: UUID
    award_id: UUID
    booking_id: UUID
    person_id: UUID
    achievement: Achievement
    provider: Provider
    completed_at: datetime
    origin: Origin
    state: AwardState = AwardState.PENDING
    credential_id: UUID | None = None
    key_id: str | None = None
    list_id: int | None = None
    status_index: int | None = None
    issued_at: datetime | None = None
    revoked_at: datetime | None = None
    revocation_reason: str | None = None

    def __post_init__(self) -> None:
        if self.completed_at.tzinfo is None:
            raise CertificateError("award_invalid", "completed_at needs a time zone")

    @property
    def version(self) -> int:
        """How often the award has changed: the sequence of the event that tells of it."""
        return (self.credential_id is not None) + (self.state is AwardState.REVOKED)

    def waiting_for(self, *, recipient: Recipient | None, key_id: str | None) -> set[Waiting]:
        """What is still missing before this award can be issued; empty once it is not pending."""
        missing: set[Waiting] = set()
        if self.state is not AwardState.PENDING:
            return missing
        if recipient is None:
            missing.add(Waiting.RECIPIENT)
        if key_id is None:
            missing.add(Waiting.ISSUER_KEY)
        return missing

    def issue(
        self,
        *,
        recipient: Recipient | None,
        key_id: str | None,
        credential_id: UUID,
        list_id: int,
        status_index: int,
        now: datetime,
    ) -> Award:
        """The award with its credential. The recipient is needed but not kept here.

        Raises CertificateError ``award_already_issued``, ``award_revoked``, or
        ``award_waiting`` when the person's name and e-mail or the issuer's key is not known yet.
        """
        if self.state is AwardState.ISSUED:
            raise CertificateError("award_already_issued", "this award has its credential")
        if self.state is AwardState.REVOKED:
            raise CertificateError("award_revoked", "a revoked award is not issued")
        missing = self.waiting_for(recipient=recipient, key_id=key_id)
        if missing:
            raise CertificateError(
                "award_waiting", f"the award still waits for {', '.join(sorted(missing))}"
            )
        return replace(
            self,
            state=AwardState.ISSUED,
            credential_id=credential_id,
            key_id=key_id,
            list_id=list_id,
            status_index=status_index,
            issued_at=now,
        )

    def revoke(self, reason: str, now: datetime) -> Award:
        """The award, revoked; one that was still pending is then never issued.

        Revoking twice changes nothing: the first reason and time stay. Raises CertificateError
        ``reason_missing`` for an empty reason.
        """
        if not reason.strip():
            raise CertificateError("reason_missing", "a revocation needs a reason")
        if self.state is AwardState.REVOKED:
            return self
        return replace(
            self, state=AwardState.REVOKED, revoked_at=now, revocation_reason=reason.strip()
        )
