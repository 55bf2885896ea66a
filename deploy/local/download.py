"""Fetch pinned Maven artifacts into var/cache: only what has the right checksum gets its name."""

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import requests
from maven_artifact import Artifact, Downloader
from tenacity import (
    retry,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
)

LOCK_FILE: Final = Path(__file__).with_name("jars.lock")
CHUNK_BYTES: Final = 256 * 1024
TIMEOUT_SECONDS: Final = (10, 60)
MEGABYTE: Final = 1_000_000

Say = Callable[[str], None]


class DownloadError(Exception):
    """The network or the repository did not give what the lock file names."""


class ChecksumError(DownloadError):
    """What came is not what was pinned."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """One artifact with the checksum and size it must have."""

    coordinate: str
    sha256: str
    size: int

    @property
    def file_name(self) -> str:
        artifact = Artifact.parse(self.coordinate)
        return f"{artifact.artifact_id}-{artifact.version}.{artifact.extension}"


def pinned(extension: str, lock: Path = LOCK_FILE) -> tuple[Pinned, ...]:
    """The jars, or the zip, of a lock file."""
    rows = (line.split() for line in lock.read_text().splitlines() if line[:1] not in ("", "#"))
    every = (Pinned(coordinate, sha256, int(size)) for coordinate, sha256, size in rows)
    return tuple(each for each in every if each.file_name.endswith(f".{extension}"))


def fetch(artifacts: tuple[Pinned, ...], folder: Path, say: Say) -> None:
    """Bring all of them into the folder; what is there already is not fetched again."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [each for each in artifacts if not (folder / each.file_name).exists()]
    if not missing:
        return
    progress = _Progress(sum(each.size for each in missing), say)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(_fetch_one, each, folder, progress) for each in missing]:
            done.result()


class _Progress:
    """Counts the bytes of all parallel downloads and says so every few per cent."""

    def __init__(self, total: int, say: Say) -> None:
        self._total, self._say = total, say
        self._done, self._last_said = 0, -1
        self._lock = Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self._done += count
            twentieth = self._done * 20 // self._total
            if twentieth == self._last_said:
                return
            self._last_said = twentieth
        self._say(f"downloading {self._done // MEGABYTE} of {self._total // MEGABYTE} MB")


def _fetch_one(wanted: Pinned, folder: Path, progress: _Progress) -> None:
    try:
        _attempt(wanted, folder, progress)
    except DownloadError:
        raise
    except (requests.RequestException, OSError) as error:
        raise DownloadError(
            f"{wanted.coordinate} could not be fetched from Maven Central after several tries"
            f" ({type(error).__name__}). Check the network or proxy and run the same command again:"
            " what has arrived is kept."
        ) from error


@retry(
    stop=stop_after_attempt(4),
    wait=wait_exponential(min=1, max=10),
    retry=retry_if_exception_type(requests.RequestException),
    reraise=True,
)
def _attempt(wanted: Pinned, folder: Path, progress: _Progress) -> None:
    client = Downloader()
    address = client.resolver.uri_for_artifact(Artifact.parse(wanted.coordinate))
    part = folder / f"{wanted.file_name}.part"
    digest = hashlib.sha256()
    received = 0
    try:
        with (
            client.requestor.request(address, None, stream=True, timeout=TIMEOUT_SECONDS) as answer,
            part.open("wb") as out,
        ):
            for chunk in answer.iter_content(CHUNK_BYTES):
                out.write(chunk)
                digest.update(chunk)
                received += len(chunk)
                progress.add(len(chunk))
        _compare(digest.hexdigest(), wanted)
        part.replace(folder / wanted.file_name)
    except BaseException:
        progress.add(-received)
        part.unlink(missing_ok=True)
        raise


def _compare(sha256: str, wanted: Pinned) -> None:
    if sha256 != wanted.sha256:
        raise ChecksumError(
            f"{wanted.coordinate} came with another checksum than its lock file pins; it is not used."
        )


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Two platforms may start at once from one cache: one fills it, the other waits."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
