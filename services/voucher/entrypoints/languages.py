"""The language in which the service explains itself."""

from typing import Annotated

from fastapi import Depends, Header

from services.voucher.domain.words import Language
from shared.http.languages import preferred


async def spoken(
    accept_language: Annotated[
        str, Header(alias="Accept-Language", max_length=1_000, description="en or de")
    ] = "",
) -> Language:
    """The caller's language: English for who prefers none."""
    return preferred(accept_language, tuple(Language))


Speaks = Annotated[Language, Depends(spoken)]
