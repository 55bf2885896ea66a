"""Ask a program on this machine whether it is ready, at next to no cost.

Twelve programs are asked several times a second while two cores are busy starting them; an HTTP
client that prepares TLS for each question takes a good part of that time for itself.
"""

from http.client import HTTPConnection, HTTPException
from typing import Final

from deploy.local.ports import HOST

TIMEOUT_SECONDS: Final = 2


def answers_ready(port: int) -> bool:
    """GET /health/ready is answered with 200."""
    connection = HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
