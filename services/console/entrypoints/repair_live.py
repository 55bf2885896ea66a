"""The parts of the pages of repairs that change while one looks: the causes, one repair, one replay."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import FastAPI

from services.console.adapters.repairing import HttpRepairing
from services.console.adapters.replaying import HttpReplaying
from services.console.application.live import Live, Viewing
from services.console.application.ports import People, Services
from services.console.domain.errors import ServiceTroubleError
from services.console.entrypoints.pages import Pages
from services.console.entrypoints.repair_views import overview, standing

EVERY: Final = timedelta(seconds=1)
#: Groups are counted by the services each time.
CAUSES_EVERY: Final = timedelta(seconds=3)

Fragments = Mapping[str, str]


class RepairViews:
    """Makes the fragments by their elements' ids."""

    def __init__(self, services: Services, people: People, pages: Pages) -> None:
        self._services, self._people, self._pages = services, people, pages

    async def causes(self, viewing: Viewing, token: str) -> Fragments:
        """What fails, by cause, and the repairs."""
        service = dict(viewing.query).get("service", "")
        context = await overview(self._services, self._people, token, service)
        return {
            f"repairs-{part}": self._html(viewing, f"repairs/{part}.html", context)
            for part in ("silent", "groups", "runs")
        }

    async def repair(self, viewing: Viewing, token: str) -> Fragments:
        """Where one repair stands."""
        query = dict(viewing.query)
        service, repair_id = query.get("service", ""), _uuid(query.get("repair", ""))
        if service not in self._services.names or repair_id is None:
            return {}
        desk = HttpRepairing(self._services, token)
        try:
            told = await desk.repair(service, repair_id)
        except ServiceTroubleError as trouble:
            return {"repair-standing": self._trouble(viewing, trouble)}
        context = {
            **await standing(self._people, told),
            "service": service,
            "drawn": query.get("drawn"),
        }
        return {"repair-standing": self._html(viewing, "repairs/standing.html", context)}

    async def replay(self, viewing: Viewing, token: str) -> Fragments:
        """Where one replay stands."""
        query = dict(viewing.query)
        service, replay_id = query.get("service", ""), query.get("replay", "")
        if service not in self._services.names or not replay_id.isdecimal():
            return {}
        try:
            told = await HttpReplaying(self._services, token).replay(service, int(replay_id))
        except ServiceTroubleError as trouble:
            return {"replay-standing": self._trouble(viewing, trouble)}
        if told is None:
            return {}
        context = {
            "replay": told,
            "service": service,
            "drawn": query.get("drawn"),
            "people": await self._people.names([told.asked_by, told.confirmed_by]),
        }
        return {"replay-standing": self._html(viewing, "replays/standing.html", context)}

    def _trouble(self, viewing: Viewing, trouble: ServiceTroubleError) -> str:
        return self._html(viewing, "repairs/silent.html", {"silent": [trouble]})

    def _html(self, viewing: Viewing, template: str, context: Mapping[str, Any]) -> str:
        return self._pages.html(template, viewing.language, **context)


def show_live(app: FastAPI) -> None:
    """Register what browsers can follow."""
    live: Live = app.state.live
    views = RepairViews(app.state.services, app.state.people, app.state.pages)
    live.view("repairs", views.causes, every=CAUSES_EVERY)
    live.view("repair", views.repair, every=EVERY)
    live.view("replay", views.replay, every=EVERY)


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
