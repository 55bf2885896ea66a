"""A person's request for a voucher, and the steps by which it is approved."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.voucher.domain.errors import VoucherError
from services.voucher.domain.terms import Step


class Status(StrEnum):
    """The states of a request; all but `open` are final."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class InvalidRequestError(VoucherError):
    """The request lacks something, or contradicts itself."""

    code = "invalid_request_for_voucher"


class RequestDecidedError(VoucherError):
    """The request has its outcome already."""

    code = "request_decided"


class NotYourStepError(VoucherError):
    """Somebody else has the next word on the request."""

    code = "not_your_step"


class OwnRequestError(VoucherError):
    """Nobody decides on what they ask for themselves."""

    code = "own_request"

    def __init__(self) -> None:
        super().__init__("You cannot decide on your own request. Ask somebody else who may.")


class RequestOpenError(VoucherError):
    """The person has an open request of the same kind."""

    code = "request_open"

    def __init__(self) -> None:
        super().__init__(
            "There is an open request of this person on this programme. Wait for its outcome or withdraw it."
        )


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides: an account, the person behind it as far as that is known, and the steps it may take here."""

    account: str
    person_id: UUID | None
    steps: frozenset[Step]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was said at a step, by whose account, when; a no has its reason."""

    step: Step
    account: str
    at: datetime
    approved: bool
    reason: str = ""


@dataclass(slots=True)
class VoucherRequest:
    """A claim that a person of the tenant `tenant_id` would like to make; it holds nothing until it is approved.

    `steps` are those that the programme asked for when the request was made. `leader_id` is whom the request names as
    the person's leader, who alone takes that step.
    """

    tenant_id: UUID
    request_id: UUID
    person_id: UUID
    programme_id: UUID
    steps: tuple[Step, ...]
    created_at: datetime
    expires_at: datetime
    leader_id: UUID | None = None
    purpose: str = ""
    status: Status = Status.OPEN
    decisions: tuple[Decision, ...] = ()
    voucher_id: UUID | None = None
    version: int = 1

    @property
    def next_step(self) -> Step | None:
        """Who has the next word; None when nobody has."""
        is_waiting = self.status is Status.OPEN and len(self.decisions) < len(self.steps)
        return self.steps[len(self.decisions)] if is_waiting else None

    def is_led_by(self, person_id: UUID | None) -> bool:
        """Whether the request names this person as the leader."""
        return person_id is not None and person_id == self.leader_id

    def approve(self, decider: Decider, now: datetime) -> bool:
        """Take the next step; whether it was the last. Raises what `_take` raises."""
        self._take(decider, now, approved=True, reason="")
        return self.next_step is None

    def refuse(self, decider: Decider, reason: str, now: datetime) -> None:
        """Say no, which ends the request. Raises what `_take` raises."""
        self._take(decider, now, approved=False, reason=reason)
        self.status = Status.REFUSED

    def grant(self, voucher_id: UUID) -> None:
        """The voucher is held: a part of the last step, or of a request that needs none."""
        assert self.next_step is None, "a request is granted after its last step"
        self.status, self.voucher_id = Status.APPROVED, voucher_id

    def withdraw(self) -> None:
        """The person, or HR for them, does not ask any more. Raises RequestDecidedError."""
        self._require_open()
        self.status = Status.WITHDRAWN
        self.version += 1

    def lapse(self) -> None:
        """Nobody decided in time."""
        self._require_open()
        self.status = Status.LAPSED
        self.version += 1

    def _take(self, decider: Decider, now: datetime, *, approved: bool, reason: str) -> None:
        """Raises RequestDecidedError, OwnRequestError or NotYourStepError, in this order."""
        self._require_open()
        if decider.person_id == self.person_id:
            raise OwnRequestError
        step = self.next_step
        assert step, "an open request waits for somebody"
        if step not in decider.steps:
            raise NotYourStepError(
                f"The next word has the {_WHO[step]}; nothing was changed. {self._said()}"
            )
        if any(decider.account == each.account for each in self.decisions):
            raise NotYourStepError(
                "You have decided on a step of this request already. The next one is for somebody else."
            )
        self.decisions += (Decision(step, decider.account, now, approved, reason),)
        self.version += 1

    def _require_open(self) -> None:
        if self.status is not Status.OPEN:
            raise RequestDecidedError(
                f"The request is {self.status} already. Make a new one if it is still needed."
            )

    def _said(self) -> str:
        return f"{len(self.decisions)} of {len(self.steps)} steps are taken."


_WHO = {Step.LEADER: "leader of the person", Step.HR: "HR department"}


def steps_of(roles: Collection[str], *, leads: bool) -> frozenset[Step]:
    """The steps that an account with these roles may take for a person, whose leader it is or not."""
    steps = set()
    if leads and "leader" in roles:
        steps.add(Step.LEADER)
    if not {"hr", "tenant-admin"}.isdisjoint(roles):
        steps.add(Step.HR)
    return frozenset(steps)
