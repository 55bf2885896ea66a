"""The bodies of what is given out: allocations, assignments and requests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import Field

from services.voucher.domain.allocation import Allocation
from services.voucher.domain.eligibility import VoucherRefusedError
from services.voucher.domain.errors import VoucherError
from services.voucher.domain.ledger import Pool
from services.voucher.domain.terms import MAX_CENTS, Step
from services.voucher.domain.voucher import Voucher
from services.voucher.domain.voucher_request import Status
from shared.http.fields import Body, Description, Moment, View

#: HTTP status of each code of what is given out; 409 for the rest.
GIVING_STATUSES: Final[Mapping[str, int]] = {
    "beneficiary_unknown": 404,
    "code_misspelt": 422,
    "code_unknown": 404,
    "invalid_allocation": 422,
    "invalid_code_sheet": 422,
    "invalid_request_for_voucher": 422,
    "no_person_of_yours": 403,
    "not_your_step": 403,
    "own_request": 403,
    "too_many_attempts": 429,
}

UnitsAllocated = Annotated[int, Field(ge=1, le=MAX_CENTS)]
Reason = Annotated[Description, Field(min_length=1, max_length=500)]


class AllocationBody(Body):
    """Units of your programme for one organisation, in the programme's unit."""

    beneficiary_id: UUID
    units: UnitsAllocated
    give_back_at: Annotated[
        Moment | None, Field(description="When what is unused returns to the programme")
    ] = None


class AllocationChangeBody(Body):
    """How many units the allocation has in all from now on, and when what is unused returns."""

    units: UnitsAllocated
    give_back_at: Moment | None = None


class AllocationReturnBody(Body):
    """How many unused units return; without `units` all of them, and the allocation ends."""

    units: UnitsAllocated | None = None


class AllocationView(View):
    """An organisation's part of a programme. `units` = available + reserved + redeemed + expired + returned."""

    allocation_id: UUID
    programme_id: UUID
    funder_id: UUID
    beneficiary_id: UUID
    units: int
    available: int
    reserved: int
    redeemed: int
    expired: int
    returned: int
    created_at: datetime
    give_back_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def given(cls, allocation: Allocation, pool: Pool) -> Self:
        """The view of an allocation with its pool."""
        return cls(
            allocation_id=allocation.allocation_id,
            programme_id=allocation.programme_id,
            funder_id=allocation.tenant_id,
            beneficiary_id=allocation.beneficiary_id,
            units=pool.granted,
            available=pool.available,
            reserved=pool.reserved,
            redeemed=pool.redeemed,
            expired=pool.expired,
            returned=pool.returned,
            created_at=allocation.created_at,
            give_back_at=allocation.give_back_at,
            ended_at=allocation.ended_at,
        )


class AssignmentsBody(Body):
    """Who is to get a voucher of the programme."""

    person_ids: Annotated[list[UUID], Field(min_length=1, max_length=1_000)]


class HeldView(View):
    """A voucher that is held for a person, who books with it until it expires."""

    voucher_id: UUID
    person_id: UUID
    programme_id: UUID
    units: int
    expires_at: datetime


class AssignmentView(View):
    """What a person got: a voucher, or none and why."""

    person_id: UUID
    voucher: HeldView | None
    reason: str | None
    explanation: str | None

    @classmethod
    def answer(cls, person_id: UUID, answer: Voucher | VoucherError) -> Self:
        """The view of one answer."""
        if isinstance(answer, Voucher):
            return cls(
                person_id=person_id, voucher=HeldView.of(answer), reason=None, explanation=None
            )
        return cls(
            person_id=person_id, voucher=None, reason=answer.code, explanation=_explanation(answer)
        )


class AssignmentsView(View):
    """What everybody got, in the order given."""

    answers: Sequence[AssignmentView]


class RequestBody(Body):
    """What a person asks for. HR may ask for somebody else, whom it names."""

    programme_id: UUID
    person_id: UUID | None = None
    leader_id: Annotated[
        UUID | None, Field(description="The person's leader, where the programme asks for one")
    ] = None
    purpose: Annotated[Description, Field(max_length=500)] = ""


class RefusalBody(Body):
    """Why the request is refused; the person reads it."""

    reason: Reason


class DecisionView(View):
    """What was said at a step."""

    step: Step
    at: datetime
    approved: bool
    reason: str


class AskedView(View):
    """A request and where it stands, without what people wrote; `next_step` says whose word is awaited."""

    request_id: UUID
    person_id: UUID
    programme_id: UUID
    leader_id: UUID | None
    status: Status
    steps: tuple[Step, ...]
    next_step: Step | None
    created_at: datetime
    expires_at: datetime
    voucher_id: UUID | None


class RequestView(AskedView):
    """A request with what people wrote."""

    purpose: str
    decisions: tuple[DecisionView, ...]


def _explanation(error: VoucherError) -> str:
    return error.refusal.explanation if isinstance(error, VoucherRefusedError) else str(error)
