"""Tokens that a form carries: drawn for one session, good for one sending."""

import hmac
import secrets
from hashlib import sha256


def make(form_key: str) -> str:
    """A token for a form that is drawn now: a fresh name, and the proof that this session's key made it."""
    name = secrets.token_urlsafe(16)
    return f"{name}.{_proof(form_key, name)}"


def name_of(form_key: str, token: str) -> str | None:
    """The name of a token of this session, by which it is known to have been sent; None for any other."""
    name, _, proof = token.partition(".")
    good = hmac.compare_digest(_proof(form_key, name).encode(), proof.encode())
    return name if good else None


def _proof(form_key: str, name: str) -> str:
    return hmac.new(bytes.fromhex(form_key), name.encode(), sha256).hexdigest()
