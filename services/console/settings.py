"""What a console process is told by its environment."""

from collections.abc import Mapping
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import SecretStr, model_validator

from shared.settings import ProcessSettings

LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class ConsoleSettings(ProcessSettings):
    """Where the services are, who the console is to Keycloak, and what seals its sessions (32 bytes in base64url)."""

    #: Where operators reach the console; Keycloak leads them back there.
    public_url: str = "http://127.0.0.1:8106"
    member_url: str
    catalogue_url: str
    voucher_url: str
    certificate_url: str
    feed_url: str
    console_client_secret: SecretStr
    #: Changed, everybody logs in again.
    console_session_key: SecretStr
    #: In which times are shown, beside UTC.
    time_zone: str = "Europe/Berlin"

    @cached_property
    def addresses(self) -> Mapping[str, str]:
        """The services by name, in the order in which people meet them."""
        return {
            "member": self.member_url,
            "catalogue": self.catalogue_url,
            "voucher": self.voucher_url,
            "certificate": self.certificate_url,
            "feed": self.feed_url,
        }

    @cached_property
    def origin(self) -> str:
        """The console's own origin (RFC 6454): where its forms are sent from."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @cached_property
    def is_https(self) -> bool:
        """Whether browsers reach the console by TLS."""
        return self.public_url.startswith("https://")

    @model_validator(mode="after")
    def _https_beyond_one_machine(self) -> Self:
        if not self.is_https and urlsplit(self.public_url).hostname not in LOOPBACK:
            raise ValueError("PUBLIC_URL must begin with https:// beyond this machine")
        ZoneInfo(self.time_zone)
        return self
