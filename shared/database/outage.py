"""Telling an outage, which passes, from an error, which stays."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

#: SQLSTATEs that a repeated transaction may not meet again: connection, rollback, resources, locks, shutdown.
PASSING_STATES = ("08", "40", "53", "55", "57P")

#: What asyncpg raises when a session is gone; the last one between the server's farewell and the closed socket.
LOST_SESSION = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)


def is_outage(error: BaseException) -> bool:
    """Whether the same transaction may succeed later, without anybody changing anything."""
    if isinstance(error, (PoolTimeoutError, *LOST_SESSION)):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or is_passing_state(error.orig)
    return is_passing_state(error)


def is_passing_state(error: object) -> bool:
    """Whether a driver's error carries a SQLSTATE that passes."""
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    return str(state).startswith(PASSING_STATES)
