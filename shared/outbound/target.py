"""An address of a tenant's, taken apart once: what was checked is what is called."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, urlsplit

import idna

from shared.outbound.addresses import IPAddress
from shared.outbound.errors import AddressRefusedError

MAX_LENGTH = 2_000
PORTS = frozenset({443, 8443})
#: Names that nobody on the internet has, and that a machine or a cluster may know all the same.
INSIDE = frozenset(
    {
        *("arpa", "cluster", "corp", "domain", "home", "host", "internal", "intranet", "invalid"),
        *("lan", "local", "localdomain", "localhost", "onion", "private", "svc", "test"),
    }
)
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
#: How systems also write IPv4: `2130706433`, `0x7f.1`.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes. `host` is a name in the DNS's spelling, or an IP address."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str, *, allow_loopback: bool = False) -> Self:
        """Take an address apart. Raises AddressRefusedError.

        With `allow_loopback`, also this machine's own, by http and on any port.
        """
        if len(url) > MAX_LENGTH:
            raise AddressRefusedError(f"it is longer than {MAX_LENGTH:,} characters")
        parts, port = _split(url)
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise AddressRefusedError("it is not a plain address such as https://hr.stadt.de/hooks")
        host = _host(parts.hostname or "")
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        if not _PRINTABLE.fullmatch(path):
            raise AddressRefusedError("its path has characters that must be percent-encoded")
        if allow_loopback and _is_loopback(host):
            return cls(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)
        if parts.scheme != "https":
            raise AddressRefusedError("it does not begin with https://")
        if port not in {None, *PORTS}:
            raise AddressRefusedError("its port is neither 443 nor 8443")
        _refuse_names_of_the_inside(host)
        return cls("https", host, port or 443, path)

    @property
    def ip(self) -> IPAddress | None:
        """The host, if it is an IP address."""
        return _ip(self.host)

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"


def _split(url: str) -> tuple[SplitResult, int | None]:
    # urlsplit leaves out tabs and line breaks without a word, and knows no backslash; other readers do.
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise AddressRefusedError("it has characters that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefusedError("it is not an address") from error
    if parts.scheme not in {"http", "https"}:
        raise AddressRefusedError("it does not begin with https://")
    return parts, port


def _host(text: str) -> str:
    if _ip(text) is not None:
        return str(_ip(text))
    try:
        name = idna.encode(text, uts46=True).decode().rstrip(".").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressRefusedError("its host name is not one that the DNS knows") from error
    if _ip(name) is not None:
        return name
    labels = name.split(".")
    if not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        raise AddressRefusedError("its host name is not one that the DNS knows")
    return name


def _refuse_names_of_the_inside(host: str) -> None:
    labels = host.split(".")
    if _ip(host) is None and (len(labels) < 2 or labels[-1] in INSIDE):
        raise AddressRefusedError("its host name is not one of the internet")


def _is_loopback(host: str) -> bool:
    literal = _ip(host)
    return host == "localhost" if literal is None else literal.is_loopback


def _ip(text: str) -> IPAddress | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
