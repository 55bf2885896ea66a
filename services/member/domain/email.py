"""What counts as an e-mail address: one that could be written to, not every form the standard knows."""

import re

from services.member.domain.errors import InvalidEmailError

MAX_LENGTH = 254

_FORM = re.compile(r"""[^\s@<>()\[\]\\,;:"]+@[^\s@<>()\[\]\\,;:".]+(\.[^\s@<>()\[\]\\,;:".]+)+""")


def email_address(text: str) -> str:
    """The address without surrounding space. Raises InvalidEmailError, which does not repeat it."""
    address = text.strip()
    if len(address) > MAX_LENGTH or not address.isprintable() or not _FORM.fullmatch(address):
        raise InvalidEmailError
    return address
