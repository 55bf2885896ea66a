"""Which language an answer is in."""

from collections.abc import Sequence
from typing import TypeVar

L = TypeVar("L", bound=str)


def preferred(accept_language: str, offered: Sequence[L]) -> L:
    """The first language of an Accept-Language header that is offered, or else the first that is offered.

    Clients send what they like best first, so weights need not be read.
    """
    by_name = {str(language): language for language in offered}
    for part in accept_language.split(","):
        name = part.split(";")[0].strip().lower().partition("-")[0]
        if name in by_name:
            return by_name[name]
    return offered[0]
