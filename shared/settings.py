"""What a process is told by its environment; each service adds its own fields."""

from functools import cached_property
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProcessSettings(BaseSettings):
    """What every process needs, also one without a database or events. Read from environment variables."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    redis_url: str = ""
    oidc_issuer: str = ""
    oidc_audience: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    otel_exporter_otlp_endpoint: str = ""
    log_level: str = "INFO"

    def require_one_machine(self, setting: str) -> None:
        """Refuse a setting that is for tests and the start on one machine. Raises ValueError."""
        issuer = urlsplit(self.oidc_issuer).hostname
        if issuer not in {None, "127.0.0.1", "localhost"}:
            raise ValueError(f"{setting} is for one machine; take it out: the issuer is elsewhere")


class Settings(ProcessSettings):
    """Addresses and credentials that every service with a database and events needs."""

    database_url: str
    kafka_bootstrap_servers: str = ""
    kafka_security_protocol: str = "SASL_SSL"
    kafka_username: str = ""
    kafka_password: SecretStr = SecretStr("")

    consumer_batch_records: int = Field(default=500, ge=1, le=5_000)
    consumer_poll_milliseconds: int = Field(default=20, ge=1, le=1_000)
    database_pool_size: int = Field(default=10, ge=1, le=100)
    #: How many dead letters one person may repair without a second one.
    repair_alone: int = Field(default=1_000, ge=0)

    @cached_property
    def kafka_uses_tls(self) -> bool:
        """Whether the connection to the broker is encrypted."""
        return self.kafka_security_protocol.endswith("SSL")
