"""People complete what they booked; each completion is a right to one credential."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.certificate.application.ports import UnitOfWork
from services.certificate.domain.achievement import Achievement
from services.certificate.domain.addresses import Addresses
from services.certificate.domain.award import Award, Origin, Provider, award_id_for

MINUTES = 60
CENTI = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class RecordAward:
    """A completion, with what the certificate will say."""

    tenant_id: UUID
    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    provider: Provider
    name: str
    description: str
    criteria: str
    competences: tuple[str, ...]
    duration_minutes: int
    completed_at: datetime
    origin: Origin


async def record_awards(work: UnitOfWork, commands: Sequence[RecordAward]) -> None:
    """Keep an award for each booking that has none. Raises CertificateError for one without texts."""
    await work.awards.add([_award(command, work.addresses) for command in commands])


def _award(command: RecordAward, addresses: Addresses) -> Award:
    return Award(
        tenant_id=command.tenant_id,
        award_id=award_id_for(command.booking_id),
        booking_id=command.booking_id,
        person_id=command.person_id,
        achievement=_achievement(command, addresses),
        provider=command.provider,
        completed_at=command.completed_at,
        origin=command.origin,
    )


def _achievement(command: RecordAward, addresses: Addresses) -> Achievement:
    hours = (Decimal(command.duration_minutes) / MINUTES).quantize(CENTI)
    return Achievement(
        id=addresses.achievement(command.provider.tenant_id, command.offer_id),
        name=command.name,
        # A provider may leave it out; Open Badges may not.
        description=command.description.strip() or command.name,
        criteria=command.criteria,
        hours=hours or None,
        tags=tuple(dict.fromkeys(command.competences)),
    )
