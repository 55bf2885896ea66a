"""The bodies of this service's HTTP contract."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from services.certificate.application.queries import AwardProgress
from services.certificate.application.verify_credential import Verification
from services.certificate.domain.addresses import Addresses
from services.certificate.domain.award import Award
from shared.http.fields import Body, Name, View


class RevocationBody(Body):
    """Why a credential is taken back."""

    reason: Annotated[Name, Field(description="Published with the revocation: name no person")]


class CredentialView(View):
    """A credential as the tenant that issued it sees it."""

    credential_id: UUID
    booking_id: UUID
    person_id: UUID
    achievement: str
    url: str
    state: str
    issued_at: datetime
    revoked_at: datetime | None
    revocation_reason: str | None

    @classmethod
    def published(cls, award: Award, addresses: Addresses) -> Self:
        """The view of an award that became a credential."""
        assert award.credential_id, "an issued award has a credential"
        assert award.issued_at, "an issued award has a time of issue"
        return cls(
            credential_id=award.credential_id,
            booking_id=award.booking_id,
            person_id=award.person_id,
            achievement=award.achievement.name,
            url=addresses.credential(award.tenant_id, award.credential_id),
            state=award.state,
            issued_at=award.issued_at,
            revoked_at=award.revoked_at,
            revocation_reason=award.revocation_reason,
        )


class AwardView(View):
    """A completion on its way to a credential, and what it waits for."""

    award_id: UUID
    booking_id: UUID
    person_id: UUID
    achievement: str
    completed_at: datetime
    state: str
    waiting_for: tuple[str, ...]
    credential_id: UUID | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of an award."""
        assert isinstance(source, AwardProgress)
        award = source.award
        return cls(
            award_id=award.award_id,
            booking_id=award.booking_id,
            person_id=award.person_id,
            achievement=award.achievement.name,
            completed_at=award.completed_at,
            state=award.state,
            waiting_for=tuple(sorted(source.waiting_for)),
            credential_id=award.credential_id,
        )


class CheckView(View):
    """One thing that was looked at."""

    name: str
    passed: bool


class VerificationView(View):
    """Whether a credential is genuine and valid now; valid when every check passed."""

    valid: bool
    revoked: bool
    issuer: str
    issued_at: datetime
    checks: tuple[CheckView, ...]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a verification."""
        assert isinstance(source, Verification)
        return cls(
            valid=source.valid,
            revoked=source.revoked,
            issuer=source.issuer,
            issued_at=source.issued_at,
            checks=tuple(CheckView.of(check) for check in source.checks),
        )
