"""`python -m deploy.make_env`: write .env for Docker Compose with made-up secrets."""

import base64
import os
import secrets
import sys
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[1]
BASE64_BYTES: Final = {
    "KAFKA_CLUSTER_ID": 16,
    "CERTIFICATE_MASTER_KEY": 32,
    "FEED_MASTER_KEY": 32,
    "FEED_CURSOR_KEY": 32,
    "VOUCHER_CODE_KEY": 32,
    "CONSOLE_SESSION_KEY": 32,
}


def secret(name: str) -> str:
    """Hexadecimal, so that it fits into an address, unless the name asks for another form."""
    if name == "KAFKA_CLUSTER_ID":
        # Kafka wants no padding, and a leading dash would look like an option.
        return "L" + _base64(BASE64_BYTES[name])[1:].rstrip("=")
    if name in BASE64_BYTES:
        return _base64(BASE64_BYTES[name])
    return secrets.token_hex(24)


def filled(example: str) -> str:
    """The example with a fresh value after each empty `NAME=`."""
    lines = (
        f"{line}{secret(line[:-1])}" if line.endswith("=") and not line.startswith("#") else line
        for line in example.splitlines()
    )
    return "\n".join(lines) + "\n"


def _base64(count: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(count)).decode()


def main() -> int:
    """Refuse to replace secrets that a running platform may depend on."""
    target = REPOSITORY / ".env"
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{target} exists; its secrets are kept", file=sys.stderr)
        return 1
    with os.fdopen(descriptor, "w") as out:
        out.write(filled((REPOSITORY / ".env.example").read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
