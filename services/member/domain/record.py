"""What a person completed, and where the certificate is, put together from two services' events."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Completion:
    """The person completed what was booked."""

    completed_at: datetime
    title: str
    offer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The person has a certificate for it."""

    issued_at: datetime
    url: str


@dataclass(slots=True)
class PersonRecord:
    """What became of a booking. Either half may come first, or twice: the newest of each is kept."""

    tenant_id: UUID
    booking_id: UUID
    person_id: UUID
    completion: Completion | None = None
    certificate: Certificate | None = None

    def learn(self, news: Completion | Certificate) -> None:
        """Keep what is newer than what is kept."""
        if isinstance(news, Completion):
            self.completion = max(filter(None, (self.completion, news)), key=_completion_order)
        else:
            self.certificate = max(filter(None, (self.certificate, news)), key=_certificate_order)


def _completion_order(completion: Completion) -> tuple[datetime, str, str]:
    return completion.completed_at, completion.title, str(completion.offer_id or "")


def _certificate_order(certificate: Certificate) -> tuple[datetime, str]:
    return certificate.issued_at, certificate.url
