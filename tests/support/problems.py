"""What every refusal looks like: a problem document (RFC 9457) that says what to do."""

from typing import Any

import httpx

MEDIA_TYPE = "application/problem+json"
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "correlation_id"}
#: What only the inside of a service looks like.
INSIDE = ("Traceback", 'File "', "sqlalchemy", "asyncpg", "pydantic", "site-packages")


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, which has this status and code and the one shape."""
    asked = f"{answer.request.method} {answer.request.url} answered {answer.status_code}: "
    assert (answer.status_code, _code(answer)) == (status, code), asked + answer.text[:500]
    assert answer.headers["content-type"] == MEDIA_TYPE, asked
    document: dict[str, Any] = answer.json()
    assert set(document) - {"errors"} == MEMBERS, asked
    assert document["type"] == f"urn:lernverbund:problem:{code}"
    assert document["status"] == status
    assert document["correlation_id"] == answer.headers["x-correlation-id"]
    assert document["detail"].endswith((".", "…")), f"{asked}no sentence: {document['detail']}"
    assert not any(word in answer.text for word in INSIDE), asked + answer.text[:500]
    return document


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""
