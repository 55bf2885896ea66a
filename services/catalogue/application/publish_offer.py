"""A tenant publishes something that one can learn."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.catalogue.application import outgoing
from services.catalogue.application.ports import UnitOfWork
from services.catalogue.domain.errors import CompetenceUnknownError, TenantNotKnownError
from services.catalogue.domain.offer import Content, Offer
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class PublishOffer:
    """The provider's decision."""

    tenant_id: UUID
    offer_id: UUID
    content: Content
    competence_ids: tuple[UUID, ...]
    cause: Cause


async def publish_offer(work: UnitOfWork, command: PublishOffer, now: datetime) -> Offer:
    """Make an offer bookable and announce it.

    Raises TenantNotKnownError, CompetenceUnknownError or InvalidOfferError.
    """
    tenants = await work.tenants.get_many([command.tenant_id])
    if command.tenant_id not in tenants:
        raise TenantNotKnownError
    wanted = list(dict.fromkeys(command.competence_ids))
    known = await work.competence_models.competences(wanted)
    if unknown := [each for each in wanted if each not in known]:
        raise CompetenceUnknownError(unknown)
    fields = command.content.competence_fields.union(
        await work.competence_models.field_kinds(wanted)
    )
    offer = Offer.publish(
        command.tenant_id,
        command.offer_id,
        tenants[command.tenant_id].name,
        replace(command.content, competence_fields=fields),
        tuple(known[each] for each in wanted),
        now,
    )
    await work.offers.add(offer)
    work.publish(outgoing.offer_published(offer, command.cause))
    return offer
