"""What the feed was read for: `python -m clients.python.certificates` prints each certificate's person and address."""

import os
from collections.abc import Iterator
from pathlib import Path

from .models import CredentialIssuedV1
from .store import Store


def certificates(store: Store) -> Iterator[CredentialIssuedV1]:
    """Those that are valid."""
    for thing in store.things.values():
        if thing["type"] == CredentialIssuedV1.TYPE:
            yield CredentialIssuedV1.model_validate(thing["data"])


if __name__ == "__main__":
    for each in certificates(Store(Path(os.environ["STATE_FOLDER"]))):
        print(each.person_id, each.url)  # noqa: T201  # that is what it is for
