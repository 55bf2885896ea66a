"""What a tenant has agreed about its people's learning data; without a word the strictest holds."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from services.member.domain.learning_errors import InvalidRulesError, LeaderNotAgreedError

SHORTEST_KEEP_DAYS, USUAL_KEEP_DAYS, LONGEST_KEEP_DAYS = 30, 1_095, 3_650


@dataclass(frozen=True, slots=True)
class WorksAgreement:
    """The works agreement that lets leaders assess: its title or file number, and its date."""

    reference: str
    agreed_on: date

    @classmethod
    def of(cls, reference: str | None, agreed_on: date | None) -> Self | None:
        """An agreement from its two parts, or None from neither. Raises InvalidRulesError."""
        if reference is None and agreed_on is None:
            return None
        if reference is None or agreed_on is None:
            raise InvalidRulesError(
                "A works agreement needs its reference and its date. Give both."
            )
        return cls(reference, agreed_on)


@dataclass(frozen=True, slots=True)
class LearningRules:
    """A tenant's rules. Leaders assess nobody unless `leader_agreement` says that it was agreed."""

    tenant_id: UUID
    leader_agreement: WorksAgreement | None = None
    keep_days: int = USUAL_KEEP_DAYS

    def __post_init__(self) -> None:
        """Refuse a period that is none. Raises InvalidRulesError."""
        if not SHORTEST_KEEP_DAYS <= self.keep_days <= LONGEST_KEEP_DAYS:
            raise InvalidRulesError(
                f"Assessments are kept for {SHORTEST_KEEP_DAYS} to {LONGEST_KEEP_DAYS:,} days."
            )

    def require_leader_agreement(self, now: datetime) -> None:
        """Raises LeaderNotAgreedError unless leaders may assess."""
        agreement = self.leader_agreement
        if agreement is None or agreement.agreed_on > now.date():
            raise LeaderNotAgreedError

    def keep_since(self, now: datetime) -> datetime:
        """What was recorded before this is deleted."""
        return now - timedelta(days=self.keep_days)
