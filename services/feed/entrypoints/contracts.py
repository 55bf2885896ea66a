"""The addresses of the public contracts: for everybody, without a token, and kept by any cache."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from services.feed.adapters.publication import Document, Publication
from services.feed.entrypoints.contract_pages import ContractPages, Language
from shared.auth.dependencies import FOR_EVERYBODY
from shared.http.languages import preferred
from shared.http.problems import Problem

router = APIRouter(prefix="/contracts", tags=["contracts"], dependencies=[FOR_EVERYBODY])

DAY_SECONDS = 24 * 3600
HOUR_SECONDS = 3600
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def publication(request: Request) -> Publication:
    """The documents of this process."""
    found: Publication = request.app.state.publication
    return found


def pages(request: Request) -> ContractPages:
    """The pages of this process."""
    found: ContractPages = request.app.state.contract_pages
    return found


Documents = Annotated[Publication, Depends(publication)]
Pages = Annotated[ContractPages, Depends(pages)]
Tags = Annotated[str, Header(alias="If-None-Match", max_length=1_000)]
Accepted = Annotated[str, Header(alias="Accept-Language", max_length=1_000)]
Chosen = Annotated[Language | None, Query(alias="lang", description="German or English")]


@router.get("", response_class=Response)
async def get_contracts(
    made: Pages, lang: Chosen = None, accept_language: Accepted = "", if_none_match: Tags = ""
) -> Response:
    """Every public event for people to read, in German or English."""
    page = made.overview(lang or preferred(accept_language, tuple(Language)))
    return _page(page, if_none_match)


@router.get("/changelog", response_class=Response)
async def get_changelog(
    made: Pages, lang: Chosen = None, accept_language: Accepted = "", if_none_match: Tags = ""
) -> Response:
    """What changed in the public contracts, and what will end when."""
    page = made.changelog(lang or preferred(accept_language, tuple(Language)))
    return _page(page, if_none_match)


@router.get("/changelog.json", response_class=Response)
async def get_changelog_document(documents: Documents, if_none_match: Tags = "") -> Response:
    """The same for programs."""
    return _document(documents.get("changelog.json"), if_none_match)


@router.get("/asyncapi.json", response_class=Response)
async def get_asyncapi(documents: Documents, if_none_match: Tags = "") -> Response:
    """What is pushed, as AsyncAPI 3.0: Kafka topic, webhook and event stream."""
    return _document(documents.get("asyncapi.json"), if_none_match)


@router.get("/openapi.json", response_class=Response)
async def get_openapi(documents: Documents, if_none_match: Tags = "") -> Response:
    """The addresses of the feed, as OpenAPI 3.1."""
    return _document(documents.get("openapi.json"), if_none_match)


@router.get("/schemas/{event_type}.json", response_class=Response)
async def get_schema(
    event_type: Annotated[str, Path(max_length=100)], documents: Documents, if_none_match: Tags = ""
) -> Response:
    """The JSON Schema of a type's data, or of the envelope with `cloudevent`. The address stays."""
    return _document(documents.get(f"schemas/{event_type}.json"), if_none_match)


def _document(document: Document | None, tags: str) -> Response:
    if document is None:
        raise Problem(
            404, "not_found", "There is no such document. /contracts lists those there are."
        )
    return _kept(document, tags, {"Cache-Control": f"public, max-age={DAY_SECONDS}"})


def _page(page: Document, tags: str) -> Response:
    headers = {
        "Cache-Control": f"public, max-age={HOUR_SECONDS}",
        "Vary": "Accept-Language",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    }
    return _kept(page, tags, headers)


def _kept(document: Document, tags: str, headers: dict[str, str]) -> Response:
    """The document, or word that the copy of whoever asks is still right."""
    headers |= {"ETag": document.etag, "Access-Control-Allow-Origin": "*", **document.notice}
    known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    if known & {document.etag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(document.content, headers=headers, media_type=document.media_type)
