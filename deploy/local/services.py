"""The services themselves: their migrations, then an HTTP process and a worker each."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from deploy.local.component import Program, Say, StartError
from deploy.local.keycloak import Keycloak, console_url
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.passwords import Passwords
from deploy.local.ports import HOST, Ports
from deploy.local.probe import answers_ready
from deploy.names import CONSOLE, REALM, SERVICES
from deploy.topics import TENANT_ACCESS
from shared.release import VARIABLE as RELEASE_VARIABLE

#: Who issues invoices on one machine, and how it wants its own.
COOPERATIVE: Final = {
    "PARTY__NAME": "Lernverbund eG",
    "PARTY__STREET": "Rathausplatz 20",
    "PARTY__POSTCODE": "67059",
    "PARTY__CITY": "Ludwigshafen am Rhein",
    "PARTY__CONTACT": "Buchhaltung",
    "PARTY__PHONE": "+49 621 5550",
    "PARTY__EMAIL": "rechnung@lernverbund.example.org",
    "PARTY__VAT_ID": "DE123456789",
    "PARTY__IBAN": "DE02120300000000202051",
    "PAYER__REFERENCE": "Buchhaltung",
    "PAYER__PAYMENT_DAYS": "14",
}


class Environment:
    """What each process of a service is told: addresses, its own passwords, nobody else's."""

    def __init__(
        self, ports: Ports, passwords: Passwords, keycloak: Keycloak, layout: Layout
    ) -> None:
        self._ports, self._passwords = ports, passwords
        self._keycloak, self._layout = keycloak, layout

    def of(self, service: str, process: str = "api", *, is_next: bool = False) -> dict[str, str]:
        """For `api` or `worker`, or the second one of them; they differ in the port only."""
        if service == CONSOLE:
            return self._console()
        port = self._ports[port_name(service, process, is_next=is_next)]
        return {
            "DATABASE_URL": self._database(service, service),
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{self._ports['kafka']}",
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_USERNAME": service,
            "KAFKA_PASSWORD": self._passwords[f"kafka_{service}"],
            "REDIS_URL": self._redis,
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
        if service == "voucher":
            return {
                "VOUCHER_CODE_KEY": self._passwords.key("voucher_code_key"),
                **{f"COOPERATIVE__{name}": value for name, value in COOPERATIVE.items()},
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

    def _console(self) -> dict[str, str]:
        """No database and no broker: addresses of the services, and who the console is to Keycloak."""
        return {
            **{f"{each.upper()}_URL": f"http://{HOST}:{self._ports[each]}" for each in SERVICES},
            "REDIS_URL": self._redis,
            "OIDC_ISSUER": self._keycloak.issuer,
            "OIDC_AUDIENCE": CONSOLE,
            "HTTP_HOST": HOST,
            "HTTP_PORT": str(self._ports[CONSOLE]),
            "PUBLIC_URL": console_url(self._ports),
            "CONSOLE_CLIENT_SECRET": self._keycloak.client_secret(CONSOLE),
            "CONSOLE_SESSION_KEY": self._passwords.key("console_session_key"),
            "DEPLOYMENTS": "supervisor",
            "SUPERVISOR_ROOT": str(self._layout.root),
            "SUPERVISOR_SOCKET": str(self._layout.socket),
            **{name: value for name, value in os.environ.items() if name.startswith("ROLLOUT_")},
        }

    @property
    def _redis(self) -> str:
        return f"redis://:{self._passwords['valkey']}@{HOST}:{self._ports['valkey']}/0"

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
    """The `api` or the `worker` of a service, of the release that its link leads to."""

    def __init__(
        self, service: str, process: str, ports: Ports, environment: Environment, layout: Layout
    ) -> None:
        self.name = f"{service}-{process}"
        self.needs = (
            ("valkey",) if service == CONSOLE else (f"{service}-migrate", "kafka", "valkey")
        )
        self.ports = (port_name(service, process),)
        self._service, self._process = service, process
        self._environment, self._layout = environment, layout
        self._port = ports[self.ports[0]]

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def program(self) -> Program:
        environment = self._environment.of(self._service, self._process)
        return _released(self.name, self._service, self._process, environment, self._layout)

    def prepare(self, _say: Say) -> None:
        """Its code is here and its migration has run."""

    def ready(self) -> bool:
        return answers_ready(self._port)

    def configure(self) -> None:
        """It configures itself."""


def on_call(service: str, environment: Environment, layout: Layout) -> dict[str, Program]:
    """What only a rollout starts: a second process of each role, and a release's migration."""
    programs = {}
    for process in ("api", "worker"):
        name = f"{service}-{process}-next"
        told = environment.of(service, process, is_next=True)
        programs[name] = _released(name, service, process, told, layout)
    name = f"{service}-migrate"
    migration = _released(name, service, "migrate", environment.of_migration(service), layout)
    return {**programs, name: replace(migration, keeps_alive=False)}


def _released(
    name: str, service: str, process: str, environment: Mapping[str, str], layout: Layout
) -> Program:
    """A program of whatever release the link of its name leads to; the release says in a file which it is."""
    said = 'test ! -f RELEASE || export RELEASE_COMMIT="$(cat RELEASE)" && exec "$0" "$@"'
    return Program(
        command=("/bin/sh", "-c", said, *command(service, process)),
        environment={**base_environment(), **environment},
        directory=layout.running / name,
    )


def port_name(service: str, process: str, *, is_next: bool = False) -> str:
    """What `Ports` calls the port of a process."""
    name = service if process == "api" else f"{service}_{process}"
    return f"{name}_next" if is_next else name


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
        RELEASE_VARIABLE: checked_out(),
        **telemetry,
    }


def _given(name: str) -> dict[str, str]:
    """What whoever starts the platform says, if it says so."""
    return {name: os.environ[name]} if os.environ.get(name) else {}


@cache
def checked_out() -> str:
    """The commit that is checked out here; empty where there is none to be asked."""
    git = shutil.which("git")
    if git is None:
        return ""
    asked = [git, "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(
        asked, cwd=REPOSITORY, capture_output=True, text=True, check=False
    ).stdout.strip()


def has_code(service: str) -> bool:
    """Whether the service can be started at all."""
    return (REPOSITORY / Path("services", service, "__main__.py")).exists()
