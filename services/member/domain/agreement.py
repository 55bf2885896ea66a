"""A cooperation agreement: what members of any kind share with each other's people, and while which time.

proposed → agreed → running → ended; refused or ended from the side. A party declares only for itself;
`settle` looks at all declarations and at the clock, and may be repeated: it never says a change twice.
A party that leaves the cooperative leaves the agreement; the others go on if the text still makes sense
among them. One that is suspended stays a party.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.member.domain.agreement_errors import (
    AgreementDecidedError,
    AgreementNotRunningError,
    InvalidAgreementError,
    NothingToAddError,
    NotItsProposerError,
    RevisionNotOpenError,
)
from services.member.domain.agreement_terms import Party, SharedOffer, Terms


class Status(StrEnum):
    """The states of an agreement; the last two are final."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    RUNNING = "running"
    REFUSED = "refused"
    ENDED = "ended"


#: More would not fit into one event.
MAX_SHARED = 1_000
FINAL = frozenset({Status.REFUSED, Status.ENDED})


class Act(StrEnum):
    """What a party can declare; that it leaves is declared by the end of its membership."""

    SIGNS = "signs"
    REFUSES = "refuses"
    GIVES_NOTICE = "gives_notice"
    SHARES = "shares"
    WITHDRAWS = "withdraws"
    LEAVES = "leaves"


class EndReason(StrEnum):
    """Why an agreement ended."""

    PERIOD_OVER = "period_over"
    NOTICE_GIVEN = "notice_given"
    PARTY_LEFT = "party_left"
    ENDED_BY_COOPERATIVE = "ended_by_cooperative"


class Change(StrEnum):
    """What others hear of."""

    STARTED = "started"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the party `tenant_id` declared, by the account `subject`; nothing takes it away again.

    Of a party that leaves the cooperative, `subject` says who gave notice: the member or the cooperative.
    """

    tenant_id: UUID
    declaration_id: UUID
    agreement_id: UUID
    act: Act
    revision: int
    subject: str
    at: datetime
    offer_id: UUID | None = None


@dataclass(slots=True)
class Agreement:
    """An agreement that the tenant `tenant_id` proposed. `shared` is what others were told is shared.

    `left` are parties that have left the cooperative since they signed. A revision is a text that all parties
    sign or one refuses. `proposal` is the one that waits, beside the one that is in force; its number is
    `last_revision`.
    """

    tenant_id: UUID
    agreement_id: UUID
    terms: Terms
    proposed_at: datetime
    status: Status = Status.PROPOSED
    revision: int = 1
    proposal: Terms | None = None
    last_revision: int = 1
    started_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    end_explanation: str | None = None
    shared: frozenset[SharedOffer] = frozenset()
    left: frozenset[UUID] = frozenset()
    #: Whom the last settling released: parties until then, who hear of it a last time. Not kept.
    released: tuple[Party, ...] = ()
    heard: int = 0
    due_at: datetime | None = None
    version: int = 0

    @classmethod
    def propose(cls, tenant_id: UUID, agreement_id: UUID, terms: Terms, now: datetime) -> Self:
        """Ask others to sign. Raises InvalidAgreementError when the proposer is no party, or too late."""
        _check_proposal(tenant_id, terms, now)
        return cls(tenant_id, agreement_id, terms, now, due_at=terms.ends_at)

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in FINAL

    @property
    def parties(self) -> tuple[Party, ...]:
        """Whom the text in force binds: who is named in it, without those that left."""
        return self.terms.without(self.left)

    @property
    def party_ids(self) -> frozenset[UUID]:
        """Who reads it: the parties of what is in force, and of what is proposed."""
        proposed = self.proposal.parties if self.proposal else ()
        return frozenset(each.tenant_id for each in (*self.parties, *proposed))

    def propose_change(self, tenant_id: UUID, terms: Terms, now: datetime) -> None:
        """Ask all parties, those of before and those to come, to sign another text.

        Raises NotItsProposerError, AgreementDecidedError when it is over, InvalidAgreementError when the
        new text moves a beginning that has passed, or names a party that left.
        """
        if tenant_id != self.tenant_id:
            raise NotItsProposerError(has_left=self.tenant_id in self.left)
        if self.is_final:
            raise AgreementDecidedError(self.status)
        _check_proposal(tenant_id, terms, now)
        if self.status is Status.RUNNING and terms.starts_at != self.terms.starts_at:
            raise InvalidAgreementError("The agreement runs already: leave starts_at as it is.")
        if terms.party_ids & self.left:
            raise InvalidAgreementError("A party has left the cooperative. Leave it out.")
        self.last_revision += 1
        self.proposal = terms
        if self.status is Status.PROPOSED:
            self._adopt()

    def check(self, declaration: Declaration, earlier: Sequence[Declaration]) -> bool:
        """Whether a party's declaration says something new; false when it has said so before.

        Raises RevisionNotOpenError, AgreementDecidedError, AgreementNotRunningError or NothingToAddError.
        """
        own = [each for each in earlier if each.tenant_id == declaration.tenant_id]
        if declaration.act in {Act.SIGNS, Act.REFUSES}:
            return self._check_decision(declaration, own)
        if self.status not in {Status.AGREED, Status.RUNNING}:
            raise AgreementNotRunningError(self.status)
        if declaration.act is Act.GIVES_NOTICE:
            return not any(each.act is Act.GIVES_NOTICE for each in own)
        if not self.terms.adds_later or declaration.tenant_id not in self.terms.party_ids:
            raise NothingToAddError
        is_added = _offer(declaration) in _added(own)
        if declaration.act is Act.WITHDRAWS:
            return is_added
        if not is_added and len(self._sharing(earlier)) >= MAX_SHARED:
            raise InvalidAgreementError(f"It shares {MAX_SHARED:,} offers at most. Withdraw some.")
        return not is_added

    def settle(self, declarations: Sequence[Declaration], now: datetime) -> Change | None:
        """Draw the conclusion of all declarations and of the time; says what others have to hear."""
        self.heard = len(declarations)
        before = (self.terms, self.parties, self.shared)
        self.left = frozenset(each.tenant_id for each in declarations if each.act is Act.LEAVES)
        self._decide(declarations)
        here = {party.tenant_id for party in self.parties}
        self.released = tuple(each for each in before[1] if each.tenant_id not in here)
        notice_at = self._notice_at(declarations)
        reason = self._end_reason(notice_at, now)
        if reason and not self.is_final:
            return self._end(reason, now)
        starts = self.status is Status.AGREED and self.terms.starts_at <= now
        if starts:
            self.status, self.started_at = Status.RUNNING, now
        self.due_at = None if self.is_final else self._next_moment(notice_at)
        if self.status is not Status.RUNNING:
            return None
        self.shared = self._sharing(declarations)
        if starts:
            return self._tell(Change.STARTED)
        is_changed = before != (self.terms, self.parties, self.shared)
        return self._tell(Change.CHANGED) if is_changed else None

    def end_by_cooperative(self, explanation: str, now: datetime) -> Change | None:
        """The cooperative ends it at once. Repeating it keeps the first explanation."""
        if self.is_final:
            return None
        self.end_explanation = explanation
        return self._end(EndReason.ENDED_BY_COOPERATIVE, now)

    def _check_decision(self, declaration: Declaration, own: Sequence[Declaration]) -> bool:
        made = {
            each.act
            for each in own
            if each.act in {Act.SIGNS, Act.REFUSES} and each.revision == declaration.revision
        }
        if declaration.act in made:
            return False
        open_revision = self.status is Status.PROPOSED or self.proposal is not None
        if self.is_final or not open_revision or declaration.revision != self.last_revision:
            raise RevisionNotOpenError(self.last_revision)
        if made:
            raise AgreementDecidedError("signed by you")
        return True

    def _decide(self, declarations: Sequence[Declaration]) -> None:
        """A revision that waits is refused by one, also by leaving, or adopted when all have signed."""
        if self.is_final or (self.status is not Status.PROPOSED and self.proposal is None):
            return
        on_it = [each for each in declarations if each.revision == self.last_revision]
        signed = {each.tenant_id for each in on_it if each.act is Act.SIGNS}
        refused = {each.tenant_id for each in on_it if each.act is Act.REFUSES} & self.party_ids
        refused |= self.left & (self.proposal or self.terms).party_ids
        if refused and self.proposal:
            self.proposal = None
        elif refused:
            self.status = Status.REFUSED
        elif signed >= self.party_ids:
            if self.proposal:
                self._adopt()
            if self.status is Status.PROPOSED:
                self.status = Status.AGREED

    def _adopt(self) -> None:
        assert self.proposal, "there is something to adopt"
        self.terms, self.proposal, self.revision = self.proposal, None, self.last_revision

    def _sharing(self, declarations: Sequence[Declaration]) -> frozenset[SharedOffer]:
        """What its parties' people may see: what the text names, and what parties added."""
        added = _added(declarations) if self.terms.adds_later else set()
        providers = {party.tenant_id for party in self.parties}
        return frozenset(
            each for each in self.terms.offers | added if each.provider_id in providers
        )

    def _notice_at(self, declarations: Sequence[Declaration]) -> datetime | None:
        """When the first notice takes effect."""
        given = [each.at for each in declarations if each.act is Act.GIVES_NOTICE]
        return min(given) + timedelta(days=self.terms.notice_days) if given else None

    def _end_reason(self, notice_at: datetime | None, now: datetime) -> EndReason | None:
        if self.terms.ends_at and self.terms.ends_at <= now:
            return EndReason.PERIOD_OVER
        if notice_at and notice_at <= now:
            return EndReason.NOTICE_GIVEN
        return None if self.terms.makes_sense_without(self.left) else EndReason.PARTY_LEFT

    def _next_moment(self, notice_at: datetime | None) -> datetime | None:
        moments = [self.terms.ends_at, notice_at]
        if self.status is Status.AGREED:
            moments.append(self.terms.starts_at)
        return min(filter(None, moments), default=None)

    def _end(self, reason: EndReason, now: datetime) -> Change | None:
        was_running = self.status is Status.RUNNING
        self.status, self.ended_at, self.end_reason = Status.ENDED, now, reason
        self.proposal, self.due_at, self.shared = None, None, frozenset()
        return self._tell(Change.ENDED) if was_running else None

    def _tell(self, change: Change) -> Change:
        self.version += 1
        return change


def _check_proposal(tenant_id: UUID, terms: Terms, now: datetime) -> None:
    if tenant_id not in terms.party_ids:
        raise InvalidAgreementError("Who proposes an agreement is a party. Add your organisation.")
    if terms.ends_at and terms.ends_at <= now:
        raise InvalidAgreementError("The period is over before anybody signed. Correct ends_at.")


def _added(declarations: Iterable[Declaration]) -> set[SharedOffer]:
    """What parties added and did not withdraw, in the order in which they said so."""
    added: set[SharedOffer] = set()
    for each in sorted(declarations, key=lambda one: (one.at, one.declaration_id)):
        if each.act is Act.SHARES:
            added.add(_offer(each))
        elif each.act is Act.WITHDRAWS:
            added.discard(_offer(each))
    return added


def _offer(declaration: Declaration) -> SharedOffer:
    assert declaration.offer_id, "sharing names an offer"
    return SharedOffer(declaration.tenant_id, declaration.offer_id)
