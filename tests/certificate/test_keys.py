from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from services.certificate.adapters.keys import (
    KeyVault,
    public_key_from_multibase,
    public_multibase,
)
from services.certificate.domain.errors import CertificateError
from tests.certificate.samples import MASTER_KEY, OTHER_TENANT, TENANT

OTHER_MASTER_KEY = base64.urlsafe_b64encode(bytes(32)).decode()


def refused_code(vault: KeyVault, **change: object) -> str:
    sealed = KeyVault(MASTER_KEY).generate(TENANT, "key-1")
    with pytest.raises(CertificateError) as refused:
        vault.open(replace(sealed, **change))  # type: ignore[arg-type]
    return refused.value.code


def test_every_key_is_its_own() -> None:
    vault = KeyVault(MASTER_KEY)
    sealed = [vault.generate(tenant, "key-1") for tenant in (TENANT, OTHER_TENANT, TENANT)]
    assert len({key.public_key_multibase for key in sealed}) == 3
    opened = [vault.open(key) for key in sealed]
    assert len({key.private_key.private_bytes_raw() for key in opened}) == 3


def test_a_sealed_key_opens_to_the_key_it_was() -> None:
    vault = KeyVault(MASTER_KEY)
    sealed = vault.generate(TENANT, "key-1")
    opened = KeyVault(MASTER_KEY.rstrip("=")).open(sealed)
    assert public_multibase(opened.private_key.public_key()) == sealed.public_key_multibase
    assert opened.private_key.private_bytes_raw() not in sealed.sealed
    assert "sealed=" not in repr(sealed)
    assert "private_key" not in repr(opened)


def test_a_wrong_master_key_is_named() -> None:
    sealed = KeyVault(MASTER_KEY).generate(TENANT, "key-1")
    with pytest.raises(CertificateError, match="master key") as refused:
        KeyVault(OTHER_MASTER_KEY).open(sealed)
    assert refused.value.code == "key_not_opened"


def test_a_key_moved_to_another_row_does_not_open() -> None:
    vault = KeyVault(MASTER_KEY)
    assert refused_code(vault, tenant_id=OTHER_TENANT) == "key_not_opened"
    assert refused_code(vault, key_id="key-2") == "key_not_opened"


def test_changed_bytes_do_not_open() -> None:
    vault = KeyVault(MASTER_KEY)
    sealed = vault.generate(TENANT, "key-1").sealed
    assert refused_code(vault, sealed=sealed[:-1] + bytes([sealed[-1] ^ 1])) == "key_not_opened"
    assert refused_code(vault, sealed=b"") == "key_not_opened"


def test_a_public_half_of_another_key_is_noticed() -> None:
    vault = KeyVault(MASTER_KEY)
    other = vault.generate(TENANT, "key-2").public_key_multibase
    assert refused_code(vault, public_key_multibase=other) == "key_mismatch"


@pytest.mark.parametrize("master_key", ["", "short", "ä" * 43, MASTER_KEY + "AAAA", "*" * 44])
def test_a_master_key_must_be_32_bytes(master_key: str) -> None:
    with pytest.raises(CertificateError) as refused:
        KeyVault(master_key)
    assert refused.value.code == "master_key_invalid"


@pytest.mark.parametrize("value", ["", "x", "z0", "z6Mk", "zQ3s", "u7QE"])
def test_what_is_no_multikey_is_refused(value: str) -> None:
    with pytest.raises(CertificateError) as refused:
        public_key_from_multibase(value)
    assert refused.value.code == "public_key_invalid"
