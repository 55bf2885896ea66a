"""Official keys, states and regions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.domain.email import email_address
from services.member.domain.errors import (
    InvalidEmailError,
    MalformedOfficialKeyError,
    MemberError,
)
from services.member.domain.organisation import Kind, OfficialKey
from tests.member.builders import AREAS, organisation


def digits_of(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


@pytest.mark.parametrize(
    ("digits", "identity"),
    [
        ("07314000", "07314000"),  # the city of Ludwigshafen by its AGS
        ("073140000000", "07314000"),  # and by its ARS
        ("073380004004", "07338004"),  # a municipality in no association
        ("073385007022", "07338022"),  # a municipality in an association
        ("073385007000", "073385007000"),  # the association itself, which has no AGS
        ("073380000000", "07338000"),  # the county around them
    ],
)
def test_one_body_has_one_identity(digits: str, identity: str) -> None:
    assert OfficialKey(digits).identity == identity


@given(digits_of(8) | digits_of(12))
def test_the_identity_stays_in_its_state(digits: str) -> None:
    key = OfficialKey(digits)
    assert OfficialKey(key.identity).state_prefix == key.state_prefix
    assert OfficialKey(key.identity).identity == key.identity


@pytest.mark.parametrize(
    "digits",
    [
        "",
        "0731400",
        "073140001",
        "0731400a",
        "\uff10\uff17\uff13\uff11\uff14\uff10\uff10\uff10",
        "07314000\n",
    ],
)
def test_other_texts_are_no_keys(digits: str) -> None:
    with pytest.raises(MalformedOfficialKeyError):
        OfficialKey(digits)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "DE-XX"}, "state_unknown"),
        ({"official_key": None}, "official_key_missing"),
        ({"official_key": None, "kind": Kind.COUNTY}, "official_key_missing"),
        ({"official_key": OfficialKey("08222000")}, "official_key_elsewhere"),
        ({"state": "LU"}, "official_key_elsewhere"),
        ({"regions": frozenset({"ruhr"})}, "region_unknown"),
        (
            {"state": "DE-BY", "official_key": OfficialKey("09162000")},
            "region_elsewhere",
        ),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(MemberError) as error:
        AREAS.check(organisation(**changes))
    assert error.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"regions": frozenset()},
        {"state": "LU", "official_key": None, "regions": frozenset()},
        *({"kind": kind, "official_key": None} for kind in Kind if not kind.needs_official_key),
    ],
)
def test_what_can_be_is_taken(changes: dict[str, object]) -> None:
    AREAS.check(organisation(**changes))


@pytest.mark.parametrize(
    "text", ["a@b.de", " hr@stadt-ludwigshafen.de ", "ü@köln.de", "a.b+c@x.y.z"]
)
def test_addresses(text: str) -> None:
    assert email_address(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "@b.de",
        "a@",
        "a b@c.de",
        "a@b..de",
        "a@@b.de",
        "a@b.de\0",
        "a" * 255 + "@b.de",
    ],
)
def test_other_texts_are_no_addresses(text: str) -> None:
    with pytest.raises(InvalidEmailError) as error:
        email_address(text)
    assert not text.strip() or text not in str(error.value) or text == "a"
