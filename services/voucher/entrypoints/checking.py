"""Questions at the point of booking that come at the same time are answered from one reading."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.check_claims import Check, CheckClaim, check_claims
from services.voucher.entrypoints.coalescer import Coalescer
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork


class ClaimChecker:
    """Answers questions about programmes that are named."""

    def __init__(self, opened: UnitsOfWork[PostgresUnitOfWork]) -> None:
        self._opened = opened
        self._coalescer = Coalescer(self._check)

    async def check(self, question: CheckClaim) -> Check:
        """The programme's answer. Raises what the use case refuses with, or Problem 503."""
        [found] = await self._coalescer.ask(question.tenant_id, question)
        return found

    async def _check(
        self, questions: Sequence[CheckClaim]
    ) -> Sequence[Sequence[Check] | Exception]:
        tenants = {each.tenant_id for each in questions}
        named = {each.programme_id for each in questions if each.programme_id}
        async with self._opened(tenants) as work:
            funders = await work.queries.funders_of(named)
        # What is left of a programme is its funder's to see: the questions are asked for both.
        async with self._opened({*tenants, *funders}) as work:
            return await check_claims(work, questions, utc_now())


async def _checker(request: Request) -> ClaimChecker:
    made: ClaimChecker = request.app.state.claim_checker
    return made


Checker = Annotated[ClaimChecker, Depends(_checker)]
