"""Addresses for the endpoint of a webhook: where it is, its proof, its secrets, a test."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.feed.adapters.secret_vault import SecretVault
from services.feed.application.manage_endpoint import (
    request_test,
    rotate_secret,
    set_endpoint,
    verify_endpoint,
)
from services.feed.domain.webhook_errors import EndpointRefusedError
from services.feed.entrypoints.dependencies import Subscriber, Units
from services.feed.entrypoints.endpoint_bodies import (
    CodeBody,
    EndpointBody,
    EndpointView,
    RotationBody,
    SecretView,
    TestView,
)
from services.feed.entrypoints.webhook_dependencies import WebhookQueries, webhook_of
from shared.auth.dependencies import TenantAdmin
from shared.clock import utc_now
from shared.http.problems import Problem, not_found
from shared.outbound.errors import AddressRefusedError, NoAnswerError
from shared.outbound.guard import Guard

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}/endpoint", tags=["webhooks"])


@router.put("")
async def put_endpoint(
    subscription_id: UUID,
    body: EndpointBody,
    caller: TenantAdmin,
    opened: Units,
    request: Request,
    response: Response,
) -> EndpointView:
    """Have events sent to an address. It gets a code at once; post that code, or have the endpoint answer it.

    The first time you are shown the secret that messages are signed with. The same address again has
    a new code sent.
    """
    await _check(request, body.url)
    vault: SecretVault = request.app.state.vault
    async with opened([caller.tenant_id]) as work:
        done = await set_endpoint(work, vault, subscription_id, body.url, utc_now())
    if done is None:
        raise not_found("subscription")
    response.headers["Cache-Control"] = "no-store"
    return EndpointView.set(done)


@router.get("")
async def get_endpoint(
    subscription_id: UUID, caller: Subscriber, read: WebhookQueries
) -> EndpointView:
    """Where events go, and how it is doing."""
    async with read([caller.tenant_id]) as queries:
        subscription, endpoint = await webhook_of(queries, caller, subscription_id)
        secrets = await queries.secrets(subscription, utc_now())
        return EndpointView.shown(subscription, endpoint, [SecretView.shown(e) for e in secrets])


@router.post("/verification")
async def post_verification(
    subscription_id: UUID, body: CodeBody, caller: TenantAdmin, opened: Units
) -> EndpointView:
    """Say the code that the endpoint was sent: deliveries begin."""
    async with opened([caller.tenant_id]) as work:
        done = await verify_endpoint(work, subscription_id, body.code, utc_now())
    if done is None:
        raise not_found("endpoint")
    return EndpointView.set(done)


@router.post("/secrets", status_code=201)
async def post_secret(
    subscription_id: UUID,
    body: RotationBody,
    caller: TenantAdmin,
    opened: Units,
    request: Request,
    response: Response,
) -> SecretView:
    """Have a new secret made, which is shown this once. Until the overlap is over the old ones sign too."""
    vault: SecretVault = request.app.state.vault
    overlap = timedelta(hours=body.overlap_hours)
    async with opened([caller.tenant_id]) as work:
        done = await rotate_secret(work, vault, subscription_id, overlap, utc_now())
    if done is None:
        raise not_found("subscription")
    response.headers["Cache-Control"] = "no-store"
    return SecretView.shown(*done)


@router.post("/test", status_code=202)
async def post_test(subscription_id: UUID, caller: TenantAdmin, opened: Units) -> TestView:
    """Have a test event sent. One that waits already is replaced."""
    async with opened([caller.tenant_id]) as work:
        errand = await request_test(work, subscription_id, utc_now())
    if errand is None:
        raise not_found("subscription")
    return TestView(event_id=errand.errand_id)


async def _check(request: Request, url: str) -> None:
    """Say at once what would be refused each time. Looking up is all that is done here."""
    guard: Guard = request.app.state.guard
    try:
        await guard.check(url)
    except AddressRefusedError as error:
        raise EndpointRefusedError(str(error)) from error
    except NoAnswerError as error:
        raise Problem(503, "outside_dns_unreachable", str(error)) from error
