"""Warns funders of programmes that are nearly used up."""

from collections.abc import Iterable

from services.voucher.application import outgoing
from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.programme import Programme
from shared.envelope import Cause


def warn(work: UnitOfWork, programmes: Iterable[Programme], cause: Cause) -> None:
    """Tell of each locked programme of which more is used now than was warned of; before it is saved."""
    for programme in programmes:
        share = programme.warn()
        if share is not None:
            work.publish(outgoing.programme_nearly_used(programme, share, cause))
