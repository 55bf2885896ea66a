"""The services themselves: their migrations, then an HTTP process and a worker each."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.component import Program, Say, StartError
from deploy.local.keycloak import Keycloak
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.passwords import Passwords
from deploy.local.ports import HOST, Ports
from deploy.local.probe import answers_ready
from deploy.names import REALM
from deploy.topics import TENANT_ACCESS


class Environment:
    """What each process of a service is told: addresses, its own passwords, nobody else's."""

    def __init__(self, ports: Ports, passwords: Passwords, keycloak: Keycloak) -> None:
        self._ports, self._passwords, self._keycloak = ports, passwords, keycloak

    def of(self, service: str, process: str = "api") -> dict[str, str]:
        """For `api` or `worker`; they differ in the port only."""
        port = self._ports[service if process == "api" else f"{service}_worker"]
        return {
            "DATABASE_URL": self._database(service, service),
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{self._ports['kafka']}",
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_USERNAME": service,
            "KAFKA_PASSWORD": self._passwords[f"kafka_{service}"],
            "REDIS_URL": f"redis://:{self._passwords['valkey']}@{HOST}:{self._ports['valkey']}/0",
            "OIDC_ISSUER": self._keycloak.issuer,
            "OIDC_AUDIENCE": service,
            "HTTP_HOST": HOST,
            "HTTP_PORT": str(port),
            **self._own(service),
        }

    def of_migration(self, service: str) -> dict[str, str]:
        """A migration knows the database's owner, and nothing else."""
        return {"DATABASE_URL": self._database(f"{service}_owner", service)}

    def _own(self, service: str) -> dict[str, str]:
        if service == "certificate":
            return {
                "PUBLIC_URL": self._public_url(service),
                "CERTIFICATE_MASTER_KEY": self._passwords.key("certificate_master_key"),
            }
        if service == "feed":
            return {
                "PUBLIC_URL": self._public_url(service),
                "ALLOW_LOOPBACK_ENDPOINTS": "true",
                "FEED_MASTER_KEY": self._passwords.key("feed_master_key"),
                "FEED_CURSOR_KEY": self._passwords.key("feed_cursor_key"),
                **_given("FEED_SANDBOX_TENANT"),
            }
        if service == "member":
            return {
                "PUBLIC_URL": self._public_url(service),
                "KEYCLOAK_URL": self._keycloak.address,
                "KEYCLOAK_REALM": REALM,
                "KEYCLOAK_CLIENT_ID": service,
                "KEYCLOAK_CLIENT_SECRET": self._keycloak.client_secret(service),
                "KAFKA_ACCESS_USERNAME": TENANT_ACCESS,
                "KAFKA_ACCESS_PASSWORD": self._passwords[f"kafka_{TENANT_ACCESS}"],
            }
        return {}

    def _public_url(self, service: str) -> str:
        """A did:web names a host: an address in numbers is not allowed in it."""
        return f"http://localhost:{self._ports[service]}"

    def _database(self, role: str, database: str) -> str:
        password = self._passwords[f"postgres_{role}"]
        return f"postgresql+asyncpg://{role}:{password}@{HOST}:{self._ports['postgres']}/{database}"


class Migration:
    """Brings a service's tables up to date; it has no program, only work to be done before."""

    ports: tuple[str, ...] = ()
    program = None
    needs = ("postgres",)
    address = ""

    def __init__(
        self, service: str, ports: Ports, environment: Mapping[str, str], layout: Layout
    ) -> None:
        self.name = f"{service}-migrate"
        self._service, self._environment = service, environment
        self._port = ports[service]
        self._log = layout.logs / f"{self.name}.log"

    def prepare(self, say: Say) -> None:
        if answers_ready(self._port):
            return  # a service that runs was migrated before it started
        say("migrating the database")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("w") as log:
            done = subprocess.run(
                command(self._service, "migrate"),
                env={**base_environment(), **self._environment},
                cwd=REPOSITORY,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            last = self._log.read_text().strip().splitlines()[-1:]
            raise StartError(f"migration failed: {' '.join(last)} (all of it: {self._log})")

    def ready(self) -> bool:
        return True

    def configure(self) -> None:
        """Nothing runs."""


class ServiceProcess:
    """The `api` or the `worker` of a service."""

    def __init__(self, service: str, process: str, ports: Ports, environment: Environment) -> None:
        self.name = f"{service}-{process}"
        self.needs = (f"{service}-migrate", "kafka", "valkey")
        self.ports = (service if process == "api" else f"{service}_worker",)
        self._service, self._process = service, process
        self._environment = environment
        self._port = ports[self.ports[0]]

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def program(self) -> Program:
        return Program(
            command=command(self._service, self._process),
            environment={
                **base_environment(),
                **self._environment.of(self._service, self._process),
            },
            directory=REPOSITORY,
        )

    def prepare(self, _say: Say) -> None:
        """Its code is here and its migration has run."""

    def ready(self) -> bool:
        return answers_ready(self._port)

    def configure(self) -> None:
        """It configures itself."""


def command(service: str, process: str) -> tuple[str, ...]:
    """`python -m services.voucher worker`, with the Python that runs this."""
    return (sys.executable, "-m", f"services.{service}", process)


def base_environment() -> dict[str, str]:
    """No more than Python needs: the caller's shell must not change how services behave."""
    telemetry = {name: value for name, value in os.environ.items() if name.startswith("OTEL_")}
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **telemetry,
    }


def _given(name: str) -> dict[str, str]:
    """What whoever starts the platform says, if it says so."""
    return {name: os.environ[name]} if os.environ.get(name) else {}


def has_code(service: str) -> bool:
    """Whether the service can be started at all."""
    return (REPOSITORY / Path("services", service, "__main__.py")).exists()
