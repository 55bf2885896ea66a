"""Checking the demo's certificates with libraries that did not sign them, on every core."""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from deploy.demo.independent import NotVerifiedError, verify_independently

KEPT = 5
CHUNK = 10


async def fetch(http: httpx.AsyncClient, urls: Iterable[str]) -> list[tuple[bytes, dict[str, Any]]]:
    """Each credential's public bytes with its issuer's DID document."""
    documents: dict[str, dict[str, Any]] = {}
    fetched = []
    for url in urls:
        tenant_url = url.split("/credentials/")[0]
        if tenant_url not in documents:
            documents[tenant_url] = (
                (await http.get(f"{tenant_url}/did.json")).raise_for_status().json()
            )
        credential = (await http.get(url)).raise_for_status().content
        fetched.append((credential, documents[tenant_url]))
    return fetched


def verify_all(pool: ProcessPoolExecutor, fetched: Sequence[tuple[bytes, dict[str, Any]]]) -> int:
    """How many verify."""
    return sum(pool.map(_verifies, fetched, chunksize=CHUNK))


def _verifies(fetched: tuple[bytes, dict[str, Any]]) -> bool:
    try:
        verify_independently(*fetched)
    except NotVerifiedError:
        return False
    return True


def keep(folder: Path, fetched: Sequence[tuple[bytes, dict[str, Any]]]) -> None:
    """Write some credentials and the documents needed to check them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (credential, document) in enumerate(fetched[:KEPT], 1):
        (folder / f"credential-{number}.json").write_bytes(credential)
        (folder / f"credential-{number}.did.json").write_text(json.dumps(document, indent=2))
