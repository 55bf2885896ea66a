"""As what a tenant sees an event of its log."""

from enum import StrEnum


class View(StrEnum):
    """`own`: it is the tenant's. The others say why a tenant hears of what is somebody else's.

    `provider`: it is about the tenant's offer. `funder`: about a voucher of the tenant's programme.
    `partner`: it is shared with the tenant, by the whole cooperative or by an agreement.
    """

    OWN = "own"
    PROVIDER = "provider"
    FUNDER = "funder"
    PARTNER = "partner"
