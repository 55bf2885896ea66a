"""The certificate service's ports in memory: one store, any number of units of work."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.certificate.application.ports import PersonKey
from services.certificate.domain.award import Award, AwardState, Recipient
from services.certificate.domain.brand import Brand
from services.certificate.domain.credential import Credential
from services.certificate.domain.issuer import Issuer, IssuerProfile, SealedKey
from services.certificate.domain.status_list import VALIDITY, StatusList
from shared.envelope import Outgoing
from tests.certificate.builders import ADDRESSES


class FakeSigner:
    """Writes down who would have signed what."""

    def __init__(self) -> None:
        self.made = 0

    def make_key(self, tenant_id: UUID, key_id: str) -> SealedKey:
        self.made += 1
        return SealedKey(tenant_id, key_id, f"z-{tenant_id}-{self.made}", b"sealed")

    async def sign(
        self, documents: Sequence[Mapping[str, object]], issuer: Issuer, now: datetime
    ) -> Sequence[bytes]:
        by = issuer.key.public_key_multibase
        return [json.dumps({**each, "by": by, "at": str(now)}).encode() for each in documents]

    async def sign_status_list(
        self, status_list: StatusList, issuer: Issuer, now: datetime
    ) -> bytes:
        document = {"bits": status_list.bits.hex(), "until": str(now + VALIDITY)}
        return (await self.sign([document], issuer, now))[0]

    async def verifies(self, document: bytes, public_key_multibase: str) -> bool:
        return bool(json.loads(document)["by"] == public_key_multibase)


class FakeBrands:
    def __init__(self) -> None:
        self.known: dict[UUID, tuple[Brand | None, int]] = {}

    async def learn(self, brands: Sequence[tuple[UUID, Brand | None, int]]) -> None:
        for tenant_id, brand, version in brands:
            if tenant_id not in self.known or self.known[tenant_id][1] <= version:
                self.known[tenant_id] = (brand, version)

    async def get(self, tenant_id: UUID) -> Brand | None:
        return self.known.get(tenant_id, (None, 0))[0]


class FakeIssuers:
    def __init__(self, brands: FakeBrands) -> None:
        self._brands = brands
        self.profiles: dict[UUID, tuple[IssuerProfile, int]] = {}
        self.all_keys: list[SealedKey] = []

    async def learn(self, tenants: Sequence[tuple[IssuerProfile, str, int]]) -> None:
        for profile, _, version in tenants:
            known = self.profiles.get(profile.tenant_id)
            if known is None or known[1] < version:
                self.profiles[profile.tenant_id] = (profile, version)

    async def add_keys(self, keys: Sequence[SealedKey], now: datetime) -> Collection[UUID]:
        have = {key.tenant_id for key in self.all_keys}
        added = [key for key in keys if key.tenant_id not in have]
        self.all_keys.extend(added)
        return {key.tenant_id for key in added}

    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Issuer]:
        return {
            key.tenant_id: Issuer(await self._profile(key.tenant_id), key)
            for key in self.all_keys
            if key.tenant_id in tenant_ids
        }

    async def _profile(self, tenant_id: UUID) -> IssuerProfile:
        brand = await self._brands.get(tenant_id)
        image = ADDRESSES.logo(tenant_id) if brand and brand.logo else None
        return replace(self.profiles[tenant_id][0], image=image)

    async def keys(self, tenant_id: UUID) -> Sequence[SealedKey]:
        return [key for key in self.all_keys if key.tenant_id == tenant_id]


class FakePeople:
    def __init__(self) -> None:
        self.known: dict[PersonKey, tuple[Recipient | None, int]] = {}

    async def learn(self, people: Sequence[tuple[PersonKey, Recipient | None, int]]) -> None:
        for key, recipient, version in people:
            if key not in self.known or self.known[key][1] < version:
                self.known[key] = (recipient, version)

    async def get_many(self, keys: Collection[PersonKey]) -> Mapping[PersonKey, Recipient]:
        found = {key: self.known[key][0] for key in keys if key in self.known}
        return {key: recipient for key, recipient in found.items() if recipient}


class FakeAwards:
    def __init__(self, issuers: FakeIssuers, people: FakePeople) -> None:
        self._issuers, self._people = issuers, people
        self.kept: dict[UUID, Award] = {}

    async def add(self, awards: Collection[Award]) -> None:
        for award in awards:
            self.kept.setdefault(award.award_id, award)

    async def lock_ready(self, limit: int) -> Sequence[Award]:
        oldest_first = sorted(
            self.kept.values(), key=lambda each: (each.completed_at, each.award_id)
        )
        return [award for award in oldest_first if await self._is_ready(award)][:limit]

    async def _is_ready(self, award: Award) -> bool:
        key = (award.tenant_id, award.person_id)
        return bool(
            award.state is AwardState.PENDING
            and await self._people.get_many([key])
            and await self._issuers.get_many([award.tenant_id])
        )

    async def lock_credential(self, credential_id: UUID) -> Award | None:
        return next((a for a in self.kept.values() if a.credential_id == credential_id), None)

    async def places(self, tenant_id: UUID, list_id: int) -> set[int]:
        return {
            award.status_index
            for award in self.kept.values()
            if (award.tenant_id, award.list_id) == (tenant_id, list_id)
            and award.status_index is not None
        }

    async def save(self, awards: Collection[Award]) -> None:
        self.kept |= {award.award_id: award for award in awards}


class FakeCredentials:
    def __init__(self) -> None:
        self.kept: dict[UUID, Credential] = {}

    async def add(self, credentials: Collection[Credential]) -> None:
        for credential in credentials:
            assert credential.credential_id not in self.kept
            assert credential.award_id not in {each.award_id for each in self.kept.values()}
            self.kept[credential.credential_id] = credential

    async def get(self, credential_id: UUID) -> Credential | None:
        return self.kept.get(credential_id)


class FakeStatusLists:
    def __init__(self) -> None:
        self.kept: dict[tuple[UUID, int], StatusList] = {}

    async def open(self, status_list: StatusList) -> None:
        self.kept.setdefault((status_list.tenant_id, status_list.list_id), status_list)

    async def newest(self, tenant_id: UUID) -> int | None:
        return max((list_id for each, list_id in self.kept if each == tenant_id), default=None)

    async def get(self, tenant_id: UUID, list_id: int) -> StatusList | None:
        return self.kept.get((tenant_id, list_id))

    async def lock(self, tenant_id: UUID, list_id: int) -> StatusList | None:
        return self.kept.get((tenant_id, list_id))

    async def save(self, status_list: StatusList) -> None:
        self.kept[status_list.tenant_id, status_list.list_id] = status_list


class FakeUnitOfWork:
    """All that happened, in memory; `published` is what would have left."""

    def __init__(self) -> None:
        self.brands = FakeBrands()
        self.issuers = FakeIssuers(self.brands)
        self.people = FakePeople()
        self.awards = FakeAwards(self.issuers, self.people)
        self.credentials = FakeCredentials()
        self.status_lists = FakeStatusLists()
        self.signer = FakeSigner()
        self.addresses = ADDRESSES
        self.published: list[Outgoing] = []

    def publish(self, *events: Outgoing) -> None:
        self.published.extend(events)
