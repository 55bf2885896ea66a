"""Reading what a tenant points to, without being led to what only the platform can reach."""

from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import httpx

from services.member.application.outside import OutsideError
from services.member.domain.onboarding_errors import AddressRefusedError

IO_SECONDS = 5.0
MAX_BYTES = 256 * 1024
MAX_ADDRESS = 2_000

#: The IP addresses of a name.
Resolve = Callable[[str], Awaitable[list[str]]]


class GuardedFetch:
    """https only, public addresses only, no redirects, and no more than MAX_BYTES.

    The connection goes to the very address that was checked: a name that answers differently the second
    time leads nowhere else. `allow_loopback` is for tests and for the start on one machine.
    """

    def __init__(self, resolve: Resolve, *, allow_loopback: bool = False) -> None:
        self._resolve = resolve
        self._allow_loopback = allow_loopback

    async def read(self, url: str) -> bytes:
        """What is there. Raises AddressRefusedError, or OutsideError when nobody answers as expected."""
        address = await self.check(url)
        host = urlsplit(url).hostname or ""
        pinned = httpx.URL(url).copy_with(host=address)
        try:
            async with (
                httpx.AsyncClient(timeout=IO_SECONDS, trust_env=False) as client,
                client.stream(
                    "GET",
                    pinned,
                    headers={"Host": httpx.URL(url).netloc.decode(), "Accept": "*/*"},
                    extensions={"sni_hostname": host},
                    follow_redirects=False,
                ) as answer,
            ):
                return await _body(answer)
        except httpx.HTTPError as error:
            raise OutsideError(
                "no_answer",
                "The address does not answer. Check it, and that it can be reached from the internet.",
            ) from error

    async def check(self, url: str) -> str:
        """An IP address that the platform may call for this address. Raises AddressRefusedError."""
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname, parts.port
        except ValueError as error:
            raise AddressRefusedError("it is not an address") from error
        if not host or len(url) > MAX_ADDRESS or parts.username or parts.password or "\\" in url:
            raise AddressRefusedError("it is not a plain address such as https://login.stadt.de/…")
        found = [ip_address(each) for each in await self._addresses(host)]
        if not found:
            raise AddressRefusedError("its host name is not known to the DNS")
        loopback = self._allow_loopback and all(each.is_loopback for each in found)
        if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
            raise AddressRefusedError("it does not begin with https://")
        if not loopback and not all(map(_is_public, found)):
            raise AddressRefusedError("it leads into a network that is not public")
        return str(found[0])

    async def _addresses(self, host: str) -> list[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        if host == "localhost":
            return ["127.0.0.1"]
        return await self._resolve(host)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_global and not address.is_multicast


async def _body(answer: httpx.Response) -> bytes:
    if answer.status_code != httpx.codes.OK:
        raise OutsideError(
            "no_answer", f"The address answers with status {answer.status_code}, not with 200."
        )
    content = b""
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            raise OutsideError("too_large", "What is at the address is too large to be metadata.")
    return content
