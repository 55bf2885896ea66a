"""What services answer about stories, read into what the console knows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from services.console.domain.gap import Failure
from services.console.domain.story import Event
from shared.expectations import Expected

#: An event, and what has to follow it.
Told = tuple[Event, Sequence[Expected]]


def address(correlation_id: str) -> str:
    """Where a service tells the story of an id, which may be any text."""
    return "/v1/operations/stories/" + quote(correlation_id, safe="").replace(".", "%2E")


def told(service: str, answer: Any) -> list[Told]:
    """What a service published in a story."""
    return [(_event(service, each), [_expected(one) for one in each["expects"]]) for each in answer]


def _event(service: str, each: Any) -> Event:
    return Event(
        service=service,
        id=str(each["id"]),
        type=str(each["type"]),
        topic=str(each["topic"]),
        subject=str(each["subject"]),
        tenant_id=str(each["tenant_id"]),
        sequence=int(each["sequence"]),
        time=datetime.fromisoformat(each["time"]),
        causation_id=each["causation_id"],
        traceparent=each["traceparent"],
        is_sent=each["state"] == "sent",
    )


def _expected(each: Any) -> Expected:
    due_at = datetime.fromisoformat(each["due_at"])
    return Expected(tuple(each["types"]), str(each["by"]), due_at, each["given"])


def failures(service: str, answer: Any) -> list[Failure]:
    """What a service could not handle of a story."""
    return [
        Failure(
            service=service,
            event_id=each["event_id"],
            type=each["type"],
            subject=each["subject"],
            state=str(each["state"]),
            error=str(each["error"]),
            attempts=int(each["attempts"]),
            since=datetime.fromisoformat(each["since"]),
            due_at=datetime.fromisoformat(each["due_at"]) if each["due_at"] else None,
            letter_id=each["letter_id"],
            group_id=each["group_id"],
        )
        for each in answer
    ]


def handled(answer: Any) -> Mapping[str, datetime]:
    """When events took effect, by their ids."""
    return {str(each["event_id"]): datetime.fromisoformat(each["handled_at"]) for each in answer}
