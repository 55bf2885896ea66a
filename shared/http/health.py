"""Whether a process lives, and whether it can do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.auth.dependencies import FOR_EVERYBODY

CHECK_SECONDS = 2.0

#: Named checks; one that raises makes the process not ready.
Checks = Mapping[str, Callable[[], Awaitable[None]]]


def health_router(checks: Checks) -> APIRouter:
    """`/health/live`, `/health/ready` and `/metrics`."""
    router = APIRouter(include_in_schema=False, dependencies=[FOR_EVERYBODY])

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/health/ready")
    async def ready(response: Response) -> dict[str, str]:
        results = await outcomes(checks)
        if any(result != "ok" for result in results.values()):
            response.status_code = 503
        return results

    @router.get("/metrics")
    async def measures() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def outcomes(checks: Checks) -> dict[str, str]:
    """What each check says: ok, or the kind of error that it met."""
    said = await asyncio.gather(*map(_outcome, checks.values()))
    return dict(zip(checks, said, strict=True))


async def _outcome(check: Callable[[], Awaitable[None]]) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001  # a check may fail in any way; its kind is the answer
        return type(error).__name__
    return "ok"
