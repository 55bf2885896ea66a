"""Whether a process lives, and whether it can do its work."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.auth.dependencies import FOR_EVERYBODY

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
        results = {name: await _outcome(check) for name, check in checks.items()}
        if any(result != "ok" for result in results.values()):
            response.status_code = 503
        return results

    @router.get("/metrics")
    async def measures() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _outcome(check: Callable[[], Awaitable[None]]) -> str:
    try:
        await check()
    except Exception as error:  # noqa: BLE001  # a check may fail in any way; its kind is the answer
        return type(error).__name__
    return "ok"
