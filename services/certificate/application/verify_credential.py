"""Whether a published credential is what was signed, and still valid."""

from dataclasses import dataclass
from datetime import datetime

from services.certificate.application.ports import UnitOfWork
from services.certificate.domain.award import Award, AwardState
from services.certificate.domain.status_list import get_bit


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome: valid when every check passed."""

    issuer: str
    issued_at: datetime
    revoked: bool
    checks: tuple[Check, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing speaks against the credential."""
        return all(check.passed for check in self.checks)


async def verify_credential(work: UnitOfWork, award: Award) -> Verification:
    """Check the stored bytes against the issuer's published keys and status list."""
    assert award.credential_id, "only a credential is verified"
    assert award.issued_at, "a credential has a time of issue"
    credential = await work.credentials.get(award.credential_id)
    keys = {key.key_id: key for key in await work.issuers.keys(award.tenant_id)}
    key = keys.get(award.key_id or "")
    genuine = bool(
        credential
        and key
        and await work.signer.verifies(credential.document, key.public_key_multibase)
    )
    revoked = await _is_revoked(work, award)
    return Verification(
        issuer=work.addresses.did(award.tenant_id),
        issued_at=award.issued_at,
        revoked=revoked,
        checks=(
            Check("key_published", key is not None),
            Check("signature", genuine),
            Check("not_revoked", not revoked),
        ),
    )


async def _is_revoked(work: UnitOfWork, award: Award) -> bool:
    """The register and the published bit must both be clear: in doubt it is revoked."""
    assert award.list_id, "a credential has a status list"
    assert award.status_index is not None, "a credential has a place in it"
    status_list = await work.status_lists.get(award.tenant_id, award.list_id)
    marked = status_list is None or get_bit(status_list.bits, award.status_index)
    return marked or award.state is AwardState.REVOKED
