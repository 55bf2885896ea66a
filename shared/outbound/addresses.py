"""Which IP addresses are the public internet's, and nobody's inside.

Sources: IANA's special-purpose registries for IPv4 and IPv6. `ipaddress.is_global` alone is not enough:
Python 3.11 lets multicast, 6to4, NAT64, site-local and newer reserved ranges pass.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_network

IPAddress = IPv4Address | IPv6Address

#: What IPv4 keeps for other purposes than hosts of the internet.
_SPECIAL_V4 = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24"),
            *("192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
#: Hosts of the internet have IPv6 addresses here only; mapped, translated and local ones lie outside.
_UNICAST_V6 = ip_network("2000::/3")
#: Within it: protocols' own with Teredo, documentation, 6to4, AS112.
_SPECIAL_V6 = tuple(
    map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
)
#: The middle of an ISATAP address, whose last 32 bits are an IPv4 address (RFC 5214).
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public(address: IPAddress) -> bool:
    """Whether a host of the public internet can have this address."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in each for each in _SPECIAL_V4)
    return (
        address.is_global
        and address.scope_id is None
        and address in _UNICAST_V6
        and (int(address) >> 32) & 0xFFFF_FFFF not in _ISATAP
        and not any(address in each for each in _SPECIAL_V6)
    )


def is_own(address: IPAddress) -> bool:
    """Whether this machine itself has the address, which only the system knows for sure: it lets one bind to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
