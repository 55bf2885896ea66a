"""Whoever holds a voucher is reminded once before it ends."""

from datetime import datetime

from services.voucher.application import giving_outgoing
from services.voucher.application.giving_ports import GivingUnit


async def remind(work: GivingUnit, now: datetime, limit: int) -> int:
    """Tell of held vouchers that end soon; returns how many."""
    due = await work.reminders.due(now, limit)
    work.publish(*map(giving_outgoing.reminder, due))
    await work.reminders.keep(due)
    return len(due)
