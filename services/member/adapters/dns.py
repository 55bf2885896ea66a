"""The DNS, asked through a resolver that is a setting."""

import dns.asyncresolver
import dns.exception
import dns.resolver

from services.member.application.outside import OutsideError

IO_SECONDS = 5.0


class Dns:
    """Asks the name servers given as `host:port`, or those of this machine."""

    def __init__(self, nameserver: str = "") -> None:
        self._nameserver = nameserver

    async def texts(self, name: str) -> list[str]:
        """The TXT records of a name; none if there is no such name. Raises OutsideError."""
        try:
            answer = await self._resolver().resolve(name, "TXT", lifetime=IO_SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise OutsideError(
                "dns_unreachable", "The DNS does not answer right now. Try again shortly."
            ) from error
        return [b"".join(record.strings).decode(errors="replace") for record in answer]

    async def addresses(self, name: str) -> list[str]:
        """The IP addresses of a name; none if there is no such name. Raises OutsideError."""
        try:
            answer = await self._resolver().resolve_name(name, lifetime=IO_SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise OutsideError(
                "dns_unreachable", "The DNS does not answer right now. Try again shortly."
            ) from error
        return list(answer.addresses())

    def _resolver(self) -> dns.asyncresolver.Resolver:
        # A new one each time: nothing is cached, so a record that was just published is seen.
        if not self._nameserver:
            return dns.asyncresolver.Resolver()
        resolver = dns.asyncresolver.Resolver(configure=False)
        host, _, port = self._nameserver.rpartition(":")
        resolver.nameservers = [host]
        resolver.port = int(port)
        return resolver
