"""What the use cases need from the outside, for adapters to provide and fakes to stand in for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.certificate.domain.addresses import Addresses
from services.certificate.domain.award import Award, Recipient
from services.certificate.domain.brand import Brand
from services.certificate.domain.credential import Credential
from services.certificate.domain.issuer import Issuer, IssuerProfile, SealedKey
from services.certificate.domain.status_list import StatusList
from shared.envelope import Outgoing

#: A person is known within a tenant: (tenant_id, person_id).
PersonKey = tuple[UUID, UUID]


class Issuers(Protocol):
    """The copy of the tenants that member announces, and their keys."""

    async def learn(self, tenants: Sequence[tuple[IssuerProfile, str, int]]) -> None:
        """Keep tenants, their status, and the sequence of the event that told of them; older ones change nothing."""

    async def add_keys(self, keys: Sequence[SealedKey], now: datetime) -> Collection[UUID]:
        """Keep first keys; returns the tenants that had none and whose key this is now."""

    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Issuer]:
        """Issuers by tenant; one without a key is missing from the answer."""

    async def keys(self, tenant_id: UUID) -> Sequence[SealedKey]:
        """Every key that the tenant ever signed with, the newest first."""


class Brands(Protocol):
    """The copy of how member's tenants look."""

    async def learn(self, brands: Sequence[tuple[UUID, Brand | None, int]]) -> None:
        """Keep brands, or with None that one is forgotten; what is older than what is kept changes nothing."""

    async def get(self, tenant_id: UUID) -> Brand | None:
        """A tenant's brand, if it has chosen one that is not forgotten."""


class People(Protocol):
    """The copy of how member's people are called and written to."""

    async def learn(self, people: Sequence[tuple[PersonKey, Recipient | None, int]]) -> None:
        """Keep people, or with None that one is erased; what is older than what is kept changes nothing."""

    async def get_many(self, keys: Collection[PersonKey]) -> Mapping[PersonKey, Recipient]:
        """People by key; one that is not known, or erased, is missing from the answer."""


class Awards(Protocol):
    """The awards of the tenants that the unit of work acts for."""

    async def add(self, awards: Collection[Award]) -> None:
        """Keep new awards; one that is there already stays as it is."""

    async def lock_ready(self, limit: int) -> Sequence[Award]:
        """Pending awards whose person and issuer's key are known, locked.

        Those that somebody else has locked are being issued, and are passed over.
        """

    async def lock_credential(self, credential_id: UUID) -> Award | None:
        """The award that became this credential, locked."""

    async def places(self, tenant_id: UUID, list_id: int) -> set[int]:
        """The places of a status list that are taken."""

    async def save(self, awards: Collection[Award]) -> None:
        """Keep changed awards."""


class Credentials(Protocol):
    """The signed credentials: added once, never changed."""

    async def add(self, credentials: Collection[Credential]) -> None:
        """Keep new credentials."""

    async def get(self, credential_id: UUID) -> Credential | None:
        """A credential."""


class StatusLists(Protocol):
    """The status lists, which a tenant fills one after the other."""

    async def open(self, status_list: StatusList) -> None:
        """Keep a new list; one that is there already stays as it is."""

    async def newest(self, tenant_id: UUID) -> int | None:
        """The id of the list that the tenant fills now."""

    async def get(self, tenant_id: UUID, list_id: int) -> StatusList | None:
        """A list as it is now, without a lock."""

    async def lock(self, tenant_id: UUID, list_id: int) -> StatusList | None:
        """A list that nobody else changes until the unit of work ends."""

    async def save(self, status_list: StatusList) -> None:
        """Keep a changed list."""


class Signer(Protocol):
    """Makes keys, signs and verifies; only it ever sees a private key."""

    def make_key(self, tenant_id: UUID, key_id: str) -> SealedKey:
        """A new key, sealed."""

    async def sign(
        self, documents: Sequence[Mapping[str, object]], issuer: Issuer, now: datetime
    ) -> Sequence[bytes]:
        """Documents with the issuer's proof, verified. Raises CertificateError."""

    async def sign_status_list(
        self, status_list: StatusList, issuer: Issuer, now: datetime
    ) -> bytes:
        """A status list as a signed credential, valid for VALIDITY. Raises CertificateError."""

    async def verifies(self, document: bytes, public_key_multibase: str) -> bool:
        """Whether a document of ours has a proof of this key."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def issuers(self) -> Issuers:
        """The issuers."""

    @property
    def brands(self) -> Brands:
        """The brands."""

    @property
    def people(self) -> People:
        """The people."""

    @property
    def awards(self) -> Awards:
        """The awards."""

    @property
    def credentials(self) -> Credentials:
        """The credentials."""

    @property
    def status_lists(self) -> StatusLists:
        """The status lists."""

    @property
    def signer(self) -> Signer:
        """The signer."""

    @property
    def addresses(self) -> Addresses:
        """Where everything is published."""

    def publish(self, *events: Outgoing) -> None:
        """Have events leave with this transaction."""
