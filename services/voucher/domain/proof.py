"""A proof of use (Verwendungsnachweis): what became of a funder's money up to a point of its ledger, for good.

It is kept as what it was made from: how far it reads, the plan that it follows, and the figures and names of
that day. What it lists is the ledger itself, which never changes; so its files come out the same at any time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from services.voucher.domain.errors import (
    AlreadySignedError,
    NotWhatIsSignedError,
    ProofNotPossibleError,
    ProofNotReadyError,
)
from services.voucher.domain.financing_plan import FinancingPlan
from services.voucher.domain.programme import Programme, State


class Kind(StrEnum):
    """Interim (Zwischennachweis) at any time; final (Schlussnachweis) when nothing can change by itself."""

    INTERIM = "interim"
    FINAL = "final"


class Status(StrEnum):
    """Asked for, made, or found to be impossible: then `failure` names the reason."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Cutoff:
    """How far a proof reads: lines of the ledger with the hash of the last, lines of evidence, balances then.

    `settled` is the last line that was settled with the funder. Lines are settled in their order and what is
    issued stays, so what was invoiced for those up to it is the same at any time.
    """

    entries: int
    head: bytes
    evidence: int
    settled: int
    accounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class File:
    """A file of a proof, which whoever has it can compare."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Signature:
    """A person of the funder's tenant, in a role, stands by what has this hash."""

    subject: str
    role: str
    sha256: str
    comment: str
    signed_at: datetime


@dataclass(slots=True)
class Proof:
    """A proof of use of a programme, of its funder `tenant_id`."""

    tenant_id: UUID
    proof_id: UUID
    programme_id: UUID
    kind: Kind
    requested_by: str
    requested_at: datetime
    cutoff: Cutoff
    plan: FinancingPlan
    status: Status = Status.PENDING
    failure: str | None = None
    #: What stands before the list of receipts, as it is printed.
    head: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    signatures: list[Signature] = field(default_factory=list)
    version: int = 0

    @classmethod
    def request(
        cls,
        programme: Programme,
        proof_id: UUID,
        kind: Kind,
        cutoff: Cutoff,
        plan: FinancingPlan,
        subject: str,
        now: datetime,
    ) -> Self:
        """Ask for a proof of what is in the ledger now. Raises ProofNotPossibleError."""
        if programme.state is State.DRAFT:
            raise ProofNotPossibleError(
                "Nothing has been granted yet. Open the programme before you prove its use."
            )
        if kind is Kind.FINAL and programme.state is not State.CLOSED:
            raise ProofNotPossibleError(
                "The programme is still open. Close it, or ask for an interim proof."
            )
        reserved = cutoff.accounts["reserved"]
        if kind is Kind.FINAL and reserved:
            raise ProofNotPossibleError(
                f"{reserved:,} units are still reserved. Wait until they are redeemed, released or expired, "
                "or ask for an interim proof."
            )
        return cls(
            programme.tenant_id,
            proof_id,
            programme.programme_id,
            kind,
            subject,
            now,
            cutoff,
            plan,
            version=1,
        )

    def finish(self, files: Mapping[str, File]) -> None:
        """It has been made: its head is there, and these are its files."""
        self.status, self.files = Status.READY, files
        self.version += 1

    def fail(self, failure: str) -> None:
        """The ledger does not bear it out, in words."""
        self.status, self.failure = Status.FAILED, failure
        self.version += 1

    def require_ready(self) -> None:
        """Raise ProofNotReadyError unless its files can be had."""
        if self.status is Status.PENDING:
            raise ProofNotReadyError("The proof is being made. Ask again in a few seconds.")
        if self.status is Status.FAILED:
            raise ProofNotReadyError(f"The proof could not be made. {self.failure}")

    def sign(self, subject: str, role: str, sha256: str, comment: str, now: datetime) -> None:
        """Stand by this proof, named by the hash of its JSON file. A person signs once."""
        self.require_ready()
        if sha256 != self.files["json"].sha256:
            raise NotWhatIsSignedError(
                "This is not the SHA-256 of the JSON file. Sign what you have read: send the hash of that file."
            )
        if any(each.subject == subject for each in self.signatures):
            raise AlreadySignedError("You have signed this proof of use already.")
        self.signatures.append(Signature(subject, role, sha256, comment, now))
        self.version += 1
