"""The services of the platform, in the order in which people meet them."""

from typing import Final

SERVICES: Final = ("member", "catalogue", "voucher", "certificate", "feed")
REALM: Final = "lernverbund"
