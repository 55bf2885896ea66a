"""What may go wrong with machine clients and with operators in a tenant."""

from services.member.domain.errors import MemberError


class AccessTooLongError(MemberError):
    """An operator may not stay that long."""

    code = "access_too_long"

    def __init__(self) -> None:
        super().__init__("An access lasts 8 hours at most. Ask for a shorter one.")


class TenantNeverActiveError(MemberError):
    """There is nothing of this tenant to act on yet."""

    code = "tenant_never_active"

    def __init__(self) -> None:
        super().__init__(
            "This organisation has not been active yet. Look at its application instead."
        )


class TooManyClientsError(MemberError):
    """The tenant has as many machine clients as it may."""

    code = "too_many_machine_clients"

    def __init__(self, most: int) -> None:
        super().__init__(f"There may be {most} machine clients at most. Revoke one first.")


class ClientLivesTooLongError(MemberError):
    """A machine client must end, and not in the past."""

    code = "expiry_out_of_range"

    def __init__(self) -> None:
        super().__init__("Choose an expires_at in the future, within two years.")


class ClientNotReadyError(MemberError):
    """The machine client's account is still being made."""

    code = "machine_client_not_ready"

    def __init__(self) -> None:
        super().__init__("The client is still being made. Ask again in a moment.")


class ClientRevokedError(MemberError):
    """The machine client is closed for good."""

    code = "machine_client_revoked"

    def __init__(self) -> None:
        super().__init__("This client is revoked. Make a new one.")


class SecretShownError(MemberError):
    """A secret is shown once."""

    code = "secret_shown"

    def __init__(self) -> None:
        super().__init__("The secret was shown already. Rotate the client to get a new one.")


class RotationUnderWayError(MemberError):
    """The account before is still good."""

    code = "rotation_under_way"

    def __init__(self) -> None:
        super().__init__(
            "The client was rotated and its former secret is still good. Rotate again after that."
        )
