"""supervisord's XML-RPC over the socket that only the platform's own user can open."""

import socket
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final, cast
from xmlrpc.client import Fault, ServerProxy, Transport

from services.console.application.deployments import DeploymentsError
from services.console.domain.sentence import Sentence

TIMEOUT_SECONDS: Final = 30.0
#: What is asked for holds already (supervisord's ALREADY_STARTED and NOT_RUNNING).
_HOLDS: Final = frozenset({60, 70})


class _Connection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> HTTPConnection:
        connection = _Connection(self._path)
        # Here the base class looks for what it has to close.
        self._connection = host, connection
        return connection


class SupervisorRpc:
    """One call a connection: it is asked from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def processes(self) -> Mapping[str, Mapping[str, Any]]:
        """What supervisord knows of every program, by name."""
        rows = cast("list[Mapping[str, Any]]", self._call("getAllProcessInfo"))
        return {str(row["name"]): row for row in rows}

    def start(self, program: str) -> None:
        """Start it without waiting, unless it runs."""
        self._call("startProcess", program, False)  # noqa: FBT003  # XML-RPC has no names

    def stop(self, program: str) -> None:
        """Stop it and wait until it is gone, if it runs."""
        self._call("stopProcess", program, True)  # noqa: FBT003

    def _call(self, method: str, *arguments: object) -> object:
        try:
            with ServerProxy("http://localhost", transport=_Transport(self._path)) as proxy:
                return cast("object", getattr(proxy.supervisor, method)(*arguments))
        except Fault as fault:
            if fault.faultCode in _HOLDS:
                return None
            figures = {"why": fault.faultString}
            raise DeploymentsError(Sentence("supervisord refuses: %(why)s", figures)) from fault
        except (OSError, HTTPException) as error:
            raise DeploymentsError(Sentence("supervisord does not answer.")) from error
