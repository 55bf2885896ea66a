"""Reaching the platform over HTTP: a token of the own machine client, then the feed's addresses."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from .store import Store

TOKEN_MARGIN_SECONDS = 30
#: The stream sends a sign of life every 15 s; silence for longer means that the connection is dead.
SILENCE_SECONDS = 40


class Platform:
    """One subscription, with the credentials of the environment (see clients/README.md)."""

    def __init__(self) -> None:
        subscription = os.environ["FEED_SUBSCRIPTION"]
        self._base = f"{os.environ['FEED_URL']}/v1/subscriptions/{subscription}"
        self._http = httpx.Client(timeout=SILENCE_SECONDS)
        self._token, self._expires_at = "", 0.0

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Read one of the subscription's addresses."""
        answer = self._http.get(self._base + path, params=parameters, headers=self._headers())
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    @contextmanager
    def lines(self, path: str, **headers: str) -> Iterator[Iterator[str]]:
        """Read an address line by line, as the lines come."""
        with self._http.stream(
            "GET", self._base + path, headers=self._headers() | headers
        ) as answer:
            if answer.is_error:
                answer.read()
            answer.raise_for_status()
            yield answer.iter_lines()

    def fill(self, store: Store) -> None:
        """Start a store from the snapshot."""
        with self.lines("/snapshot") as lines:
            store.start_from(json.loads(line) for line in lines)

    def _headers(self) -> dict[str, str]:
        if time.monotonic() > self._expires_at:
            form = {
                "grant_type": "client_credentials",
                "client_id": os.environ["CLIENT_ID"],
                "client_secret": os.environ["CLIENT_SECRET"],
            }
            answer = self._http.post(os.environ["TOKEN_URL"], data=form).raise_for_status().json()
            self._token = answer["access_token"]
            self._expires_at = time.monotonic() + answer["expires_in"] - TOKEN_MARGIN_SECONDS
        return {"Authorization": f"Bearer {self._token}"}


def open_store(platform: Platform) -> Store:
    """The store of the environment; a new one starts from the snapshot unless START says `beginning`."""
    store = Store(Path(os.environ["STATE_FOLDER"]))
    if store.is_new and os.environ.get("START", "snapshot") == "snapshot":
        platform.fill(store)
    return store
