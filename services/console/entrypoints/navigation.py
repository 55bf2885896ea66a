"""The pages that every page leads to."""

from typing import Final, NamedTuple

from services.console.domain.wording import msg


class Entry(NamedTuple):
    """A page by its address and name; it is also where every address below it belongs."""

    address: str
    name: str


NAVIGATION: Final = (
    Entry("/", msg("Now")),
    Entry("/stories", msg("Stories")),
    Entry("/tenants", msg("Tenants")),
    Entry("/subscriptions", msg("Subscriptions")),
    Entry("/repairs", msg("Repair")),
    Entry("/deployments", msg("Deployments")),
    Entry("/programmes", msg("Programmes")),
    Entry("/audit", msg("Audit")),
)
