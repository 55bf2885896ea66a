"""Addresses within the console that a browser names: where to go after a login or a form."""

from typing import Final
from urllib.parse import urlsplit

MAX_LENGTH: Final = 2_000
HOME: Final = "/"


def own_address(text: str) -> str:
    """The path and query of a page here; HOME for whatever would lead elsewhere.

    Browsers take a backslash for a slash and drop tabs and line ends, so none of these is let through.
    """
    harmless = text.isprintable() and "\\" not in text and len(text) <= MAX_LENGTH
    if not harmless or not text.startswith("/") or text.startswith("//"):
        return HOME
    parts = urlsplit(text)
    return text if not parts.scheme and not parts.netloc else HOME
