"""Why a call to an address of a tenant's did not come to its answer."""

from enum import StrEnum


class AddressRefusedError(Exception):
    """The platform does not call this address. The text says why, as the end of a sentence."""


class Trouble(StrEnum):
    """At what a call ended that got no answer."""

    REFUSED = "refused"
    NAME = "name"
    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"


class NoAnswerError(Exception):
    """Nobody answered as HTTP does, or not in time. The text says what happened; it names no secret."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble = trouble
