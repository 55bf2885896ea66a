"""What can go wrong by rule. Codes are stable; messages say what to do and name no person."""


class MemberError(Exception):
    """A rule of this service was violated."""

    code = "rule_violated"


class InvalidEmailError(MemberError, ValueError):
    """The text is not an e-mail address."""

    code = "invalid_email"

    def __init__(self) -> None:
        super().__init__("This is not an e-mail address. Write it as name@example.org.")


class MalformedOfficialKeyError(MemberError):
    """The text is neither an AGS nor an ARS."""

    code = "official_key_malformed"

    def __init__(self) -> None:
        super().__init__("An official key has 8 digits (AGS) or 12 digits (ARS), nothing else.")


class OfficialKeyMissingError(MemberError):
    """An organisation of this kind has an official key and must name it."""

    code = "official_key_missing"

    def __init__(self, kind: str) -> None:
        super().__init__(f"A {kind} has an official key. Give its AGS or ARS in official_key.")


class OfficialKeyElsewhereError(MemberError):
    """The official key is not one of the state named."""

    code = "official_key_elsewhere"

    def __init__(self, state: str, key_prefix: str | None) -> None:
        rule = f"start with {key_prefix}" if key_prefix else "do not exist: leave official_key out"
        super().__init__(f"Official keys of {state} {rule}. Correct official_key or state.")


class OfficialKeyTakenError(MemberError):
    """An organisation with this official key has applied or is a member."""

    code = "official_key_taken"

    def __init__(self) -> None:
        super().__init__(
            "An organisation with this official key has applied already. Ask its administrator."
        )


class UnknownStateError(MemberError):
    """There is no such state."""

    code = "state_unknown"

    def __init__(self) -> None:
        super().__init__("There is no such state. GET /v1/regions lists the codes.")


class UnknownRegionError(MemberError):
    """There is no such region."""

    code = "region_unknown"

    def __init__(self) -> None:
        super().__init__("There is no such region. GET /v1/regions lists the codes.")


class RegionElsewhereError(MemberError):
    """The region does not reach into the state named."""

    code = "region_elsewhere"

    def __init__(self, region: str, state: str) -> None:
        super().__init__(
            f"The region {region} does not reach into {state}. Correct regions or state."
        )


class ApplicantHasTenantError(MemberError):
    """Who applies acts for a tenant already."""

    code = "applicant_has_tenant"

    def __init__(self) -> None:
        super().__init__(
            "This account acts for an organisation already. Apply with another account."
        )


class ApplicationDecidedError(MemberError):
    """The application was decided otherwise."""

    code = "application_decided"

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The application is {status}; that decision stands. Have a new one made instead."
        )


class TenantNotActiveError(MemberError):
    """The tenant may not use the platform, or not yet."""

    code = "tenant_not_active"

    def __init__(self) -> None:
        super().__init__(
            "Your organisation is not active on the platform. Ask the cooperative's operator."
        )


class TenantSuspendedError(MemberError):
    """The tenant may read, but change nothing."""

    code = "tenant_suspended"

    def __init__(self) -> None:
        super().__init__(
            "Your organisation is suspended: nothing can be changed. Ask the cooperative's operator."
        )


class TenantStateError(MemberError):
    """What an operator wants does not apply to the tenant's state."""

    code = "tenant_state"

    def __init__(self, status: str) -> None:
        super().__init__(f"The tenant is {status}. This is for tenants that are active.")
