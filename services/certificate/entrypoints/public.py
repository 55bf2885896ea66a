"""The HTTP contract for everybody: what verifies a credential, without a token.

Each request reads as the tenant in its path, and nothing else.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import HTMLResponse, JSONResponse

from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.application.publish_status_list import publish_status_list
from services.certificate.application.verify_credential import Verification, verify_credential
from services.certificate.domain.credential import Credential
from services.certificate.domain.did import PublicKey, did_document
from services.certificate.entrypoints.api import Cache, Units
from services.certificate.entrypoints.bodies import VerificationView
from services.certificate.entrypoints.page import CONTENT_SECURITY_POLICY, page
from shared.auth.dependencies import FOR_EVERYBODY
from shared.clock import utc_now
from shared.http.problems import not_found

router = APIRouter(prefix="/tenants/{tenant_id}", tags=["public"], dependencies=[FOR_EVERYBODY])

CREDENTIAL_TYPE = "application/vc+ld+json"
DID_TYPE = "application/did+json"
DAY_SECONDS = 24 * 3600
#: A logo may be an SVG, which a browser that is led to it opens as a document: it draws, runs and loads nothing.
LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}

ListId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/did.json", response_class=JSONResponse)
async def get_did(tenant_id: UUID, opened: Units) -> Response:
    """The tenant's DID document: every key that it ever signed with."""
    async with opened([tenant_id]) as work:
        keys = await work.issuers.keys(tenant_id)
        if not keys:
            raise not_found("issuer")
        public = [PublicKey(key.key_id, key.public_key_multibase) for key in keys]
        document = did_document(work.addresses.did(tenant_id), public)
    return JSONResponse(document, headers=_kept_for(300), media_type=DID_TYPE)


@router.get("/logo", response_class=Response)
async def get_logo(tenant_id: UUID, opened: Units) -> Response:
    """The logo that the tenant has now, as PNG or SVG."""
    async with opened([tenant_id]) as work:
        brand = await work.brands.get(tenant_id)
    if brand is None or brand.logo is None:
        raise not_found("logo")
    headers = _kept_for(300) | {"Content-Security-Policy": LOGO_POLICY}
    return Response(brand.logo.content, headers=headers, media_type=brand.logo.media_type)


@router.get("/credentials/{credential_id}.json", response_class=Response)
async def get_document(tenant_id: UUID, credential_id: UUID, opened: Units) -> Response:
    """The signed credential, whatever the client accepts: the link of its page."""
    async with opened([tenant_id]) as work:
        credential = await _credential(work, credential_id)
    return _document(credential)


@router.get("/credentials/{credential_id}", response_class=Response)
async def get_credential(
    tenant_id: UUID,
    credential_id: UUID,
    opened: Units,
    accept: Annotated[str, Header(max_length=1_000)] = "",
) -> Response:
    """The signed credential, byte for byte as it was issued; a page for whoever reads with a browser."""
    async with opened([tenant_id]) as work:
        credential = await _credential(work, credential_id)
        if not _prefers_page(accept):
            return _document(credential)
        verification = await _verification(work, credential_id)
        brand = await work.brands.get(tenant_id)
    headers = _kept_for(60) | {"Vary": "Accept", "Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return HTMLResponse(page(credential.document, verification, brand), headers=headers)


@router.get("/credentials/{credential_id}/verification")
async def get_verification(
    tenant_id: UUID, credential_id: UUID, opened: Units, response: Response
) -> VerificationView:
    """Whether the credential is what was signed, and still valid."""
    async with opened([tenant_id]) as work:
        verification = await _verification(work, credential_id)
    response.headers.update(ANY_ORIGIN)
    return VerificationView.of(verification)


@router.get("/status/{list_id}", response_class=Response)
async def get_status_list(
    tenant_id: UUID, list_id: ListId, opened: Units, cache: Cache
) -> Response:
    """The signed list of what is revoked (BitstringStatusListCredential)."""
    signed = await cache.get(tenant_id, list_id)
    if signed is None:
        async with opened([tenant_id]) as work:
            signed = await publish_status_list(work, tenant_id, list_id, utc_now())
        if signed is None:
            raise not_found("status list")
        await cache.keep(tenant_id, list_id, signed)
    return Response(signed, headers=_kept_for(30), media_type=CREDENTIAL_TYPE)


async def _credential(work: PostgresUnitOfWork, credential_id: UUID) -> Credential:
    credential = await work.credentials.get(credential_id)
    if credential is None:
        raise not_found("credential")
    return credential


async def _verification(work: PostgresUnitOfWork, credential_id: UUID) -> Verification:
    award = await work.queries.credential(credential_id)
    if award is None:
        raise not_found("credential")
    return await verify_credential(work, award)


def _document(credential: Credential) -> Response:
    headers = _kept_for(DAY_SECONDS) | {"Vary": "Accept"}
    return Response(credential.document, headers=headers, media_type=CREDENTIAL_TYPE)


def _kept_for(seconds: int) -> dict[str, str]:
    """Headers of an answer that anybody, and any cache, may keep."""
    return {**ANY_ORIGIN, "Cache-Control": f"public, max-age={seconds}"}


def _prefers_page(accept: str) -> bool:
    """Whether HTML is asked for before any JSON, as browsers do."""
    types = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    known = [each for each in types if each == "text/html" or each.endswith("json")]
    return known[:1] == ["text/html"]
