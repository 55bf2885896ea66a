"""Why something is not well and what to do about it, in words; `%(…)s` are filled in from a finding's values."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.console.domain.wording import msg


@dataclass(frozen=True, slots=True)
class Why:
    """What is the matter, what to do, and the page where it is done."""

    what: str
    advice: str
    page: str

    def address(self, values: Mapping[str, object]) -> str:
        """Where it is done."""
        return self.page % values


_PROCESSES = "/deployments/%(service)s"

KAFKA_DOWN = Why(
    msg("Kafka does not answer the workers"), msg("Bring the brokers back; nothing is lost"), "/"
)
KAFKA_PARTLY = Why(
    msg("Kafka does not answer %(services)s"),
    msg("Look at the network and the broker's users"),
    "/",
)
KAFKA_UNSEEN = Why(
    msg("No worker tells how Kafka is"), msg("Bring the services back that tell it"), "/"
)
DATABASES_DOWN = Why(
    msg("PostgreSQL does not answer the services"), msg("Bring the database back"), "/"
)
DATABASES_PARTLY = Why(
    msg("PostgreSQL does not answer %(services)s"),
    msg("Look at the databases of these services"),
    "/",
)
DATABASES_UNSEEN = Why(
    msg("No service tells how PostgreSQL is"), msg("Bring the services back that tell it"), "/"
)
REDIS_DOWN = Why(
    msg("Redis does not answer: nobody can log in to the console"), msg("Bring Redis back"), "/"
)
KEYCLOAK_DOWN = Why(
    msg("Keycloak does not answer: nobody can log in"), msg("Bring Keycloak back"), "/"
)
NOT_ASKED_YET = Why(msg("%(name)s has not been asked yet"), msg("Wait a moment"), "/")
STALE = Why(
    msg("The console has not heard of %(name)s lately"), msg("Look at the console's own log"), "/"
)
SERVICE_SILENT = Why(
    msg("%(service)s does not answer"),
    msg("Look why its api ended, and start it again"),
    _PROCESSES,
)
SERVICE_STRANGE = Why(
    msg("%(service)s answers in a form that this console does not know"),
    msg("Roll out the console and %(service)s in versions that fit"),
    _PROCESSES,
)
SERVICE_REFUSES = Why(
    msg("%(service)s refuses to tell the console how it is"),
    msg("Give the client of the console the role viewer"),
    "/",
)
NO_DATABASE = Why(
    msg("%(service)s cannot reach its database"), msg("Bring its database back"), _PROCESSES
)
NO_WORKER_EVER = Why(
    msg("No worker of %(service)s has ever run"), msg("Start its worker"), _PROCESSES
)
WORKER_GONE = Why(
    msg("The worker of %(service)s is gone"),
    msg("Look why it ended, and start it again"),
    _PROCESSES,
)
GONE_SILENT = Why(
    msg("The %(kind)s of %(service)s has gone silent"),
    msg("Restart it if it stays silent"),
    _PROCESSES,
)
STOPPED = Why(
    msg("The %(kind)s of %(service)s was stopped"),
    msg("Start it when the reason is over"),
    _PROCESSES,
)
STANDS_STILL = Why(
    msg("The worker of %(service)s runs, but finishes nothing"),
    msg("Look at its log, then restart it"),
    _PROCESSES,
)
SENDS_NOTHING = Why(
    msg("%(service)s sends no events"),
    msg("Look at the relay in the log of its worker"),
    _PROCESSES,
)
STARTING = Why(
    msg("The %(kind)s of %(service)s is starting"), msg("Wait until it is ready"), _PROCESSES
)
NOT_READY = Why(
    msg("The %(kind)s of %(service)s is not ready: %(checks)s"),
    msg("Mend what it names"),
    _PROCESSES,
)
REPLICA_GONE = Why(
    msg("A process of %(service)s is gone: %(process)s"),
    msg("Look why it ended; the others do its work"),
    _PROCESSES,
)
INVARIANT_BROKEN = Why(
    msg("What must hold in %(service)s does not hold: %(invariant)s"),
    msg("Look at the invariants"),
    "/invariants?service=%(service)s",
)
DEAD_LETTERS = Why(
    msg("%(service)s has given up events: %(number)s%(more)s"),
    msg("Find the cause and drive them again"),
    "/repairs?service=%(service)s",
)
PARKED = Why(
    msg("%(service)s keeps failing at events, and what follows them waits: %(number)s%(more)s"),
    msg("Look at what waits behind them"),
    "/repairs/parked?service=%(service)s",
)
REQUESTS_FAIL = Why(
    msg("Requests to %(service)s fail: %(failed)s of %(number)s"),
    msg("Look at the errors in its log"),
    _PROCESSES,
)
SLOW = Why(
    msg("Events take long in %(service)s: %(seconds)s s"),
    msg("Let it catch up, or add a worker"),
    _PROCESSES,
)
SENDS_SLOWLY = Why(
    msg("%(service)s is behind with sending events: %(number)s"),
    msg("Let it catch up; look at Kafka if it does not"),
    _PROCESSES,
)
