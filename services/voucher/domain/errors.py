"""What can go wrong by rule. Codes are stable; messages say what to do."""


class VoucherError(Exception):
    """A rule of this service was violated."""

    code = "rule_violated"


class InvalidProgrammeError(VoucherError):
    """The programme's terms contradict each other."""

    code = "invalid_programme"


class PoolExhaustedError(VoucherError):
    """An account of the pool has fewer units than a transfer needs."""

    code = "exhausted"


class TenantNotKnownError(VoucherError):
    """The tenant is not active here, or its activation has not arrived yet."""

    code = "tenant_unknown"

    def __init__(self) -> None:
        super().__init__(
            "Your organisation is not active on the platform. Ask the cooperative's operator."
        )
