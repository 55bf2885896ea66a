"""Every page of the console, from its own routes: a new one is tested by itself."""

from collections.abc import Callable, Mapping
from typing import Final

from fastapi.routing import APIRoute

from services.console.bootstrap import ROUTERS
from tests.browser.world import World

#: Addresses that are no pages, with what they are instead.
NO_PAGES: Final[Mapping[str, str]] = {
    "/audit/export": "a file",
    "/live/{view}": "a stream",
    "/login": "leads to Keycloak",
    "/login/callback": "where Keycloak leads back",
}

#: Addresses of what is there only after it was made; by the world in which it stands.
EXAMPLES: Final[Mapping[str, Callable[[World], str]]] = {
    "/tenants/{tenant_id}": lambda world: f"/tenants/{world.tenant}",
    "/tenants/{tenant_id}/history": lambda world: f"/tenants/{world.tenant}/history",
    "/tenants/{tenant_id}/errors": lambda world: f"/tenants/{world.tenant}/errors",
    "/tenants/{tenant_id}/acts/{act}": lambda world: f"/tenants/{world.tenant}/acts/exclude",
    "/tenants/{tenant_id}/quotas": lambda world: f"/tenants/{world.tenant}/quotas",
    "/tenants/{tenant_id}/access": lambda world: f"/tenants/{world.tenant}/access",
    "/subscriptions/{subscription_id}": lambda world: f"/subscriptions/{world.subscription}",
    "/subscriptions/{subscription_id}/deliveries/{event_id}": lambda world: (
        f"/subscriptions/{world.subscription}/deliveries/{world.delivery}"
    ),
    "/deployments/{service}": lambda _world: "/deployments/voucher",
    "/deployments/{service}/rollouts/{rollout_id}": lambda world: (
        f"/deployments/certificate/rollouts/{world.rollout}"
    ),
    "/stories/{correlation_id:path}": lambda world: f"/stories/{world.booking}",
    "/events/{service}/{event_id}": lambda world: (
        f"/events/catalogue/{world.event}?story={world.booking}"
    ),
    "/repairs/groups/{service}/{group_id}": lambda world: (
        f"/repairs/groups/voucher/{world.failing.group}"
    ),
    "/repairs/letters/{service}/{letter_id}": lambda world: (
        f"/repairs/letters/voucher/{world.failing.letter}?whole=true"
    ),
    "/repairs/{service}/preview": lambda world: (
        f"/repairs/voucher/preview?group_id={world.failing.group}"
    ),
    "/repairs/{service}/{repair_id}": lambda world: f"/repairs/voucher/{world.failing.repair}",
    "/replays/{service}/new": lambda _world: "/replays/voucher/new",
    "/replays/{service}/{replay_id}": lambda world: f"/replays/voucher/{world.failing.replay}",
    "/programmes/{programme_id}": lambda world: f"/programmes/{world.play.programme_id}",
}

#: Pages beyond the routes: what is shown where something is not there.
BESIDES: Final = ("/nowhere",)


def routes() -> list[str]:
    """The paths that are got, as the routes name them."""
    return [
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    ]


def pages() -> list[str]:
    """The routes that are pages, and pages beyond the routes."""
    return [path for path in routes() if path not in NO_PAGES] + list(BESIDES)


def address(path: str, world: World) -> str:
    """Where one sees this page."""
    example = EXAMPLES.get(path)
    return example(world) if example else path
