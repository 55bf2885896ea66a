"""The bodies of the addresses of proofs of use."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from services.voucher.domain.financing_plan import MAX_POSITIONS, FinancingPlan, Position
from services.voucher.domain.proof import Kind, Proof
from services.voucher.domain.terms import MAX_CENTS
from shared.http.fields import Body, Description, Key, Name, View

Keys = Annotated[frozenset[Key], Field(max_length=200)]


class PositionBody(Body):
    """A line of a financing plan, planned in units of the programme. Empty lists take every use."""

    number: Key
    title: Name
    planned: Annotated[int, Field(ge=0, le=MAX_CENTS)]
    offer_kinds: Keys = frozenset()
    competence_fields: Keys = frozenset()


class FinancingPlanBody(Body):
    """The positions in the order of the plan; an expense belongs to the first that takes it."""

    positions: Annotated[tuple[PositionBody, ...], Field(max_length=MAX_POSITIONS)]

    def plan(self) -> FinancingPlan:
        """The plan in the domain's words."""
        return FinancingPlan(tuple(Position(**each.model_dump()) for each in self.positions))


class PositionView(View):
    """A line of a financing plan."""

    number: str
    title: str
    planned: int
    offer_kinds: list[str]
    competence_fields: list[str]


class FinancingPlanView(View):
    """What was agreed to be paid for, in units of the programme."""

    planned: int
    positions: list[PositionView]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a plan."""
        assert isinstance(source, FinancingPlan)
        positions = [
            PositionView(
                number=each.number,
                title=each.title,
                planned=each.planned,
                offer_kinds=sorted(each.offer_kinds),
                competence_fields=sorted(each.competence_fields),
            )
            for each in source.positions
        ]
        return cls(planned=source.planned, positions=positions)


class ProofBody(Body):
    """What is asked for: an interim proof at any time, the final one when the programme is over."""

    kind: Kind


class SignatureBody(Body):
    """What a person stands by: the SHA-256 of the proof's JSON file, as hexadecimal digits."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    comment: Description = ""


class FileView(View):
    """A file of a proof: its hash, and its length in bytes."""

    sha256: str
    size: int


class SignatureView(View):
    """Who stood by a proof, in which role."""

    subject: str
    role: str
    sha256: str
    comment: str
    signed_at: datetime


class ProofView(View):
    """A proof of use, and how far it reads: `settled` is the last entry that was settled with the funder. `files` are json, csv, pdf-de and pdf-en once its status is ready."""

    proof_id: UUID
    programme_id: UUID
    kind: str
    status: str
    failure: str | None
    requested_by: str
    requested_at: datetime
    entries: int
    ledger_head: str
    evidence: int
    settled: int
    accounts: Mapping[str, int]
    files: Mapping[str, FileView]
    signatures: Sequence[SignatureView]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a proof."""
        assert isinstance(source, Proof)
        return cls(
            proof_id=source.proof_id,
            programme_id=source.programme_id,
            kind=source.kind,
            status=source.status,
            failure=source.failure,
            requested_by=source.requested_by,
            requested_at=source.requested_at,
            entries=source.cutoff.entries,
            ledger_head=source.cutoff.head.hex(),
            evidence=source.cutoff.evidence,
            settled=source.cutoff.settled,
            accounts=source.cutoff.accounts,
            files={name: FileView.of(file) for name, file in source.files.items()},
            signatures=[SignatureView.of(each) for each in source.signatures],
        )
