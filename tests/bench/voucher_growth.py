"""A ledger that grows: beside openedx-ledger at 100,000 entries, beside itself at 1,000,000, and its proof of use."""

from collections.abc import Sequence

import asyncpg

from deploy.local.stack import Stack
from tests.bench import voucher_proof
from tests.bench.openedx import peer
from tests.bench.report import Row
from tests.bench.voucher_path import reserved_a_second, watching
from tests.bench.voucher_pools import FUNDS, REQUESTS, UNIT
from tests.bench.voucher_world import World
from tests.system.voucher_case import VoucherCase

FEW, SOME, MANY = 10_000, 100_000, 1_000_000
PROOF_SECONDS = 60.0


async def measure(stack: Stack, world: World, *, at_none: Sequence[float]) -> list[Row]:
    """`at_none` are our rates on programmes without a history, run by run."""
    async with watching(stack) as admin:
        few = await voucher_proof.made(stack, await _with_history(world, FEW, admin))
        some = await _with_history(world, SOME, admin)
        beside = await _beside_openedx(stack, some)
        many = await _with_history(world, MANY, admin)
        at_many = [await reserved_a_second(stack, [many], REQUESTS) for _ in at_none]
        proof = await voucher_proof.made(stack, many)
    bound = f"s over {proof.entries:,} entries; peer is the bound"
    memory = f"MB; peer is at {few.entries:,} entries"
    return [
        beside,
        Row.of("growth-1m", at_many, at_none, f"{UNIT} at {MANY:,} entries; peer is at none"),
        Row.of("proof-of-use-s", [proof.seconds], [PROOF_SECONDS], bound),
        Row.of("proof-of-use-mb", [proof.megabytes], [few.megabytes], memory),
    ]


async def _with_history(world: World, entries: int, admin: asyncpg.Connection) -> VoucherCase:
    [case] = await world.programmes(1, vouchers=FUNDS)
    await world.use(case, entries // 2, admin)
    return case


async def _beside_openedx(stack: Stack, case: VoucherCase) -> Row:
    ours = await reserved_a_second(stack, [case], REQUESTS)
    rates = await peer.spent_a_second(stack, SOME)
    unit = (
        f"entries/s at {SOME:,}; peer is openedx-ledger, the better of 1 caller and {peer.CALLERS}; "
        f"of {peer.CALLERS} it refuses {rates.refused:.0%} of calls for its lock"
    )
    return Row.of("openedx-ledger", [ours], [rates.best], unit)
