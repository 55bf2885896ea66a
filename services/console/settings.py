"""What a console process is told by its environment."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator

from services.console.domain.rollout import Rules
from services.console.domain.verdict import Limits
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
    #: Who keeps the services' processes, so that the console can change what runs.
    deployments: Literal["none", "supervisor", "kubernetes"] = "none"
    #: Of the local platform: its folder, and where its supervisord listens.
    supervisor_root: Path = Path()
    supervisor_socket: Path = Path()
    #: How long a new release is measured, how often, and from how many requests and events on it can be judged.
    rollout_soak_seconds: float = Field(default=300, gt=0)
    rollout_measure_seconds: float = Field(default=10, gt=0)
    rollout_readiness_seconds: float = Field(default=180, gt=0)
    rollout_minimum: int = Field(default=20, ge=1)
    #: Where a trace is looked at, with `{trace_id}` in its place; empty where traces are kept nowhere.
    trace_url: str = ""
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
    def rollout_rules(self) -> Rules:
        """How long rollouts may take, and what is good enough."""
        return Rules(
            readiness=timedelta(seconds=self.rollout_readiness_seconds),
            soak=timedelta(seconds=self.rollout_soak_seconds),
            measure_every=timedelta(seconds=self.rollout_measure_seconds),
            limits=Limits(minimum=self.rollout_minimum),
        )

    @cached_property
    def origin(self) -> str:
        """The console's own origin (RFC 6454): where its forms are sent from."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @cached_property
    def is_https(self) -> bool:
        """Whether browsers reach the console by TLS."""
        return self.public_url.startswith("https://")

    def trace_address(self, trace_id: str) -> str:
        """Where a trace is looked at; empty if nowhere."""
        return self.trace_url.replace("{trace_id}", trace_id)

    @model_validator(mode="after")
    def _https_beyond_one_machine(self) -> Self:
        if not self.is_https and urlsplit(self.public_url).hostname not in LOOPBACK:
            raise ValueError("PUBLIC_URL must begin with https:// beyond this machine")
        if self.trace_url and not self.trace_url.startswith(("https://", "http://")):
            raise ValueError("TRACE_URL must begin with https:// or http://")
        ZoneInfo(self.time_zone)
        return self
