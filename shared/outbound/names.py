"""Looking names up in the DNS, through a resolver that is a setting."""

from collections.abc import Awaitable, Callable

import dns.asyncresolver
import dns.exception
import dns.resolver

from shared.outbound.errors import NoAnswerError, Trouble

IO_SECONDS = 5.0

#: The IP addresses of a name; none if there is no such name. Raises NoAnswerError.
Resolve = Callable[[str], Awaitable[list[str]]]


def resolver(nameserver: str = "") -> dns.asyncresolver.Resolver:
    """Ask the name server given as `host:port`, or those of this machine.

    A new one for each question: nothing is cached, so a record that was just published is seen.
    """
    if not nameserver:
        return dns.asyncresolver.Resolver()
    made = dns.asyncresolver.Resolver(configure=False)
    host, _, port = nameserver.rpartition(":")
    made.nameservers = [host]
    made.port = int(port)
    return made


def resolving(nameserver: str = "") -> Resolve:
    """How to look up addresses. No thread waits for it, however slow a tenant's name server is."""

    async def addresses(name: str) -> list[str]:
        try:
            answer = await resolver(nameserver).resolve_name(name, lifetime=IO_SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            detail = "The DNS does not answer right now. Try again shortly."
            raise NoAnswerError(Trouble.NAME, detail) from error
        return list(answer.addresses())

    return addresses
