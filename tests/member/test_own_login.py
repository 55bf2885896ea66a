"""A tenant proves its domain, links its own identity provider, and gets its Kafka credentials."""

import json
from base64 import b64encode
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.adapters.guarded_fetch import MAX_BYTES, GuardedFetch
from services.member.adapters.login_metadata import saml_config
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.hand_out_kafka_credentials import hand_out_kafka_credentials
from services.member.application.outside import OutsideError
from services.member.domain.errors import TenantNotActiveError
from services.member.domain.identity_link import LoginProtocol
from services.member.domain.onboarding import Direction, Process
from services.member.domain.onboarding_errors import (
    AddressRefusedError,
    MalformedDomainError,
    MetadataRefusedError,
)
from services.member.domain.tenant import Status
from services.member.domain.web_domain import domain_name
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.outbound.client import Outbound
from shared.outbound.guard import Guard
from shared.outbound.names import resolving
from tests.member.builders import active_tenant
from tests.member.fakes import FakeUnitOfWork
from tests.member.http import bearer
from tests.member.outside import FakeBroker, FakeLinker, onboard
from tests.member.servers import Site, Zone

needs_database = pytest.mark.usefixtures("engine_for")

CERTIFICATE = b64encode(b"a certificate").decode()


def saml(binding: str = "HTTP-POST", *, place: str = "https://login.example.org/sso") -> bytes:
    return f"""<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://login.example.org">
    <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
      <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">
        <X509Data><X509Certificate>{CERTIFICATE}
        </X509Certificate></X509Data></KeyInfo></KeyDescriptor>
      <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:{binding}" Location="{place}"/>
    </IDPSSODescriptor></EntityDescriptor>""".encode()


def tenant_of(headers: dict[str, str]) -> UUID:
    return UUID(headers["Authorization"].rpartition("|")[2])


def fresh_domain() -> str:
    return f"stadt-{uuid4().hex[:10]}.de"


async def prove(client: httpx.AsyncClient, admin: dict[str, str], zone: Zone, name: str) -> None:
    claimed = (await client.post("/v1/tenant/domains", json={"domain": name}, headers=admin)).json()
    zone.texts[claimed["record_name"]] = ["v=spf1 -all", claimed["record_value"]]
    proved = await client.post(f"/v1/tenant/domains/{name}/verification", headers=admin)
    assert proved.status_code == 200, proved.text
    assert proved.json()["verified_at"]


def publish_discovery(site: Site, **changes: str) -> str:
    """An identity provider's discovery document, at an address of its own. Returns the issuer."""
    path = f"/{uuid4().hex}"
    issuer = site.address + path
    document = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        **changes,
    }
    site.documents[f"{path}/.well-known/openid-configuration"] = json.dumps(document).encode()
    return issuer


def oidc(issuer: str, *domains: str, **changes: Any) -> dict[str, Any]:
    usual = {
        "protocol": "oidc",
        "discovery_url": f"{issuer}/.well-known/openid-configuration",
        "client_id": "lernverbund",
        "client_secret": "a-secret",
        "domains": domains,
    }
    return {**usual, **changes}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" Stadt-Ludwigshafen.DE. ", "stadt-ludwigshafen.de"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("bildung.kreis-bergstrasse.de", "bildung.kreis-bergstrasse.de"),
    ],
)
def test_domains_are_written_as_the_dns_does(text: str, name: str) -> None:
    assert domain_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        *("", "de", "localhost", "a..de", "-a.de", "a-.de", "a_b.de", "a.local", "127.0.0.1"),
        *("a@b.de", "https://a.de", "a.de/x", "a b.de", "x.invalid", f"{'a' * 64}.de", "*.de"),
        ".".join(["a" * 60] * 5),
    ],
)
def test_other_texts_are_no_domains(text: str) -> None:
    with pytest.raises(MalformedDomainError):
        domain_name(text)


@given(st.text(max_size=80))
def test_a_name_is_what_it_is_called(text: str) -> None:
    try:
        name = domain_name(text)
    except MalformedDomainError:
        return
    assert domain_name(name) == name
    assert name.isascii() and name == name.lower()


@needs_database
async def test_a_domain_is_proved_by_what_the_dns_says(
    client: httpx.AsyncClient, admin: dict[str, str], zone: Zone
) -> None:
    name = fresh_domain()
    address = f"/v1/tenant/domains/{name}/verification"
    assert (await client.post(address, headers=admin)).status_code == 404
    claims = [
        await client.post("/v1/tenant/domains", json={"domain": each}, headers=admin)
        for each in (name, name.upper())
    ]
    assert claims[0].json() == claims[1].json()
    record = claims[0].json()["record_name"]
    assert record == f"_lernverbund.{name}"
    for published in (None, [], ["lernverbund-domain=of-somebody-else"]):
        if published is not None:
            zone.texts[record] = published
        answer = await client.post(address, headers=admin)
        assert (answer.status_code, answer.json()["code"]) == (409, "domain_unproved")
        assert record in answer.json()["detail"]
    zone.failing.add(record)
    away = await client.post(address, headers=admin)
    assert (away.status_code, away.json()["code"]) == (503, "outside_dns_unreachable")
    zone.failing.discard(record)
    await prove(client, admin, zone, name)
    zone.texts[record] = []
    assert (await client.post(address, headers=admin)).status_code == 200
    listed = (await client.get("/v1/tenant/domains", headers=admin)).json()
    assert [(each["domain"], bool(each["verified_at"])) for each in listed] == [(name, True)]


@needs_database
async def test_a_domain_has_one_owner(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    other_admin: dict[str, str],
    zone: Zone,
    postgres_units: UnitsOfWork[PostgresUnitOfWork],
) -> None:
    name = fresh_domain()
    await prove(client, admin, zone, name)
    claimed = await client.post("/v1/tenant/domains", json={"domain": name}, headers=other_admin)
    zone.texts[claimed.json()["record_name"]] = [claimed.json()["record_value"]]
    answer = await client.post(f"/v1/tenant/domains/{name}/verification", headers=other_admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "domain_taken")
    # Its owner leaves, and it is free.
    owner = tenant_of(admin)
    async with postgres_units([owner]) as work:
        await work.processes.begin(Process.closing(owner, utc_now()))
    await onboard(postgres_units, owner, direction=Direction.CLOSING)
    answer = await client.post(f"/v1/tenant/domains/{name}/verification", headers=other_admin)
    assert answer.status_code == 200, answer.text


@needs_database
async def test_no_more_domains_than_a_tenant_can_have(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    answers = [
        await client.post("/v1/tenant/domains", json={"domain": fresh_domain()}, headers=admin)
        for _ in range(21)
    ]
    assert [each.status_code for each in answers] == [201] * 20 + [409]
    assert answers[-1].json()["code"] == "too_many_domains"
    wrong = await client.post("/v1/tenant/domains", json={"domain": "de"}, headers=admin)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_request")


@needs_database
async def test_an_identity_provider_is_linked_for_proved_domains_only(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    zone: Zone,
    site: Site,
    linker: FakeLinker,
) -> None:
    name, address = fresh_domain(), "/v1/tenant/identity-provider"
    issuer = publish_discovery(site)
    early = await client.put(address, json=oidc(issuer, name), headers=admin)
    assert (early.status_code, early.json()["code"]) == (409, "domain_not_proved")
    await prove(client, admin, zone, name)
    for _ in range(2):
        linked = await client.put(address, json=oidc(issuer, name.upper()), headers=admin)
        assert linked.status_code == 200, linked.text
    tenant_id = tenant_of(admin)
    login, domains = linker.linked[tenant_id]
    assert (login.protocol, login.issuer, domains) == (LoginProtocol.OIDC, issuer, (name,))
    assert login.config["jwksUrl"] == f"{issuer}/keys"
    got = (await client.get(address, headers=admin)).json()
    assert got == linked.json()
    assert got["return_address"].endswith(f"/tenant-{tenant_id}/endpoint")
    assert "a-secret" not in linked.text
    other = {"protocol": "saml", "domains": [name]}
    # Its certificate comes with the metadata, so only where to sign in has to be reachable.
    metadata = saml("HTTP-Redirect", place=f"{site.address}/sso").decode()
    replaced = await client.put(address, json={**other, "metadata_xml": metadata}, headers=admin)
    assert replaced.status_code == 200, replaced.text
    site.documents["/metadata"] = metadata.encode()
    body = {**other, "metadata_url": f"{site.address}/metadata"}
    assert (await client.put(address, json=body, headers=admin)).status_code == 200
    assert linker.linked[tenant_id][0].config["postBindingAuthnRequest"] == "false"
    for _ in range(2):
        assert (await client.delete(address, headers=admin)).status_code == 204
    assert tenant_id not in linker.linked
    assert (await client.get(address, headers=admin)).status_code == 404
    hr = bearer("", "hr", str(tenant_id))
    assert (await client.put(address, json=oidc(issuer, name), headers=hr)).status_code == 403


@needs_database
async def test_a_description_that_is_none_is_refused(
    client: httpx.AsyncClient, admin: dict[str, str], zone: Zone, site: Site, linker: FakeLinker
) -> None:
    name, address = fresh_domain(), "/v1/tenant/identity-provider"
    await prove(client, admin, zone, name)
    issuer = publish_discovery(site)
    zone.addresses["inside.example.org"] = ["10.0.0.7"]
    site.documents["/list/.well-known/openid-configuration"] = b"[]"
    site.documents["/text/.well-known/openid-configuration"] = b"<html>"
    site.redirects["/moved/.well-known/openid-configuration"] = f"{issuer}/.well-known/x"
    cases = [
        (oidc(f"{site.address}/list", name), 422, "metadata_refused"),
        (oidc(f"{site.address}/text", name), 422, "metadata_refused"),
        (
            oidc(publish_discovery(site, issuer="https://other.example.org"), name),
            422,
            "metadata_refused",
        ),
        (oidc(publish_discovery(site, jwks_uri=""), name), 422, "metadata_refused"),
        (
            oidc(publish_discovery(site, token_endpoint="https://inside.example.org/t"), name),
            422,
            "address_refused",
        ),
        (oidc("https://inside.example.org", name), 422, "address_refused"),
        (oidc("https://nowhere.example.org", name), 422, "address_refused"),
        (oidc(f"{site.address}/moved", name), 503, "outside_no_answer"),
        (oidc(f"{site.address}/missing", name), 503, "outside_no_answer"),
        (oidc("http://127.0.0.1:1", name), 503, "outside_no_answer"),
        (oidc(issuer), 422, "invalid_request"),
        (oidc(issuer, name, protocol="ldap"), 422, "invalid_request"),
        ({"protocol": "saml", "domains": [name]}, 422, "invalid_request"),
        ({"protocol": "saml", "domains": [name], "metadata_xml": "<a"}, 422, "metadata_refused"),
    ]
    for body, status, code in cases:
        answer = await client.put(address, json=body, headers=admin)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert tenant_of(admin) not in linker.linked


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"<html/>",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + saml(),
        saml().replace(b"IDPSSODescriptor", b"SPSSODescriptor"),
        saml().replace(b"X509Certificate", b"Other"),
        saml().replace(b"HTTP-POST", b"SOAP"),
        saml().replace(b' entityID="https://login.example.org"', b""),
    ],
)
def test_metadata_that_cannot_be_used(metadata: bytes) -> None:
    with pytest.raises(MetadataRefusedError):
        saml_config(metadata)


def test_metadata_says_how_to_sign_in() -> None:
    config = saml_config(saml())
    assert config["singleSignOnServiceUrl"] == "https://login.example.org/sso"
    assert config["signingCertificate"] == CERTIFICATE
    assert config["postBindingAuthnRequest"] == "true"


async def test_no_more_is_read_than_metadata_needs(site: Site) -> None:
    site.documents["/large"] = b"x" * (MAX_BYTES + 1)
    fetch = GuardedFetch(Outbound(Guard(resolving(), allow_loopback=True)))
    with pytest.raises(OutsideError) as error:
        await fetch.read(f"{site.address}/large")
    assert error.value.code == "too_large"


async def test_metadata_is_not_read_from_the_inside() -> None:
    fetch = GuardedFetch(Outbound(Guard(resolving())))
    for read in (fetch.read, fetch.check):
        with pytest.raises(AddressRefusedError):
            await read("https://10.0.0.1/metadata")


@needs_database
async def test_kafka_credentials_are_new_each_time(
    client: httpx.AsyncClient, admin: dict[str, str], broker: FakeBroker
) -> None:
    tenant_id = tenant_of(admin)
    answers = [await client.post("/v1/kafka-credentials", headers=admin) for _ in range(2)]
    first, second = (each.json() for each in answers)
    assert [each.status_code for each in answers] == [201, 201]
    assert first["password"] != second["password"] == broker.passwords[tenant_id]
    assert second["username"] == second["topic"] == f"tenant-{tenant_id}"
    assert second["group_prefix"] == f"tenant-{tenant_id}-"
    assert answers[0].headers["cache-control"] == "no-store"
    broker.fails_before.append("password")
    away = await client.post("/v1/kafka-credentials", headers=admin)
    assert (away.status_code, away.json()["code"]) == (503, "outside_unreachable")
    hr = bearer("", "hr", str(tenant_id))
    assert (await client.post("/v1/kafka-credentials", headers=hr)).status_code == 403


async def test_who_leaves_while_it_asks_for_a_password_has_none() -> None:
    work, broker = FakeUnitOfWork(), FakeBroker()
    tenant = active_tenant()
    await work.tenants.save(tenant)
    given = broker.set_password

    async def leave(tenant_id: UUID, password: str) -> None:
        await given(tenant_id, password)
        work.tenants.kept[tenant_id].status = Status.LEFT

    broker.set_password = leave  # type: ignore[method-assign]
    with pytest.raises(TenantNotActiveError):
        await hand_out_kafka_credentials(work.opened, broker, tenant.tenant_id, "x")
    assert broker.passwords == {}
