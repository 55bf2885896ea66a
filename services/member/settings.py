"""What a member process is told by its environment."""

from pydantic import SecretStr

from shared.settings import Settings


class MemberSettings(Settings):
    """Beyond what every service needs: the identity provider, and the account to onboard tenants with."""

    keycloak_url: str = ""
    keycloak_realm: str = ""
    keycloak_client_id: str = ""
    keycloak_client_secret: SecretStr = SecretStr("")
