"""What may go wrong with a tenant's onboarding, brand, domains and own login."""

from services.member.domain.errors import MemberError


class NobodyInvitedError(MemberError):
    """The first administrator had an account already, or onboarding has not begun."""

    code = "nobody_invited"

    def __init__(self) -> None:
        super().__init__(
            "Nobody was invited: the first administrator has an account, or the application is not approved."
        )


class StepNotFailedError(MemberError):
    """Only what failed is tried again; the rest is taken when its turn comes."""

    code = "step_not_failed"

    def __init__(self, step: str, state: str) -> None:
        super().__init__(
            f"The step {step} is {state}: only one that failed is tried again. Look at its state again."
        )


class MalformedColourError(MemberError, ValueError):
    """The text is not a colour."""

    code = "colour_malformed"

    def __init__(self) -> None:
        super().__init__("This is not a colour. Write it as #rrggbb, such as #1a5fb4.")


class LowContrastError(MemberError):
    """Text in these colours cannot be read by everybody."""

    code = "contrast_too_low"

    def __init__(self, contrast: float) -> None:
        # Rounded down: 4.499 must not be called 4.50.
        shown = int(contrast * 100) / 100
        super().__init__(
            f"The contrast of text_colour on primary_colour is {shown:.2f}:1, and must be 4.5:1 at least. "
            "Make one of them darker or lighter."
        )


class LogoRefusedError(MemberError, ValueError):
    """The picture cannot be shown to anybody."""

    code = "logo_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"This logo cannot be used: {why}.")


class MalformedDomainError(MemberError, ValueError):
    """The text is not a domain that somebody can own."""

    code = "domain_malformed"

    def __init__(self) -> None:
        super().__init__(
            "This is not a domain. Write it as in e-mail addresses: stadt-beispiel.de."
        )


class DomainUnprovedError(MemberError):
    """The domain's TXT record does not say what it should."""

    code = "domain_unproved"

    def __init__(self, record_name: str) -> None:
        super().__init__(
            f"The TXT record {record_name} does not have the value that was given for it. "
            "Publish it; after a change, the DNS may take an hour to tell everybody."
        )


class TooManyDomainsError(MemberError):
    """A tenant claims as many domains as one may."""

    code = "too_many_domains"

    def __init__(self, limit: int) -> None:
        super().__init__(f"You claim {limit} domains, and may not claim more. Ask the operator.")


class DomainTakenError(MemberError):
    """Another tenant has proved that the domain is its own."""

    code = "domain_taken"

    def __init__(self) -> None:
        super().__init__(
            "Another organisation has proved this domain. Ask the cooperative's operator."
        )


class DomainNotProvedYetError(MemberError):
    """People are led to an identity provider only by domains that its tenant has proved."""

    code = "domain_not_proved"

    def __init__(self, domain: str) -> None:
        super().__init__(
            f"You have not proved the domain {domain}. "
            "POST /v1/tenant/domains tells how; then link the identity provider."
        )


class AddressRefusedError(MemberError):
    """An address that a tenant gave is not one that the platform may call."""

    code = "address_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"This address cannot be used: {why}.")


class MetadataRefusedError(MemberError):
    """What an identity provider says of itself cannot be used."""

    code = "metadata_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"The identity provider's own description cannot be used: {why}.")
