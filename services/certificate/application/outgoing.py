"""From domain to contracts: the only place where this service's events are made."""

from services.certificate.contracts.events import (
    CredentialIssuedV1,
    CredentialRevokedV1,
    IssuerCreatedV1,
)
from services.certificate.domain.addresses import Addresses
from services.certificate.domain.award import Award
from services.certificate.domain.did import verification_method
from services.certificate.domain.issuer import SealedKey
from shared.envelope import Cause, Outgoing

ISSUER_VERSION = 1


def issuer_created(key: SealedKey, addresses: Addresses, cause: Cause) -> Outgoing:
    """A tenant has its first key."""
    did = addresses.did(key.tenant_id)
    event = IssuerCreatedV1(did=did, verification_method=verification_method(did, key.key_id))
    return Outgoing(event, key.tenant_id, str(key.tenant_id), ISSUER_VERSION, cause)


def credential_issued(award: Award, addresses: Addresses) -> Outgoing:
    """An award has its credential; told in answer to the completion, however long it waited."""
    assert award.credential_id, "an issued award has a credential"
    assert award.issued_at, "an issued award has a time of issue"
    event = CredentialIssuedV1(
        credential_id=award.credential_id,
        booking_id=award.booking_id,
        person_id=award.person_id,
        url=addresses.credential(award.tenant_id, award.credential_id),
        issued_at=award.issued_at,
    )
    origin = award.origin
    cause = Cause(origin.correlation_id, origin.causation_id, origin.traceparent)
    return Outgoing(event, award.tenant_id, str(award.credential_id), award.version, cause)


def credential_revoked(award: Award, traceparent: str | None) -> Outgoing:
    """A credential is no longer valid; told with the correlation of the booking that it came of."""
    assert award.credential_id, "only a credential is revoked"
    assert award.revoked_at, "a revoked award has a time of revocation"
    assert award.revocation_reason, "a revoked award has a reason"
    event = CredentialRevokedV1(
        credential_id=award.credential_id,
        booking_id=award.booking_id,
        person_id=award.person_id,
        reason=award.revocation_reason,
        revoked_at=award.revoked_at,
    )
    cause = Cause(award.origin.correlation_id, traceparent=traceparent)
    return Outgoing(event, award.tenant_id, str(award.credential_id), award.version, cause)
