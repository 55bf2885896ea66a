"""Local passwords: made at the first start, kept in one file that only its owner can read."""

import base64
import json
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from deploy.local.layout import write_private


class Passwords:
    """Passwords by name; one that is asked for the first time is made up and saved."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def __getitem__(self, name: str) -> str:
        """Hexadecimal, so that it fits an address, a shell and a Java login configuration alike."""
        return self._keep(name, lambda: secrets.token_hex(24))

    def key(self, name: str) -> str:
        """32 random bytes in URL-safe base64: an encryption key."""
        return self._keep(name, lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())

    def _keep(self, name: str, make: Callable[[], str]) -> str:
        with self._lock:
            if name not in self._known:
                self._known[name] = make()
                self._save()
            return self._known[name]

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        write_private(fresh, json.dumps(self._known, indent=2, sort_keys=True))
        fresh.replace(self._file)
