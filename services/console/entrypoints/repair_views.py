"""What the pages of repairs, and their live parts, are given."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from services.console.adapters.repairing import HttpRepairing
from services.console.application.ports import People, Services
from services.console.domain.errors import ServiceSilentError, ServiceTroubleError
from services.console.domain.repair import Repair, explained
from services.console.entrypoints.dependencies import PeopleOf, ServicesOf
from services.console.entrypoints.pages import render

REPAIRS_SHOWN: Final = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """A request, and whom it is answered from."""

    request: Request
    services: Services
    people: People


async def asking(request: Request, services: ServicesOf, people: PeopleOf) -> Asking:
    """A dependency."""
    return Asking(request, services, people)


AskingOf = Annotated[Asking, Depends(asking)]


def newest_first(
    answers: Mapping[str, Sequence[T] | ServiceTroubleError], at: Callable[[T], datetime]
) -> tuple[list[tuple[str, T]], list[ServiceTroubleError]]:
    """What all services told, each with its service's name; and the services that did not tell."""
    told, silent = [], []
    for service, answer in answers.items():
        if isinstance(answer, ServiceTroubleError):
            silent.append(answer)
        else:
            told += [(service, each) for each in answer]
    return sorted(told, key=lambda each: at(each[1]), reverse=True), silent


async def overview(
    services: Services, people: People, token: str, service: str = ""
) -> Mapping[str, Any]:
    """What fails at all services or at one, by cause, and the newest repairs, those under way first."""
    desk = HttpRepairing(services, token)
    told, run = await asyncio.gather(desk.groups(), desk.repairs(limit=REPAIRS_SHOWN))
    groups, silent = newest_first(only(told, service), lambda each: each.last_at)
    repairs, _ = newest_first(only(run, service), lambda each: each.cut_off)
    repairs = sorted(repairs, key=lambda each: each[1].is_over)[:REPAIRS_SHOWN]
    return {
        "groups": groups,
        "repairs": repairs,
        "silent": silent,
        "people": await people.names(each.asked_by for _, each in repairs),
    }


def only(answers: Mapping[str, T], service: str) -> Mapping[str, T]:
    """Of one service, if one is named; else of all."""
    return {name: each for name, each in answers.items() if service in {"", name}}


async def standing(people: People, repair: Repair) -> Mapping[str, Any]:
    """Where one repair stands, with the names of who has to do with it."""
    why = explained(repair.why)
    named = [repair.asked_by, repair.confirmed_by, why.values.get("person")]
    names = await people.names(named)
    values = {
        name: names.get(value, value) if name == "person" else value
        for name, value in why.values.items()
    }
    return {
        "repair": repair,
        "why": why.message,
        "why_values": values,
        "why_verbatim": why.verbatim,
        "people": names,
    }


def unknown(
    asking: Asking, silent: ServiceSilentError, look_at: str, reason: str = ""
) -> HTMLResponse:
    """A service that fell silent in the middle of an act: what is known of it, and where to look."""
    page, words = "repairs/unknown.html", {"look_at": look_at, "reason": reason}
    return render(asking.request, page, 503, trouble=silent, **words)
