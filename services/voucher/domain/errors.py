"""What can go wrong by rule. Codes are stable; messages say what to do."""

from datetime import datetime
from uuid import UUID


class VoucherError(Exception):
    """A rule of this service was violated."""

    code = "rule_violated"


class InvalidProgrammeError(VoucherError):
    """The programme's terms contradict each other."""

    code = "invalid_programme"


class InvalidUnitsError(VoucherError):
    """A number of units that nobody can move."""

    code = "invalid_units"


class ProgrammeNotOpenError(VoucherError):
    """The programme is a draft still, or closed."""

    code = "programme_not_open"

    def __init__(self, state: str) -> None:
        super().__init__(f"The programme is {state}; units move only while it is open.")


class ProgrammeOpenedError(VoucherError):
    """The programme is no draft any more."""

    code = "programme_opened"

    def __init__(self) -> None:
        super().__init__("The programme has been opened; its terms stay. Top it up, or close it.")


class PoolExhaustedError(VoucherError):
    """An account of the pool has fewer units than a transfer needs."""

    code = "exhausted"


class AllocationNotKnownError(VoucherError):
    """The programme has no such allocation."""

    code = "allocation_unknown"

    def __init__(self) -> None:
        super().__init__("The programme has no such allocation. Look up its allocations.")


class TenantNotKnownError(VoucherError):
    """The tenant is not active here, or its activation has not arrived yet."""

    code = "tenant_unknown"

    def __init__(self) -> None:
        super().__init__(
            "Your organisation is not active on the platform. Ask the cooperative's operator."
        )


class InvalidPriceError(VoucherError):
    """What was agreed cannot be a price."""

    code = "invalid_price"


class PriceAgreedError(VoucherError):
    """Two prices of one offer cannot begin at once."""

    code = "price_agreed_already"

    def __init__(self) -> None:
        super().__init__(
            "A price for this offer is valid from the same moment. It stays; let yours begin later."
        )


class PriceMissingError(VoucherError):
    """Nothing is agreed for what was used."""

    code = "price_missing"

    def __init__(self, offer_id: UUID | None, at: datetime) -> None:
        super().__init__(
            f"There is no price for the offer {offer_id} on {at:%Y-%m-%d}. Agree on one, or on one "
            "for all offers of the programme, that is valid from that day; then settle again."
        )


class InvalidPartyError(VoucherError):
    """An invoice could not be made out with these data."""

    code = "invalid_billing_details"


class BillingDetailsMissingError(VoucherError):
    """Who owes or is owed has not said how invoices name it."""

    code = "billing_details_missing"


class InvalidPeriodError(VoucherError):
    """A settlement cannot end on that day."""

    code = "invalid_period"


class NothingToSettleError(VoucherError):
    """No voucher was used or reversed since the last settlement."""

    code = "nothing_to_settle"

    def __init__(self) -> None:
        super().__init__(
            "Up to that day nothing was used or reversed that is not settled already. Settle a later day."
        )


class SettledAlreadyError(VoucherError):
    """What is settled stays as it was settled."""

    code = "settled_already"


class InvalidSettlementError(VoucherError):
    """A voucher cannot be redeemed, released or reversed as it is asked."""

    code = "invalid_settlement"


class InvalidFinancingPlanError(VoucherError):
    """The positions of a financing plan contradict each other, or what is granted."""

    code = "invalid_financing_plan"


class ProofNotPossibleError(VoucherError):
    """The programme is not where such a proof of use can be made."""

    code = "proof_not_possible"


class ProofNotReadyError(VoucherError):
    """The proof of use is still being made, or could not be made."""

    code = "proof_not_ready"


class NotWhatIsSignedError(VoucherError):
    """The hash sent is not that of this proof of use."""

    code = "not_what_is_signed"


class AlreadySignedError(VoucherError):
    """The person has signed this proof of use before."""

    code = "already_signed"


class PersonNotKnownError(VoucherError):
    """The organisation has no such person, or has not told of them yet."""

    code = "person_unknown"

    def __init__(self) -> None:
        super().__init__("Your organisation has no such person. Check the id.")


class NoPersonOfYoursError(VoucherError):
    """Nobody has told which person the account is."""

    code = "no_person_of_yours"

    def __init__(self) -> None:
        super().__init__(
            "It is not known which person you are. Open your profile once, or ask HR to enter your address."
        )


class ProgrammeNotKnownError(VoucherError):
    """There is no such programme, or it is somebody else's draft."""

    code = "programme_unknown"

    def __init__(self) -> None:
        super().__init__("There is no such programme for you. Check the id.")


class NotAssignedError(VoucherError):
    """The voucher is used for a booking, or has ended."""

    code = "not_assigned"

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The voucher is {status}; only one with which nothing is booked can be taken back. Cancel the booking."
        )


class BeneficiaryNotKnownError(VoucherError):
    """There is no such organisation to give something to."""

    code = "beneficiary_unknown"

    def __init__(self) -> None:
        super().__init__("There is no such organisation on the platform. Check beneficiary_id.")
