"""What another identity provider says of itself, as Keycloak wants it: by OIDC discovery, or SAML metadata.

It is read here and not by Keycloak, which would fetch whatever address it is given.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from services.member.adapters.guarded_fetch import GuardedFetch
from services.member.application.outside import Login
from services.member.domain.identity_link import LoginProtocol
from services.member.domain.onboarding_errors import MetadataRefusedError

_ENDPOINTS = {
    "authorizationUrl": "authorization_endpoint",
    "tokenUrl": "token_endpoint",
    "jwksUrl": "jwks_uri",
}
_OPTIONAL_ENDPOINTS = {"userInfoUrl": "userinfo_endpoint", "logoutUrl": "end_session_endpoint"}
_METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
MAX_TEXT = 2_000


class MetadataReader:
    """Reads descriptions of identity providers, and checks every address in them."""

    def __init__(self, fetch: GuardedFetch) -> None:
        self._fetch = fetch

    async def oidc(self, discovery_url: str, client_id: str, client_secret: str) -> Login:
        """By its discovery document. Raises AddressRefusedError, MetadataRefusedError, OutsideError."""
        try:
            document = orjson.loads(await self._fetch.read(discovery_url))
        except ValueError as error:
            raise MetadataRefusedError("it is not a discovery document in JSON") from error
        if not isinstance(document, dict):
            raise MetadataRefusedError("it is not a discovery document in JSON")
        issuer = _text(document, "issuer")
        if discovery_url != f"{issuer.rstrip('/')}/.well-known/openid-configuration":
            raise MetadataRefusedError(
                "its issuer is not the one whose discovery address was given"
            )
        addresses = {ours: _text(document, theirs) for ours, theirs in _ENDPOINTS.items()}
        addresses |= {
            ours: _text(document, theirs)
            for ours, theirs in _OPTIONAL_ENDPOINTS.items()
            if theirs in document
        }
        for address in addresses.values():
            await self._fetch.check(address)
        config = {
            **addresses,
            "issuer": issuer,
            "clientId": client_id,
            "clientSecret": client_secret,
            "clientAuthMethod": "client_secret_post",
            "validateSignature": "true",
            "useJwksUrl": "true",
            "pkceEnabled": "true",
            "pkceMethod": "S256",
            "defaultScope": "openid email profile",
        }
        return Login(LoginProtocol.OIDC, issuer, config)

    async def saml_at(self, metadata_url: str) -> Login:
        """By the address of its metadata. Raises AddressRefusedError, MetadataRefusedError, OutsideError."""
        return await self.saml(await self._fetch.read(metadata_url))

    async def saml(self, metadata: bytes) -> Login:
        """By its metadata. Raises AddressRefusedError, MetadataRefusedError."""
        config = saml_config(metadata)
        await self._fetch.check(config["singleSignOnServiceUrl"])
        return Login(LoginProtocol.SAML, config["idpEntityId"], config)


def saml_config(metadata: bytes) -> dict[str, str]:
    """Keycloak's words for what metadata says. Raises MetadataRefusedError."""
    try:
        root = fromstring(metadata)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise MetadataRefusedError("it is not SAML metadata in XML") from error
    entity = (
        root
        if root.tag == f"{_METADATA}EntityDescriptor"
        else root.find(f"{_METADATA}EntityDescriptor")
    )
    provider = None if entity is None else entity.find(f"{_METADATA}IDPSSODescriptor")
    if entity is None or provider is None:
        raise MetadataRefusedError("it does not describe an identity provider")
    services = {
        each.get("Binding"): each.get("Location", "")
        for each in provider.iterfind(f"{_METADATA}SingleSignOnService")
    }
    binding = next((each for each in (_POST, _REDIRECT) if services.get(each)), None)
    certificates = [
        "".join((each.text or "").split())
        for key in provider.iterfind(f"{_METADATA}KeyDescriptor")
        if key.get("use", "signing") == "signing"
        for each in key.iter(f"{_SIGNATURE}X509Certificate")
    ]
    entity_id = entity.get("entityID", "")
    if not (binding and certificates and entity_id) or len(entity_id) > MAX_TEXT:
        raise MetadataRefusedError("it names no entityID, no place to sign in, or no certificate")
    by_post = str(binding == _POST).lower()
    return {
        "idpEntityId": entity_id,
        "singleSignOnServiceUrl": services[binding],
        "signingCertificate": ",".join(certificates),
        "validateSignature": "true",
        "wantAssertionsSigned": "true",
        "postBindingAuthnRequest": by_post,
        "postBindingResponse": "true",
        "nameIDPolicyFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    }


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise MetadataRefusedError(f"it has no {name}")
    return value
