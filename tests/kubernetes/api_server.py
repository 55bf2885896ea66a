"""A real kube-apiserver over a real etcd, with RBAC, without nodes: what it allows and refuses is Kubernetes' own.

`python -m tests.kubernetes.api_server` builds both once with Go, some four minutes; they are kept in var/cache.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.local.layout import CACHE

VERSION: Final = "1.35.4"
PROGRAMS: Final = CACHE / f"kubernetes-{VERSION}"
PACKAGES: Final = {
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "etcd": "go.etcd.io/etcd/server/v3",
}
START_SECONDS: Final = 60
STOP_SECONDS: Final = 10
POLL_SECONDS: Final = 0.1
HOST: Final = "127.0.0.1"


def is_built() -> bool:
    """Whether the programs are here."""
    return all((PROGRAMS / name).exists() for name in PACKAGES)


def build() -> None:
    """Build what is pinned in `server/go.mod`."""
    go = shutil.which("go")
    if go is None:
        sys.exit(
            "kube-apiserver is built with Go: install it (1.26 or newer), or leave these tests out"
        )
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    for name, package in PACKAGES.items():
        command = (go, "build", "-trimpath", "-ldflags=-s -w", "-o", str(PROGRAMS / name), package)
        subprocess.run(command, cwd=Path(__file__).parent / "server", check=True)


@dataclass(frozen=True, slots=True)
class ApiServer:
    """Where it answers, who its administrator is, and what its certificate is checked against."""

    address: str
    admin_token: str
    certificate: Path

    def admin(self) -> httpx.Client:
        """May do everything."""
        headers = {"Authorization": f"Bearer {self.admin_token}"}
        return httpx.Client(
            base_url=self.address, headers=headers, verify=str(self.certificate), trust_env=False
        )


@contextmanager
def api_server(folder: Path) -> Iterator[ApiServer]:
    """Both, with all their files in `folder`."""
    etcd, peers, api = _free_ports(3)
    _write_key(folder / "accounts.key")
    token = secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f'{token},admin,admin,"system:masters"\n')
    with ExitStack() as running:
        running.enter_context(_process(folder, "etcd", _etcd(folder, etcd, peers)))
        running.enter_context(_process(folder, "kube-apiserver", _api(folder, etcd, api)))
        server = ApiServer(f"https://{HOST}:{api}", token, folder / "certs" / "apiserver.crt")
        _wait_until_ready(server, folder / "kube-apiserver.log")
        yield server


def _etcd(folder: Path, port: int, peers: int) -> tuple[str, ...]:
    here, peer = f"http://{HOST}:{port}", f"http://{HOST}:{peers}"
    return (
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={here}",
        f"--advertise-client-urls={here}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
    )


def _api(folder: Path, etcd: int, port: int) -> tuple[str, ...]:
    return (
        f"--etcd-servers=http://{HOST}:{etcd}",
        f"--bind-address={HOST}",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certs'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://kubernetes.test",
        f"--service-account-key-file={folder / 'accounts.key'}",
        f"--service-account-signing-key-file={folder / 'accounts.key'}",
    )


@contextmanager
def _process(folder: Path, name: str, arguments: tuple[str, ...]) -> Iterator[None]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            (str(PROGRAMS / name), *arguments),
            stdout=log,
            stderr=log,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(server: ApiServer, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.certificate.exists():
            try:
                with server.admin() as admin:
                    if admin.get("/readyz").is_success:
                        return
            except httpx.TransportError:
                pass
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"kube-apiserver is not ready:\n{log.read_text()[-2_000:]}")


def _write_key(file: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _free_ports(number: int) -> list[int]:
    with ExitStack() as bound:
        sockets = [bound.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


if __name__ == "__main__":
    build()
