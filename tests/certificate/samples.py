"""Sample tenants, achievements and credentials of the certificate tests."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.certificate.adapters.keys import KeyVault, TenantKey
from services.certificate.adapters.signing import sign
from services.certificate.domain.achievement import Achievement, Competence
from services.certificate.domain.credential import StatusPlace, build_credential
from services.certificate.domain.did import (
    PublicKey,
    did_document,
    tenant_did,
    verification_method,
)
from services.certificate.domain.issuer import IssuerProfile

BASE = "https://certificate.example"
TENANT = UUID("7d0f6f0e-5a7b-4f6c-9a1e-000000000001")
OTHER_TENANT = UUID("7d0f6f0e-5a7b-4f6c-9a1e-000000000002")
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MASTER_KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
ACHIEVEMENT = Achievement(
    id=f"{BASE}/achievements/1",
    name="Datenschutz für Führungskräfte",
    description="Grundlagen des Datenschutzes in der Verwaltung",
    criteria="Teilnahme an beiden Tagen und bestandene Prüfung",
    hours=Decimal("1.5"),
    competences=(
        Competence(
            "Schutz personenbezogener Daten", "https://example.org/digcomp/4.2", "DigComp", "4.2"
        ),
    ),
)


def list_url(tenant_id: UUID = TENANT) -> str:
    return f"{BASE}/tenants/{tenant_id}/status/1"


@dataclass(frozen=True)
class SampleIssuer:
    """A tenant with one key."""

    profile: IssuerProfile
    key: TenantKey

    @property
    def method(self) -> str:
        return verification_method(self.profile.did, self.key.key_id)

    @property
    def document(self) -> dict[str, Any]:
        return did_document(
            self.profile.did, [PublicKey(self.key.key_id, self.key.public_key_multibase)]
        )

    def credential(self, number: int = 1) -> dict[str, Any]:
        return build_credential(
            credential_url=f"{BASE}/credentials/{number}",
            issuer=self.profile,
            provider=self.profile,
            achievement=ACHIEVEMENT,
            email=f"person{number}@example.org",
            salt=f"salt-{number}",
            valid_from=NOW,
            status=StatusPlace(list_url(self.profile.tenant_id), number),
        )

    def signed(self, number: int = 1) -> bytes:
        return self.sign(self.credential(number))

    def sign(self, document: dict[str, Any]) -> bytes:
        return sign(document, key=self.key, verification_method=self.method, now=NOW)


def sample_issuer(tenant_id: UUID = TENANT, key_id: str = "key-1") -> SampleIssuer:
    vault = KeyVault(MASTER_KEY)
    profile = IssuerProfile(tenant_id, "Stadt Mannheim", tenant_did(BASE, tenant_id))
    return SampleIssuer(profile, vault.open(vault.generate(tenant_id, key_id)))
