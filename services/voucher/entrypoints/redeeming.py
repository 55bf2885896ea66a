"""Codes that people use at the same time are redeemed together, whoever they are: one transaction, one lock a pool."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from services.voucher.adapters.code_reads import CodeReads
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.redeem_codes import RedeemCode, redeem_codes
from services.voucher.domain.voucher import Voucher
from services.voucher.entrypoints.coalescer import Coalescer
from services.voucher.entrypoints.giving_bodies import HeldView
from shared.clock import utc_now
from shared.database.reading import Reads
from shared.database.unit_of_work import UnitsOfWork
from shared.http.fields import Body
from shared.http.idempotency import Asked, answer_each_once

#: A command, and as what it is answered once.
Redemption = tuple[RedeemCode, Asked]


class CodeRedeemer:
    """Redeems codes for one process; several processes wait for each other at the pools."""

    def __init__(self, opened: UnitsOfWork[PostgresUnitOfWork], reads: Reads[CodeReads]) -> None:
        self._opened, self._reads = opened, reads
        self._coalescer = Coalescer(self._redeem)

    async def redeem(self, command: RedeemCode, key: str | None, body: Body) -> HeldView:
        """The voucher that is held now. Raises what the use case refuses with, Problem 409 or 503."""
        asked = Asked(command.tenant_id, key, (f"redeem_code {command.person_id}", body))
        return await self._coalescer.ask(command.tenant_id, (command, asked))

    async def _redeem(self, redemptions: Sequence[Redemption]) -> Sequence[HeldView | Exception]:
        commands = [command for command, _ in redemptions]
        tenants = {command.tenant_id for command in commands}
        async with self._reads(tenants) as reads:
            funders = await reads.funders_of({each.fingerprint for each in commands})
        async with self._opened({*tenants, *funders}) as work:

            async def action(places: Sequence[int]) -> Sequence[HeldView | Exception]:
                found = await redeem_codes(work, [commands[place] for place in places], utc_now())
                return [HeldView.of(each) if isinstance(each, Voucher) else each for each in found]

            asked = [each for _, each in redemptions]
            return await answer_each_once(work.connection, asked, action, HeldView)


async def _redeemer(request: Request) -> CodeRedeemer:
    made: CodeRedeemer = request.app.state.code_redeemer
    return made


Redeemer = Annotated[CodeRedeemer, Depends(_redeemer)]
