"""What is typed in is read as what it can be, and asked for so."""

from uuid import uuid4

import pytest

from services.console.domain.story_search import By, UnreadableError, Wish

SOME, TRACE = str(uuid4()), "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("wish", "queries"),
    [
        (Wish(SOME), [{"person_id": SOME}, {"tenant_id": SOME}]),
        (Wish(SOME.upper()), [{"person_id": SOME}, {"tenant_id": SOME}]),
        (Wish(TRACE), [{"trace_id": TRACE}]),
        (Wish(TRACE.upper(), By.TRACE), [{"trace_id": TRACE}]),
        (Wish("P-4711"), [{"subject": "P-4711"}]),
        (Wish(SOME, By.SUBJECT), [{"subject": SOME}]),
        (Wish(SOME, By.PERSON), [{"person_id": SOME}]),
        (Wish(SOME, By.TENANT), [{"tenant_id": SOME}]),
        (Wish("x", By.SUBJECT, tenant=SOME), [{"subject": "x", "tenant_id": SOME}]),
    ],
)
def test_what_is_asked(wish, queries):
    assert [dict(each) for each in wish.queries()] == queries


@pytest.mark.parametrize(
    "wish",
    [
        Wish(""),
        Wish("x" * 101),
        Wish("a\x00b"),
        Wish("a\u202eb"),
        Wish("x", By.PERSON),
        Wish("x", By.TENANT),
        Wish("x", By.TRACE),
        Wish("x", tenant="Speyer"),
    ],
)
def test_what_cannot_be(wish):
    with pytest.raises(UnreadableError):
        wish.queries()
