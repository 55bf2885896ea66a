"""Keycloak, built once for this machine; each platform started from it has its own data."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.local.component import Program, Say, StartError
from deploy.local.download import exclusive, fetch, pinned
from deploy.local.java import JAVA, JAVA_HOME, LAPTOP_OPTIONS
from deploy.local.layout import CACHE, Layout
from deploy.local.passwords import Passwords
from deploy.local.ports import HOST, Ports
from deploy.local.probe import answers_ready
from deploy.names import CONSOLE, REALM, SERVICES

UNPACKED: Final = CACHE / "keycloak-26.7.3"
BUILD_OPTIONS: Final = ("--db=dev-file", "--health-enabled=true", "--cache=local")
REALMS: Final = Path(__file__).with_name("keycloak")
HEAP: Final = ("-Xms64m", "-Xmx384m", "-XX:MaxMetaspaceSize=256m")

THREAD_FACTORY: Final = "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory"

# Keycloak's own start script asks for these; it is bypassed because it leaves a shell between
# supervisord and the server.
JAVA_OPTIONS: Final = (
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Dpicocli.disable.closures=true",
    f"-Djava.util.concurrent.ForkJoinPool.common.threadFactory={THREAD_FACTORY}",
    "--enable-native-access=ALL-UNNAMED",
    *(
        f"--add-opens=java.base/{package}=ALL-UNNAMED"
        for package in (
            "java.util",
            "java.util.concurrent",
            "java.security",
            "java.lang",
        )
    ),
)


class Keycloak:
    """Identity: the realm `lernverbund`, its organizations and demo people."""

    name = "keycloak"
    needs: tuple[str, ...] = ()
    ports = ("keycloak", "keycloak_management")

    def __init__(
        self, layout: Layout, ports: Ports, passwords: Passwords, mail: Mapping[str, str]
    ) -> None:
        self._home = layout.root / "keycloak"
        self._port, self._management_port = (
            ports["keycloak"],
            ports["keycloak_management"],
        )
        self._passwords, self._mail = passwords, mail
        self._console_url = console_url(ports)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def issuer(self) -> str:
        return f"{self.address}/realms/{REALM}"

    def client_secret(self, service: str) -> str:
        """What the service proves itself with."""
        return self._passwords[f"keycloak_{service}"]

    @property
    def program(self) -> Program:
        return Program(
            command=(
                *(str(JAVA), *HEAP, *LAPTOP_OPTIONS, *JAVA_OPTIONS),
                f"-Dkc.home.dir={self._home}",
                f"-Djboss.server.config.dir={self._home / 'conf'}",
                *("-cp", str(self._home / "lib" / "quarkus-run.jar")),
                "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
                *("start", "--optimized", "--import-realm", "--http-enabled=true"),
                f"--hostname={self.address}",
                "--log-level=info,io.smallrye.health:error",  # it logs every probe while starting
                *(f"--http-host={HOST}", f"--http-port={self._port}"),
                *(
                    f"--http-management-host={HOST}",
                    f"--http-management-port={self._management_port}",
                ),
            ),
            environment={"LANG": "C.UTF-8", **self._secrets, **self._mail},
            directory=self._home,
            stop_seconds=60,  # it must finish the set-up of its database, or leaves it locked
        )

    def prepare(self, say: Say) -> None:
        with exclusive(CACHE / "keycloak"):
            if not UNPACKED.exists():
                fetch(pinned("zip"), CACHE, say)
                _unpack_and_build(say)
        (self._home / "data" / "import").mkdir(parents=True, exist_ok=True)
        for name in ("lib", "conf", "providers", "themes"):
            link = self._home / name
            if not link.is_symlink():
                link.symlink_to(UNPACKED / name)
        for realm in REALMS.glob("*-realm.json"):
            shutil.copy(realm, self._home / "data" / "import")

    def ready(self) -> bool:
        return answers_ready(self._management_port)

    def configure(self) -> None:
        """The realm files say everything; an existing realm is left as it is."""

    @property
    def _secrets(self) -> dict[str, str]:
        """Keycloak puts them in the places that the realm files name."""
        return {
            "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
            "KC_BOOTSTRAP_ADMIN_PASSWORD": self._passwords["keycloak_admin"],
            "CONSOLE_URL": self._console_url,
            **{
                f"{each.upper()}_CLIENT_SECRET": self.client_secret(each)
                for each in (*SERVICES, CONSOLE)
            },
        }


def console_url(ports: Ports) -> str:
    """Where operators reach the console; Keycloak leads them back nowhere else."""
    return f"http://{HOST}:{ports[CONSOLE]}"


def _unpack_and_build(say: Say) -> None:
    say("unpacking")
    half = CACHE / "keycloak.part"
    shutil.rmtree(half, ignore_errors=True)
    archive = CACHE / pinned("zip")[0].file_name
    with zipfile.ZipFile(archive) as content:
        content.extractall(half)
    home = half / UNPACKED.name
    for script in (home / "bin").glob("*.sh"):
        script.chmod(0o755)
    say("building for a fast start, once")
    built = subprocess.run(
        (str(home / "bin" / "kc.sh"), "build", *BUILD_OPTIONS),
        env={**os.environ, "JAVA_HOME": str(JAVA_HOME)},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode != 0:
        raise StartError(f"Keycloak could not be built: {built.stdout[-500:]}{built.stderr[-500:]}")
    home.rename(UNPACKED)
    half.rmdir()
    archive.unlink()
