"""Comparing a ledger with what it is about: what must hold, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.voucher.domain.chain import Chain
from services.voucher.domain.ledger import Pool

BALANCED = "every unit granted is in exactly one account"
TOGETHER = "a programme has what its pools have together"
ADDS_UP = "a pool says what its transfers add up to"
HELD = "as many units are held by vouchers as the pool has reserved and redeemed"
EACH_VOUCHER = "each voucher has the units that its transfers gave it"
HEADS_STAY = "the entries have the hashes that were published"
STATED = "a statement is what the entries on it add up to"
SETTLED = "what is settled is on statements, on each side once"
COUNTED = "organisations have as many claims as are counted"
CHAINED = "the entries are numbered and chained as they were written"

NAMES = (
    BALANCED,
    TOGETHER,
    ADDS_UP,
    HELD,
    EACH_VOUCHER,
    HEADS_STAY,
    STATED,
    SETTLED,
    COUNTED,
    CHAINED,
)

#: How often everything is read again, and how often the result is told although it is the same.
WHOLLY_EVERY = timedelta(days=1)
TOLD_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a comparison found in a programme's ledger up to `chain`: the names of what does not hold.

    `wrong_entry` is the first that is not as it was written. `whole_at` is when all entries were last read, and
    `told_at` when the result was last told.
    """

    tenant_id: UUID
    programme_id: UUID
    at: datetime
    chain: Chain
    violated: tuple[str, ...] = ()
    wrong_entry: int | None = None
    whole_at: datetime | None = None
    told_at: datetime | None = None
    #: What was in the pools that the entries compared now moved something in.
    pools: Sequence[Pool] = field(default=(), compare=False)

    @property
    def is_ok(self) -> bool:
        """Whether everything holds."""
        return not self.violated

    def is_to_be_whole(self, now: datetime) -> bool:
        """Whether the next one reads everything: once a day, and as long as something does not hold."""
        return not self.is_ok or self.whole_at is None or now - self.whole_at >= WHOLLY_EVERY

    def is_news_after(self, before: "Reconciliation | None", now: datetime) -> bool:
        """Whether this result is told: it is another one, or a day has passed."""
        if before is None or before.told_at is None:
            return True
        differs = (self.violated, self.wrong_entry) != (before.violated, before.wrong_entry)
        return differs or now - before.told_at >= TOLD_EVERY
