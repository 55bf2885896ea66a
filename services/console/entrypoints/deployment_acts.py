"""What operators have done to deployments: forms, and what stands against them."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from services.console.application.change_deployments import BY_HAND, ChangeDeployments
from services.console.application.deployments import ROLES, DeploymentsError, StaleBookError
from services.console.domain.rollout import RolloutError
from services.console.domain.sentence import Sentence
from services.console.entrypoints.dependencies import Acting, Confirming
from services.console.entrypoints.deployments import deployments_of, known_service, service_page
from shared.clock import utc_now

MAX_REASON: Final = 500

router = APIRouter()


@router.post("/deployments/{service}/rollouts")
async def begin_rollout(service: str, request: Request, operator: Acting) -> Response:
    """Ask for a rollout."""
    form = await request.form()
    release = str(form.get("release", "")).strip()
    acts, reason = _acts(request), _reason(form)
    return await _done(
        request, service, reason, lambda: acts.begin(service, release, reason, operator)
    )


@router.post("/deployments/{service}/rollouts/{rollout_id}/confirmation")
async def confirm_rollout(
    service: str, rollout_id: str, request: Request, operator: Confirming
) -> Response:
    """As a second person."""
    acts = _acts(request)
    return await _done(request, service, None, lambda: acts.confirm(service, rollout_id, operator))


@router.post("/deployments/{service}/rollouts/{rollout_id}/acts")
async def act_on_rollout(
    service: str, rollout_id: str, request: Request, operator: Acting
) -> Response:
    """Pause it, let it go on, accept it as it is, or roll it back."""
    form = await request.form()
    act = str(form.get("act", ""))
    if act not in BY_HAND:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    acts, reason = _acts(request), _reason(form)
    return await _done(
        request, service, reason, lambda: acts.by_hand(act, service, rollout_id, reason, operator)
    )


@router.post("/deployments/{service}/roles/{role}")
async def act_on_role(service: str, role: str, request: Request, operator: Acting) -> Response:
    """Start its processes anew, or have it run so many."""
    if role not in ROLES:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    form = await request.form()
    acts, reason = _acts(request), _reason(form)
    wanted = str(form.get("replicas", ""))
    if form.get("act") == "restart":
        return await _done(
            request, service, reason, lambda: acts.restart(service, role, reason, operator)
        )
    replicas = int(wanted) if wanted.isdecimal() and len(wanted) < 4 else 0
    return await _done(
        request, service, reason, lambda: acts.scale(service, role, replicas, reason, operator)
    )


async def _done(
    request: Request, service: str, reason: str | None, act: Callable[[], Awaitable[None]]
) -> Response:
    """Act, and lead back to the page; or draw it again with what stands against it."""
    known_service(request.app, service)
    try:
        _require_reason(reason)
        await act()
    except (RolloutError, DeploymentsError) as error:
        return await service_page(request, service, error.says)
    except StaleBookError:
        says = Sentence("Somebody else was faster. Nothing was done: look again, then decide.")
        return await service_page(request, service, says)
    return RedirectResponse(f"/deployments/{service}", HTTPStatus.SEE_OTHER)


def _require_reason(reason: str | None) -> None:
    """Of None no reason is asked."""
    if reason == "":
        raise RolloutError(
            Sentence("Say why: it stands in the history, for whoever comes after you.")
        )


def _acts(request: Request) -> ChangeDeployments:
    return ChangeDeployments(deployments_of(request.app), utc_now)


def _reason(form: Mapping[str, Any]) -> str:
    return str(form.get("reason", "")).strip()[:MAX_REASON]
