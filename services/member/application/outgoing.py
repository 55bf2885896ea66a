"""From what happened in the domain to the public events that tell of it."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from services.member.contracts.events import (
    AgreementChangedV1,
    AgreementEndedV1,
    AgreementPartyV1,
    AgreementStartedV1,
    OperatorAccessEndedV1,
    OperatorAccessGrantedV1,
    PersonDescribedV1,
    PersonErasedV1,
    PersonForgottenV1,
    PersonLeftV1,
    PersonLinkedV1,
    PersonRegisteredV1,
    SharedOfferV1,
    TenantActivatedV1,
    TenantBrandedV1,
    TenantChangedV1,
    TenantDeletedV1,
    TenantLeavingV1,
    TenantLeftV1,
    TenantLimitedV1,
    TenantResumedV1,
    TenantSuspendedV1,
)
from services.member.domain.agreement import Agreement
from services.member.domain.agreement import Change as AgreementChange
from services.member.domain.agreement_terms import Party
from services.member.domain.brand import Brand
from services.member.domain.operator_access import OperatorAccess
from services.member.domain.person import Change, Person
from services.member.domain.quota import Quotas
from services.member.domain.tenant import Tenant
from shared.envelope import Cause, Event, Outgoing


def tenant_activated(tenant: Tenant, cause: Cause) -> Outgoing:
    """A tenant may use the platform."""
    return _told(TenantActivatedV1(**_tenant(tenant)), tenant, cause)


def tenant_changed(tenant: Tenant, cause: Cause) -> Outgoing:
    """A tenant has another name, key or regions."""
    return _told(TenantChangedV1(**_tenant(tenant)), tenant, cause)


def tenant_suspended(tenant: Tenant, cause: Cause) -> Outgoing:
    """A tenant may change nothing. The reason is between it and the cooperative."""
    return _told(TenantSuspendedV1(**_tenant(tenant)), tenant, cause)


def tenant_resumed(tenant: Tenant, cause: Cause) -> Outgoing:
    """A suspension was lifted, or a notice withdrawn."""
    return _told(TenantResumedV1(**_tenant(tenant)), tenant, cause)


def tenant_leaving(tenant: Tenant, cause: Cause) -> Outgoing:
    """Notice was given."""
    assert tenant.notice, "who is leaving has given or got notice"
    event = TenantLeavingV1(**_tenant(tenant), last_day=tenant.notice.last_day)
    return _told(event, tenant, cause)


def tenant_left(tenant: Tenant, cause: Cause) -> Outgoing:
    """A membership has ended."""
    assert tenant.last_export_day, "who left may fetch its data until a day"
    event = TenantLeftV1(**_tenant(tenant), last_export_day=tenant.last_export_day)
    return _told(event, tenant, cause)


def tenant_deleted(tenant: Tenant, cause: Cause) -> Outgoing:
    """A tenant's data is gone."""
    return _told(TenantDeletedV1(), tenant, cause)


def _tenant(tenant: Tenant) -> dict[str, Any]:
    organisation = tenant.organisation
    return {
        "name": organisation.name,
        "kind": organisation.kind,
        "official_key": organisation.official_key.digits if organisation.official_key else None,
        "state": organisation.state,
        "regions": tuple(sorted(organisation.regions)),
        "status": tenant.status,
    }


def _told(event: Event, tenant: Tenant, cause: Cause) -> Outgoing:
    return Outgoing(event, tenant.tenant_id, str(tenant.tenant_id), tenant.version, cause)


def tenant_branded(tenant: Tenant, brand: Brand, cause: Cause) -> Outgoing:
    """A tenant looks so from now on."""
    event = TenantBrandedV1(
        display_name=brand.display_name,
        primary_colour=brand.primary.code,
        text_colour=brand.text.code,
        logo=b64encode(brand.logo.content).decode() if brand.logo else None,
        logo_type=brand.logo.media_type if brand.logo else None,
    )
    return Outgoing(event, tenant.tenant_id, str(tenant.tenant_id), tenant.version, cause)


def tenant_limited(tenant: Tenant, quotas: Quotas, cause: Cause) -> Outgoing:
    """A tenant may use so much of the feed from now on."""
    event = TenantLimitedV1(
        events_per_day=quotas.events_per_day, subscriptions=quotas.subscriptions
    )
    return _told(event, tenant, cause)


def person_changed(person: Person, cause: Cause) -> Sequence[Outgoing]:
    """Everything about a person that was not told yet, in its order."""
    return [
        Outgoing(_event(person, change), person.tenant_id, str(person.person_id), version, cause)
        for change, version in person.changes
    ]


def operator_access_granted(access: OperatorAccess, cause: Cause) -> Outgoing:
    """An operator may act for a tenant."""
    event = OperatorAccessGrantedV1(
        access_id=access.access_id,
        operator=access.operator,
        may_change=access.may_change,
        until=access.until,
    )
    return Outgoing(event, access.tenant_id, str(access.access_id), access.version, cause)


def operator_access_ended(access: OperatorAccess, cause: Cause) -> Outgoing:
    """An operator may act for a tenant no more."""
    event = OperatorAccessEndedV1(
        access_id=access.access_id,
        operator=access.operator,
        may_change=access.may_change,
        until=access.until,
    )
    return Outgoing(event, access.tenant_id, str(access.access_id), access.version, cause)


def agreement_changed(
    agreement: Agreement, change: AgreementChange | None, cause: Cause
) -> Sequence[Outgoing]:
    """What others have to hear of an agreement, if anything."""
    if change is None:
        return []
    event = _agreement_event(agreement, change)
    subject = str(agreement.agreement_id)
    return [Outgoing(event, agreement.tenant_id, subject, agreement.version, cause)]


def _agreement_event(agreement: Agreement, change: AgreementChange) -> Event:
    if change is AgreementChange.ENDED:
        assert agreement.end_reason, "an agreement that ended has a reason"
        return AgreementEndedV1(
            agreement_id=agreement.agreement_id,
            reason=agreement.end_reason,
            parties=_parties((*agreement.parties, *agreement.released)),
        )
    offers = sorted(agreement.shared, key=lambda offer: (offer.provider_id, offer.offer_id))
    what: dict[str, Any] = {
        "agreement_id": agreement.agreement_id,
        "parties": _parties(agreement.parties),
        "offers": tuple(
            SharedOfferV1(provider_id=offer.provider_id, offer_id=offer.offer_id)
            for offer in offers
        ),
        "ends_at": agreement.terms.ends_at,
    }
    if change is AgreementChange.STARTED:
        return AgreementStartedV1(**what)
    return AgreementChangedV1(**what, former_parties=_parties(agreement.released))


def _parties(parties: Sequence[Party]) -> tuple[AgreementPartyV1, ...]:
    in_order = sorted(parties, key=lambda party: party.tenant_id)
    return tuple(AgreementPartyV1(tenant_id=each.tenant_id, part=each.part) for each in in_order)


def _event(person: Person, change: Change) -> Event:
    person_id = person.person_id
    match change:
        case Change.REGISTERED:
            return PersonRegisteredV1(person_id=person_id, roles=tuple(sorted(person.roles)))
        case Change.LINKED:
            assert person.subject, "who is linked has an account"
            return PersonLinkedV1(person_id=person_id, account=person.subject)
        case Change.LEFT:
            assert person.leaves_on, "who has left did so on a day"
            return PersonLeftV1(person_id=person_id, left_on=person.leaves_on)
        case Change.ERASED:
            return PersonErasedV1(person_id=person_id)
        case Change.FORGOTTEN:
            return PersonForgottenV1()
        case Change.DESCRIBED:
            return PersonDescribedV1(
                person_id=person_id,
                given_name=person.description.given_name,
                family_name=person.description.family_name,
                email=person.description.email,
            )
