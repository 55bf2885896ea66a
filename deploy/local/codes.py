"""One-time codes of the demo accounts: their secrets stand in the realm file, as their passwords do."""

import json

import pyotp

from deploy.local.keycloak import REALMS
from deploy.names import REALM


def secret_of(account: str) -> str:
    """What an authenticator app is given for a demo account. Raises LookupError for one without codes."""
    realm = json.loads((REALMS / f"{REALM}-realm.json").read_text())
    for user in realm["users"]:
        for credential in user.get("credentials", ()):
            if (user["username"], credential["type"]) == (account, "otp"):
                return str(json.loads(credential["secretData"])["value"])
    raise LookupError(f"{account} has no one-time codes; operator, approver and viewer have")


def code_of(account: str) -> str:
    """The code of this half minute; Keycloak takes each once."""
    return pyotp.TOTP(secret_of(account)).now()
