"""A mail server that sends nothing on: every letter is a file that one can read."""

import smtplib
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from deploy.local.component import Program, Say
from deploy.local.layout import Layout
from deploy.local.ports import HOST, Ports

SENDER = "lernverbund@example.org"


class Mail:
    """SMTP without TLS or password, for this machine only."""

    name = "mail"
    needs: tuple[str, ...] = ()
    ports = ("mail",)

    def __init__(self, layout: Layout, ports: Ports) -> None:
        self._folder = layout.root / "mail"
        self._port = ports["mail"]

    @property
    def address(self) -> str:
        return f"{HOST}:{self._port}"

    @property
    def program(self) -> Program:
        server = ("-m", "aiosmtpd", "--nosetuid", "--listen", self.address)
        return Program(
            command=(
                sys.executable,
                *server,
                "-c",
                "aiosmtpd.handlers.Mailbox",
                str(self._letters),
            ),
            environment={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            directory=self._folder,
        )

    def prepare(self, _say: Say) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def ready(self) -> bool:
        try:
            with smtplib.SMTP(HOST, self._port, timeout=2):
                return True
        except (OSError, smtplib.SMTPException):
            return False

    def configure(self) -> None:
        """Nothing to set while it runs."""

    def letters(self) -> Iterator[Message]:
        """What was sent, in no order."""
        for file in (self._letters / "new").glob("*"):
            yield message_from_bytes(file.read_bytes())

    def environment(self) -> dict[str, str]:
        """What Keycloak is told, in the names of its realm file."""
        return {
            "SMTP_HOST": HOST,
            "SMTP_PORT": str(self._port),
            "SMTP_FROM": SENDER,
            "SMTP_AUTH": "false",
            "SMTP_STARTTLS": "false",
            "SMTP_USER": "",
            "SMTP_PASSWORD": "",
        }

    @property
    def _letters(self) -> Path:
        return self._folder / "letters"
