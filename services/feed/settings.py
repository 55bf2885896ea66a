"""What a feed process is told by its environment."""

from typing import Self
from uuid import UUID

from pydantic import Field, SecretStr, model_validator

from shared.settings import Settings


class FeedSettings(Settings):
    """Where the contracts are published; what seals the endpoints' secrets and signs cursors (32 bytes in base64url)."""

    #: Where everybody reads the contracts; it is in the addresses of the schemas, so it stays for ever.
    public_url: str = "http://localhost:8105"
    #: Lost, no webhook can be signed until its secret is rotated.
    feed_master_key: SecretStr
    #: Lost or changed, every cursor that was handed out is refused.
    feed_cursor_key: SecretStr
    #: A tenant for those who build a subscriber: made-up events trickle into its log. Never a real one.
    feed_sandbox_tenant: UUID | None = None
    #: The log is written in bulk: a larger batch costs each event less.
    consumer_batch_records: int = Field(default=2_000, ge=1, le=5_000)
    #: `host:port` of the DNS that endpoints are looked up in; empty for this machine's own.
    dns_nameserver: str = ""
    #: For tests and the start on one machine: endpoints on this machine may be delivered to, by http too.
    allow_loopback_endpoints: bool = False

    @model_validator(mode="after")
    def _loopback_only_on_one_machine(self) -> Self:
        if self.allow_loopback_endpoints:
            self.require_one_machine("ALLOW_LOOPBACK_ENDPOINTS")
        return self
