"""What a member process is told by its environment."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import Settings


class MemberSettings(Settings):
    """Beyond what every service needs: the identity provider and the broker, with accounts to onboard tenants with."""

    #: Where tenants' systems reach this service; SCIM tells them addresses below it.
    public_url: str = "http://localhost:8101"
    keycloak_url: str = ""
    keycloak_realm: str = ""
    keycloak_client_id: str = ""
    keycloak_client_secret: SecretStr = SecretStr("")
    #: The account on the broker that may change tenants' users and rights, and nothing of events.
    kafka_access_username: str = "member-access"
    kafka_access_password: SecretStr = SecretStr("")
    #: `host:port` of the DNS that domains are proved by; empty for this machine's own.
    dns_nameserver: str = ""
    #: For tests and the start on one machine: identity providers on this machine may be linked.
    allow_loopback_identity_providers: bool = False
    #: How long a worker that died keeps others from its steps.
    onboarding_lease_seconds: float = Field(default=30, gt=0)

    @model_validator(mode="after")
    def _loopback_only_on_one_machine(self) -> Self:
        if self.allow_loopback_identity_providers:
            self.require_one_machine("ALLOW_LOOPBACK_IDENTITY_PROVIDERS")
        return self
