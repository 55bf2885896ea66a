"""Logging in at the real Keycloak as a browser would: its forms are read and sent, one after the other."""

import re
from html import unescape

import httpx
import pyotp

from deploy.local.codes import secret_of


async def log_in(http: httpx.AsyncClient, address: str, account: str, *, secret: str = "") -> str:
    """Go to `address`, give password and code; returns where Keycloak leads back to.

    `http` follows no redirects and keeps Keycloak's cookies.
    """
    page = await http.get(address)
    trust(http)
    page = await send(http, page, username=account, password=f"demo-{account}")
    code = pyotp.TOTP(secret or secret_of(account)).now()
    page = await send(http, page, otp=code)
    assert page.is_redirect, text_of(page)
    return page.headers["location"]


def trust(http: httpx.AsyncClient) -> None:
    """Browsers take this machine for safe without TLS, and send it Secure cookies; httpx does not."""
    for cookie in http.cookies.jar:
        cookie.secure = False


async def send(http: httpx.AsyncClient, page: httpx.Response, **values: str) -> httpx.Response:
    """Send the form of a page of Keycloak's."""
    form = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert form, text_of(page)
    return await http.post(unescape(form[1]), data=values)


def text_of(page: httpx.Response) -> str:
    """What a page of Keycloak's says, for failures."""
    words = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page.text, flags=re.DOTALL)
    return f"{page.status_code}: {' '.join(unescape(words).split())[:500]}"
