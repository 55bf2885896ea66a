"""Member announces cooperation agreements; this service keeps what they share, and with whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.catalogue.application.ports import UnitOfWork
from services.catalogue.domain.agreement import Agreement


@dataclass(frozen=True, slots=True)
class LearnAgreement:
    """An agreement as announced, with the announcement's sequence number."""

    agreement: Agreement
    sequence: int


async def learn_agreements(work: UnitOfWork, commands: Sequence[LearnAgreement]) -> None:
    """Keep the newest state of each agreement."""
    await work.agreements.learn([(command.agreement, command.sequence) for command in commands])
