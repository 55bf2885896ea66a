"""The bodies of the addresses for cooperation agreements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from services.member.application.queries import Revision
from services.member.domain.agreement import Act, Agreement, Declaration, EndReason, Status
from services.member.domain.agreement_terms import (
    MAX_NOTICE_DAYS,
    MAX_OFFERS,
    MAX_PARTIES,
    Part,
    Party,
    SharedOffer,
    Terms,
)
from shared.http.fields import Body, Moment, Name, View
from shared.http.fields import Description as LongText

RevisionNumber = Annotated[int, Field(ge=1, le=1_000_000)]


class PartyBody(Body):
    """A member that takes part."""

    tenant_id: UUID
    name: Name
    part: Part


class SharedOfferBody(Body):
    """An offer that its provider, a party, shares."""

    provider_id: UUID
    offer_id: UUID


class TermsBody(Body):
    """The text that all parties sign."""

    purpose: Annotated[LongText, Field(min_length=1)]
    parties: Annotated[tuple[PartyBody, ...], Field(min_length=2, max_length=MAX_PARTIES)]
    offers: Annotated[tuple[SharedOfferBody, ...], Field(max_length=MAX_OFFERS)] = ()
    adds_later: Annotated[
        bool, Field(description="Whether a party may add offers of its own while it runs")
    ] = False
    starts_at: Moment
    ends_at: Moment | None = None
    notice_days: Annotated[int, Field(ge=0, le=MAX_NOTICE_DAYS)] = 90

    def terms(self) -> Terms:
        """The text in the domain's words. Raises InvalidAgreementError."""
        return Terms(
            purpose=self.purpose,
            parties=tuple(Party(each.tenant_id, each.name, each.part) for each in self.parties),
            offers=frozenset(SharedOffer(each.provider_id, each.offer_id) for each in self.offers),
            adds_later=self.adds_later,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            notice_days=self.notice_days,
        )


class DecisionBody(Body):
    """Which text is signed or refused: the one that was read."""

    revision: RevisionNumber


class TerminationBody(Body):
    """Why the cooperative ends an agreement; the parties read it."""

    reason: Annotated[LongText, Field(min_length=1)]


class PartyView(View):
    """A member that takes part."""

    tenant_id: UUID
    name: str
    part: Part


class SharedOfferView(View):
    """An offer that is shared."""

    provider_id: UUID
    offer_id: UUID


class TermsView(View):
    """A text that was proposed, with its number."""

    revision: int
    proposed_at: datetime | None = None
    purpose: str
    parties: tuple[PartyView, ...]
    offers: tuple[SharedOfferView, ...]
    adds_later: bool
    starts_at: datetime
    ends_at: datetime | None
    notice_days: int

    @classmethod
    def of_terms(cls, terms: Terms, revision: int, proposed_at: datetime | None = None) -> Self:
        """The view of a text."""
        return cls(
            revision=revision,
            proposed_at=proposed_at,
            purpose=terms.purpose,
            parties=tuple(PartyView.of(each) for each in terms.parties),
            offers=_offers(terms.offers),
            adds_later=terms.adds_later,
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
            notice_days=terms.notice_days,
        )


class DeclarationView(View):
    """What a party declared, by which account, and when."""

    tenant_id: UUID
    act: Act
    revision: int
    subject: str
    at: datetime
    offer_id: UUID | None


class AgreementView(View):
    """An agreement as it stands. `proposal` is a change that waits for signatures.

    `terms` are as they were signed; `left` are parties that have left the cooperative since.
    """

    agreement_id: UUID
    proposer_id: UUID
    status: Status
    terms: TermsView
    proposal: TermsView | None
    left: tuple[UUID, ...] = ()
    shared: tuple[SharedOfferView, ...]
    proposed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    end_explanation: str | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of an agreement."""
        assert isinstance(source, Agreement)
        proposal = source.proposal
        return cls(
            agreement_id=source.agreement_id,
            proposer_id=source.tenant_id,
            status=source.status,
            terms=TermsView.of_terms(source.terms, source.revision),
            proposal=TermsView.of_terms(proposal, source.last_revision) if proposal else None,
            left=tuple(sorted(source.left)),
            shared=_offers(source.shared),
            proposed_at=source.proposed_at,
            started_at=source.started_at,
            ended_at=source.ended_at,
            end_reason=source.end_reason,
            end_explanation=source.end_explanation,
        )


class AgreementHistoryView(View):
    """Everything that was proposed and declared."""

    revisions: tuple[TermsView, ...]
    declarations: tuple[DeclarationView, ...]

    @classmethod
    def of_history(cls, revisions: Sequence[Revision], declarations: Sequence[Declaration]) -> Self:
        """The view of both."""
        return cls(
            revisions=tuple(
                TermsView.of_terms(each.terms, each.revision, each.proposed_at)
                for each in revisions
            ),
            declarations=tuple(DeclarationView.of(each) for each in declarations),
        )


def _offers(offers: frozenset[SharedOffer]) -> tuple[SharedOfferView, ...]:
    ordered = sorted(offers, key=lambda each: (each.provider_id, each.offer_id))
    return tuple(SharedOfferView.of(each) for each in ordered)
