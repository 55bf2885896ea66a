"""Addresses at which a tenant agrees that a subscription names its people, or agrees no longer."""

from uuid import UUID

from fastapi import APIRouter

from services.feed.application.name_people import AgreeToNames, agree_to_names, withdraw_names
from services.feed.entrypoints.bodies import SubscriptionView
from services.feed.entrypoints.dependencies import Units
from shared.auth.dependencies import OwnAdmin
from shared.clock import utc_now
from shared.http.problems import not_found

router = APIRouter(
    prefix="/v1/subscriptions/{subscription_id}/named-people", tags=["subscriptions"]
)


@router.put("")
async def put_agreement(subscription_id: UUID, caller: OwnAdmin, opened: Units) -> SubscriptionView:
    """Agree that your own people are named in `data.person`, by pull and webhook. Your account and the time are kept.

    The names come within seconds; what you fetch again has them too. Nobody else can agree for you.
    """
    command = AgreeToNames(caller.tenant_id, subscription_id, caller.subject)
    async with opened([caller.tenant_id]) as work:
        agreed = await agree_to_names(work, command, utc_now())
        if agreed is None:
            raise not_found("subscription")
        return SubscriptionView.shown(agreed)


@router.delete("")
async def delete_agreement(
    subscription_id: UUID, caller: OwnAdmin, opened: Units
) -> SubscriptionView:
    """Name nobody any more, from now on. Without another agreement the names are deleted here."""
    async with opened([caller.tenant_id]) as work:
        withdrawn = await withdraw_names(work, caller.tenant_id, subscription_id)
        if withdrawn is None:
            raise not_found("subscription")
        return SubscriptionView.shown(withdrawn)
