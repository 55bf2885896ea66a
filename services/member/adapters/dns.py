"""The DNS, asked for what proves a domain."""

import dns.exception
import dns.resolver

from services.member.application.outside import OutsideError
from shared.outbound.names import IO_SECONDS, resolver


class Dns:
    """Asks the name servers given as `host:port`, or those of this machine."""

    def __init__(self, nameserver: str = "") -> None:
        self._nameserver = nameserver

    async def texts(self, name: str) -> list[str]:
        """The TXT records of a name; none if there is no such name. Raises OutsideError."""
        try:
            answer = await resolver(self._nameserver).resolve(name, "TXT", lifetime=IO_SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise OutsideError(
                "dns_unreachable", "The DNS does not answer right now. Try again shortly."
            ) from error
        return [b"".join(record.strings).decode(errors="replace") for record in answer]
