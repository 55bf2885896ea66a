"""The one way out: a connection goes to the very address that was checked, at the moment it is made."""

from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import httpcore

from shared.outbound.addresses import IPAddress, is_own, is_public
from shared.outbound.errors import AddressRefusedError
from shared.outbound.names import Resolve
from shared.outbound.target import Target

#: A name with more addresses than this is tried at the first ones.
TRIED_ADDRESSES = 3


class Guard:
    """Says which IP addresses the platform may connect to for an address of a tenant's.

    `allow_loopback` is for tests and for the start on one machine: then this machine may be called, and
    nothing else that is not public.
    """

    def __init__(self, resolve: Resolve, *, allow_loopback: bool = False) -> None:
        self._resolve = resolve
        self._allow_loopback = allow_loopback

    def parse(self, url: str) -> Target:
        """Take an address apart. Raises AddressRefusedError."""
        return Target.parse(url, allow_loopback=self._allow_loopback)

    async def check(self, url: str) -> None:
        """Look the address up without calling it. Raises AddressRefusedError, NoAnswerError."""
        await self.admitted(self.parse(url).host)

    async def admitted(self, host: str) -> list[IPAddress]:
        """The addresses of a host, IPv4 first; one that is not public spoils all.

        Raises AddressRefusedError, NoAnswerError.
        """
        found = sorted(await self._addresses(host), key=lambda each: each.version)
        if not found:
            raise AddressRefusedError("its host name is not known to the DNS")
        if self._allow_loopback and all(each.is_loopback for each in found):
            return found
        if not all(is_public(each) and not is_own(each) for each in found):
            raise AddressRefusedError("it leads into a network that is not public")
        return found

    async def _addresses(self, host: str) -> list[IPAddress]:
        try:
            return [ip_address(host)]
        except ValueError:
            pass
        if host == "localhost":
            return [ip_address("127.0.0.1")]
        return [ip_address(each) for each in await self._resolve(host)]


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """What httpcore opens connections with: TLS, above it, still goes by the host's name."""

    def __init__(self, guard: Guard, network: httpcore.AsyncNetworkBackend) -> None:
        self._guard = guard
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Look the host up, check what it is, and connect to that. Raises AddressRefusedError too."""
        addresses = (await self._guard.admitted(host))[:TRIED_ADDRESSES]
        share = timeout / len(addresses) if timeout else None
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._network.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
        return await self._network.connect_tcp(
            str(addresses[-1]), port, share, local_address, socket_options
        )
