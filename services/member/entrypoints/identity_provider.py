"""Addresses for a tenant's own identity provider."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Request
from pydantic import Field, SecretStr, StringConstraints, model_validator

from services.member.adapters.login_metadata import MetadataReader
from services.member.application.link_identity_provider import (
    check_domains,
    link_identity_provider,
    unlink_identity_provider,
)
from services.member.application.outside import ConnectLinker, IdentityLinker, Login
from services.member.domain.identity_link import IdentityLink, LoginProtocol
from services.member.entrypoints.dependencies import Units, outages_told
from services.member.entrypoints.domains import DomainText
from shared.auth.dependencies import OwnAdmin
from shared.clock import utc_now
from shared.http.fields import Body, ChosenId, View
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/tenant", tags=["member"])

Address = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Domains = Annotated[
    tuple[DomainText, ...],
    Field(min_length=1, max_length=20, description="Domains that you have proved"),
]


class OidcBody(Body):
    """Your identity provider by OpenID Connect."""

    protocol: Literal[LoginProtocol.OIDC]
    discovery_url: Address
    client_id: ChosenId
    client_secret: Annotated[SecretStr, Field(min_length=1, max_length=1_000)]
    domains: Domains


class SamlBody(Body):
    """Your identity provider by SAML 2.0: the address of its metadata, or the metadata itself."""

    protocol: Literal[LoginProtocol.SAML]
    metadata_url: Address | None = None
    metadata_xml: Annotated[str, StringConstraints(min_length=1, max_length=256_000)] | None = None
    domains: Domains

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.metadata_url is None) == (self.metadata_xml is None):
            raise ValueError("give either metadata_url or metadata_xml")
        return self


LinkBody = Annotated[OidcBody | SamlBody, Field(discriminator="protocol")]


class LinkView(View):
    """Your own identity provider. Tell it `return_address` as the place to send people back to."""

    protocol: LoginProtocol
    issuer: str
    domains: tuple[str, ...]
    linked_at: datetime
    return_address: str

    @classmethod
    def tell(cls, link: IdentityLink, linker: IdentityLinker) -> Self:
        """The view of a link."""
        return cls(
            protocol=link.protocol,
            issuer=link.issuer,
            domains=link.domains,
            linked_at=link.linked_at,
            return_address=linker.return_address(link.tenant_id),
        )


@router.get("/identity-provider")
async def get_identity_provider(caller: OwnAdmin, opened: Units, request: Request) -> LinkView:
    """The identity provider that you have linked."""
    async with opened([caller.tenant_id]) as work:
        link = await work.links.get(caller.tenant_id)
    if link is None:
        raise not_found("identity provider")
    async with _connect(request)() as linker:
        return LinkView.tell(link, linker)


@router.put("/identity-provider")
async def put_identity_provider(
    body: LinkBody, caller: OwnAdmin, opened: Units, request: Request
) -> LinkView:
    """Let your people sign in at your own identity provider. Repeating it replaces what was linked."""
    tenant_id, names = caller.tenant_id, tuple(dict.fromkeys(body.domains))
    async with opened([tenant_id]) as work:
        await check_domains(work, tenant_id, names)
    reader: MetadataReader = request.app.state.metadata_reader
    with outages_told():
        login = await _read(reader, body)
        async with _connect(request)() as linker:
            link = await link_identity_provider(opened, linker, tenant_id, login, names, utc_now())
            return LinkView.tell(link, linker)


@router.delete("/identity-provider", status_code=204)
async def delete_identity_provider(caller: OwnAdmin, opened: Units, request: Request) -> None:
    """Let nobody sign in there any more; who only could, cannot until you invite them. May be repeated."""
    with outages_told():
        async with _connect(request)() as linker:
            await unlink_identity_provider(opened, linker, caller.tenant_id)


async def _read(reader: MetadataReader, body: OidcBody | SamlBody) -> Login:
    if isinstance(body, OidcBody):
        secret = body.client_secret.get_secret_value()
        return await reader.oidc(body.discovery_url, body.client_id, secret)
    if body.metadata_url:
        return await reader.saml_at(body.metadata_url)
    return await reader.saml((body.metadata_xml or "").encode())


def _connect(request: Request) -> ConnectLinker:
    connect: ConnectLinker = request.app.state.connect_linker
    return connect
