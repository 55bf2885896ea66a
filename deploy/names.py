"""The services of the platform, in the order in which people meet them."""

from typing import Final

SERVICES: Final = ("member", "catalogue", "voucher", "certificate", "feed")
#: Asks the services by HTTP; it has neither a database nor events.
CONSOLE: Final = "console"
REALM: Final = "lernverbund"
