"""The unsigned credential: an Open Badges 3.0 AchievementCredential on VC Data Model 2.0.

Sources: 1EdTech Open Badges 3.0 (AchievementCredential, IdentityObject), W3C Verifiable
Credentials Data Model 2.0, W3C Bitstring Status List 1.0. ``jti`` and ``endorsementJwt`` are never
used: a widespread copy of the 3.0.3 context lacks them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from services.certificate.domain.achievement import Achievement, Competence
from services.certificate.domain.award import Award
from services.certificate.domain.errors import CertificateError
from services.certificate.domain.issuer import IssuerProfile
from services.certificate.domain.status_list import LIST_LENGTH

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
OB_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXTS = (VC_CONTEXT, OB_CONTEXT)


@dataclass(frozen=True)
class StatusPlace:
    """Where a credential's revocation bit is. Raises ``status_index_invalid``."""

    list_url: str
    index: int

    def __post_init__(self) -> None:
        if not 0 <= self.index < LIST_LENGTH:
            raise CertificateError("status_index_invalid", f"no place {self.index} in the list")


@dataclass(frozen=True)
class Credential:
    """A signed credential: bytes that never change. They hold no name and no address."""

    tenant_id: UUID
    credential_id: UUID
    award_id: UUID
    document: bytes

    @classmethod
    def of(cls, award: Award, document: bytes) -> Credential:
        """The credential that an issued award became."""
        assert award.credential_id, "an issued award has a credential"
        return cls(award.tenant_id, award.credential_id, award.award_id, document)


def build_credential(
    *,
    credential_url: str,
    issuer: IssuerProfile,
    provider: IssuerProfile,
    achievement: Achievement,
    email: str,
    salt: str,
    valid_from: datetime,
    status: StatusPlace,
) -> dict[str, object]:
    """The credential as JSON values, ready to be signed.

    ``credential_url`` is where the signed credential is published, ``issuer`` who signs it and
    ``provider`` who gave the course. ``salt`` must be random per credential, or equal hashes
    would link a person's certificates. Raises CertificateError ``recipient_invalid``,
    ``salt_missing`` or ``time_without_zone``.
    """
    return {
        "@context": list(CONTEXTS),
        "id": credential_url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": achievement.name,
        "issuer": _profile(issuer),
        "validFrom": _timestamp(valid_from),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [identity(email, salt)],
            "achievement": _achievement(achievement, provider),
        },
        "credentialStatus": _status(status),
    }


def identity(email: str, salt: str) -> dict[str, object]:
    """The person as an OB 3.0 ``IdentityObject``: SHA-256 over the e-mail followed by the salt.

    The e-mail is trimmed and lower-cased first; whoever compares must do the same.
    """
    address = email.strip().lower()
    if "@" not in address:
        raise CertificateError("recipient_invalid", "an e-mail address contains an @")
    if not salt:
        raise CertificateError("salt_missing", "an identity hash needs a salt")
    digest = hashlib.sha256((address + salt).encode()).hexdigest()
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }


def _profile(profile: IssuerProfile) -> dict[str, object]:
    described: dict[str, object] = {"id": profile.did, "type": ["Profile"], "name": profile.name}
    if profile.image:
        described["image"] = {"id": profile.image, "type": "Image"}
    return described


def _achievement(achievement: Achievement, provider: IssuerProfile) -> dict[str, object]:
    described: dict[str, object] = {
        "id": achievement.id,
        "type": ["Achievement"],
        "name": achievement.name,
        "description": achievement.description,
        "criteria": {"narrative": achievement.criteria},
        "creator": _profile(provider),
    }
    if achievement.hours is not None:
        described["creditsAvailable"] = _number(achievement.hours)
    if achievement.tags:
        described["tag"] = list(achievement.tags)
    if achievement.competences:
        described["alignment"] = [_alignment(each) for each in achievement.competences]
    return described


def _alignment(competence: Competence) -> dict[str, object]:
    alignment: dict[str, object] = {
        "type": ["Alignment"],
        "targetName": competence.name,
        "targetUrl": competence.url,
        "targetType": "ceasn:Competency",
    }
    if competence.framework:
        alignment["targetFramework"] = competence.framework
    if competence.code:
        alignment["targetCode"] = competence.code
    return alignment


def _status(status: StatusPlace) -> dict[str, object]:
    return {
        "id": f"{status.list_url}#{status.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(status.index),
        "statusListCredential": status.list_url,
    }


def _timestamp(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise CertificateError("time_without_zone", "a date in a credential needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
