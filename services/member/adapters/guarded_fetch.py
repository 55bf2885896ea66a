"""Reading what a tenant points to, by the guarded way out."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from services.member.application.outside import OutsideError
from services.member.domain.onboarding_errors import AddressRefusedError
from shared.outbound import errors
from shared.outbound.client import Outbound

MAX_BYTES = 256 * 1024


class GuardedFetch:
    """No more than MAX_BYTES, from public addresses only, and only what is there itself."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def read(self, url: str) -> bytes:
        """What is there. Raises AddressRefusedError, or OutsideError when nobody answers as expected."""
        with _said_here():
            async with self._outbound.session() as session:
                answer = await session.call("GET", url, most_bytes=MAX_BYTES)
        if answer.status != HTTPStatus.OK:
            detail = f"The address answers with status {answer.status}, not with 200."
            raise OutsideError("no_answer", detail)
        if answer.is_cut:
            detail = "What is at the address is too large to be metadata."
            raise OutsideError("too_large", detail)
        return answer.body

    async def check(self, url: str) -> None:
        """Whether the platform may call this address. Raises AddressRefusedError, OutsideError."""
        with _said_here():
            await self._outbound.guard.check(url)


@contextmanager
def _said_here() -> Iterator[None]:
    try:
        yield
    except errors.AddressRefusedError as error:
        raise AddressRefusedError(str(error)) from error
    except errors.NoAnswerError as error:
        if error.trouble is errors.Trouble.NAME:
            raise OutsideError("dns_unreachable", str(error)) from error
        detail = f"{error} Check the address, and that it can be reached from the internet."
        raise OutsideError("no_answer", detail) from error
