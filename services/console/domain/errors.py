"""What may go wrong between the console and the services, in words for operators."""

from dataclasses import dataclass, field


class ServiceTroubleError(Exception):
    """A service did not do what it was asked; `service` is its name, `why` says it in words."""

    def __init__(self, service: str, why: str) -> None:
        super().__init__(f"{service}: {why}")
        self.service = service
        self.why = why


class ServiceSilentError(ServiceTroubleError):
    """No answer in time, no connection, or a failure inside.

    `code` is that of the problem document, where there is one: with it the service did answer.
    `may_have_acted`: nobody knows whether it was done.
    """

    def __init__(
        self, service: str, why: str, *, code: str = "", may_have_acted: bool = False
    ) -> None:
        super().__init__(service, why)
        self.code, self.may_have_acted = code, may_have_acted


class ServiceStrangeError(ServiceTroubleError):
    """An answer that is not of the contract that the console knows: another version, half deployed."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A problem document (RFC 9457) of a service: its words are for people, and say what to do."""

    status: int
    code: str
    detail: str
    errors: tuple[tuple[str, str], ...] = field(default=())


class ServiceRefusedError(ServiceTroubleError):
    """The service refused, and said why in a problem document."""

    def __init__(self, service: str, problem: Refusal) -> None:
        super().__init__(service, problem.detail)
        self.problem = problem


class IssuerSilentError(Exception):
    """Keycloak does not answer: nobody can log in right now, and no token can be renewed."""


class LoginRefusedError(Exception):
    """Keycloak did not let somebody in, or what came back is not an answer to what this browser asked."""
