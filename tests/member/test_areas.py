"""Regions, official keys over time, and the official directory."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.adapters.directory_file import read_edition
from services.member.application.apply import apply
from services.member.application.change_areas import (
    note_merger,
    put_region,
    put_state,
    read_directory,
)
from services.member.application.change_tenant import (
    ChangeKey,
    RenameTenant,
    change_key,
    rename_tenant,
    review_tenant,
)
from services.member.domain.area import Areas, Region, State
from services.member.domain.cooperative_errors import (
    DirectoryOutdatedError,
    EmptyDirectoryError,
    InvalidStateError,
    KeyChangeTooEarlyError,
    MalformedDirectoryError,
    OfficialKeyEndedError,
    OfficialKeyNotOfKindError,
    OfficialKeyUnknownError,
)
from services.member.domain.directory import Area, Edition, check_key, succeed
from services.member.domain.errors import MemberError, OfficialKeyTakenError
from services.member.domain.key_history import KeyHistory
from services.member.domain.membership import Membership
from services.member.domain.organisation import Kind, Level, OfficialKey
from services.member.domain.statutes import day_of
from shared.envelope import Cause
from tests.member.builders import AREAS, NOW, active_tenant, application, fresh_key, organisation
from tests.member.fakes import FakeUnitOfWork
from tests.member.gv100ad import directory, encoded, line

CAUSE = Cause("test")
DAY = timedelta(days=1)
TODAY = day_of(NOW)
MRN = frozenset({"07314", "07338", "08222"})
REGION = Region("mrn", "Metropolregion Rhein-Neckar", frozenset({"DE-BW", "DE-HE", "DE-RP"}), MRN)
WITH_KEYS = Areas(AREAS.states, {"mrn": REGION})


@pytest.fixture
def work() -> FakeUnitOfWork:
    return FakeUnitOfWork()


def place(key: str, *regions: str, **changes: Any) -> Any:
    return organisation(official_key=OfficialKey(key), regions=frozenset(regions), **changes)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("07314000", None),
        ("073385007022", None),
        ("073385007000", None),
        ("07338000", None),
        ("07211000", "region_excludes_key"),  # Trier
    ],
)
def test_a_key_proves_where_a_body_lies(key: str, code: str | None) -> None:
    if code:
        with pytest.raises(MemberError) as error:
            WITH_KEYS.check(place(key, "mrn"))
        assert error.value.code == code
    else:
        WITH_KEYS.check(place(key, "mrn"))
    assert WITH_KEYS.regions_of(place(key)) == (frozenset() if code else {"mrn"})


def test_who_has_no_key_says_where_it_lies() -> None:
    university = organisation(kind=Kind.UNIVERSITY, official_key=None, regions=frozenset({"mrn"}))
    WITH_KEYS.check(university)
    assert WITH_KEYS.regions_of(university) == {"mrn"}
    assert AREAS.regions_of(place("07211000", "mrn")) == {"mrn"}, "no keys, nothing is disproved"


@pytest.mark.parametrize(
    ("states", "prefixes", "code"),
    [
        ({"DE-RP"}, {"08"}, "region_invalid"),
        ({"DE-RP"}, {"07x"}, "region_invalid"),
        ({"DE-RP"}, {"0"}, "region_invalid"),
        ({"LU"}, {"07"}, "region_invalid"),
        (set(), set(), "region_invalid"),
        ({"DE-XX"}, set(), "state_unknown"),
    ],
)
def test_regions_that_cannot_be(states: set[str], prefixes: set[str], code: str) -> None:
    with pytest.raises(MemberError) as error:
        AREAS.check_region(Region("x", "X", frozenset(states), frozenset(prefixes)))
    assert error.value.code == code


async def test_states_are_data(work: FakeUnitOfWork) -> None:
    for name in ("Österreich", "Republik Österreich"):
        await put_state(work, State("AT", name, None))
    assert (await work.areas.get()).states["AT"].name == "Republik Österreich"
    await put_state(work, State("DE-RP", "Rheinland-Pfalz!", "07"))
    for wrong in (State("DE-RP", "Rheinland-Pfalz", None), State("DE-XX", "Neu", "07")):
        with pytest.raises(InvalidStateError):
            await put_state(work, wrong)


def test_a_merger_gives_another_key_from_a_day_on() -> None:
    history = KeyHistory(uuid4())
    old, new = OfficialKey("07314000"), OfficialKey("07314001")
    history.change(old, TODAY)
    for _ in range(2):
        history.change(new, TODAY + 5 * DAY)
    assert history.on(TODAY - DAY) is None
    assert history.on(TODAY + 4 * DAY) == old
    assert history.on(TODAY + 5 * DAY) == new
    with pytest.raises(KeyChangeTooEarlyError):
        history.change(old, TODAY + 5 * DAY)
    history.end(TODAY + 2 * DAY)
    assert (history.on(TODAY + DAY), history.on(TODAY + 2 * DAY)) == (old, None)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.integers(0, 3000))
def test_a_tenant_has_one_key_a_day(gaps: list[int], ends: int) -> None:
    history, day = KeyHistory(uuid4()), TODAY
    for number, gap in enumerate(gaps):
        history.change(OfficialKey(f"{number:08}"), day)
        day += timedelta(days=gap)
    history.end(TODAY + timedelta(days=ends))
    for offset in range(0, 3200, 7):
        on = TODAY + timedelta(days=offset)
        held = [each for each in history.keys if each.holds_on(on)]
        assert len(held) == (offset < ends)


async def test_a_key_change_is_told_on_its_day(work: FakeUnitOfWork) -> None:
    made = active_tenant(official_key=OfficialKey("07314000"))
    other = active_tenant(official_key=OfficialKey("07315000"))
    for each in (made, other):
        await work.tenants.add(each)
        history = KeyHistory(each.tenant_id)
        assert each.organisation.official_key
        history.change(each.organisation.official_key, TODAY)
        await work.official_keys.save(history)
    with pytest.raises(OfficialKeyTakenError):
        await change_key(
            work, ChangeKey(made.tenant_id, OfficialKey("073150000000"), TODAY + DAY, CAUSE), NOW
        )
    key = OfficialKey("07338022")
    await change_key(work, ChangeKey(made.tenant_id, key, TODAY + DAY, CAUSE), NOW)
    assert work.published == []
    await review_tenant(work, made.tenant_id, NOW, CAUSE)
    assert work.published == []
    for _ in range(2):
        await review_tenant(work, made.tenant_id, NOW + DAY, CAUSE)
    [told] = work.published
    assert told.event.model_dump()["official_key"] == "07338022"
    assert work.reviews.kept == set()


async def test_a_changed_region_is_told_to_those_concerned(work: FakeUnitOfWork) -> None:
    inside = active_tenant(official_key=OfficialKey("07314000"), regions=frozenset())
    outside = active_tenant(official_key=OfficialKey("07211000"), regions=frozenset({"mrn"}))
    bavarian = active_tenant(
        official_key=OfficialKey("09162000"), state="DE-BY", regions=frozenset()
    )
    for each in (inside, outside, bavarian):
        await work.tenants.add(each)
    assert await put_region(work, REGION, NOW) == 2
    for tenant_id, _ in list(work.reviews.kept):
        await review_tenant(work, tenant_id, NOW, CAUSE)
    told = {each.tenant_id: each.event.model_dump()["regions"] for each in work.published}
    assert told == {inside.tenant_id: ("mrn",), outside.tenant_id: ()}
    assert await put_region(work, REGION, NOW) == 2
    for tenant_id, _ in list(work.reviews.kept):
        await review_tenant(work, tenant_id, NOW, CAUSE)
    assert len(work.published) == 2, "who lies where it lay hears nothing"


async def test_a_new_name_is_in_the_register_and_told(work: FakeUnitOfWork) -> None:
    made = active_tenant()
    await work.tenants.add(made)
    await work.memberships.add(Membership.admit(made.tenant_id, "Alt", 1, "op", NOW))
    for _ in range(2):
        await rename_tenant(work, RenameTenant(made.tenant_id, "Neu", "admin", CAUSE), NOW)
    [told] = work.published
    assert told.event.model_dump()["name"] == "Neu"
    assert work.memberships.kept[made.tenant_id].standing(TODAY).name == "Neu"
    assert await rename_tenant(work, RenameTenant(uuid4(), "x", "y", CAUSE), NOW) is None


def test_the_official_format_is_read() -> None:
    edition = read_edition(encoded(directory(("07338001", "Altdorf"), ("07338002", "Äpfelbach"))))
    assert edition.stand == date(2026, 9, 30)
    assert {(area.key, area.level, area.name) for area in edition.areas} == {
        ("07000000", Level.STATE, "Rheinland-Pfalz"),
        ("07338000", Level.COUNTY, "Musterkreis"),
        ("073385007000", Level.ASSOCIATION, "Musterverband"),
        ("07338001", Level.MUNICIPALITY, "Altdorf"),
        ("07338002", Level.MUNICIPALITY, "Äpfelbach"),
    }
    with_mark = b"\xef\xbb\xbf" + encoded(directory(("07338001", "Altdorf")))
    assert len(read_edition(with_mark).areas) == 4


GOOD = directory(("07338001", "Altdorf"), ("07338002", "Neudorf"))


@given(
    st.integers(0, len(GOOD) - 1),
    st.sampled_from(
        [
            "99",
            "x",
            line("60", "0733800x", "Altdorf"),
            line("60", "07338009", ""),
            line("60", "07338001", "Altdorf")[:130],
            line("60", "07338009", "Altdorf", stand="20251231"),
            line("60", "07338009", "Altdorf", stand="20261399"),
            line("40", "073", "Kreis"),
        ]
    ),
)
def test_a_malformed_line_is_named(place: int, wrong: str) -> None:
    lines = [*GOOD[: place + 1], wrong, *GOOD[place + 1 :]]
    with pytest.raises(MalformedDirectoryError, match=f"Line {place + 2}: "):
        read_edition(encoded(lines))


@given(st.binary(max_size=400))
def test_whatever_is_sent_is_a_directory_or_a_problem(content: bytes) -> None:
    with pytest.raises((MalformedDirectoryError, EmptyDirectoryError)):
        read_edition(content)


def test_what_is_there_twice_or_in_latin_1_is_refused() -> None:
    twice = [*GOOD, GOOD[-1]]
    with pytest.raises(MalformedDirectoryError, match="Line 6: the key 07338002"):
        read_edition(encoded(twice))
    latin = "\r\n".join(directory(("07338001", "Altdorf"), ("07338002", "Äpfelbach")))
    with pytest.raises(MalformedDirectoryError, match="Line 5: it is not UTF-8"):
        read_edition(latin.encode("latin-1"))
    with pytest.raises(EmptyDirectoryError):
        read_edition(encoded(directory()))


KEYS = st.sets(st.integers(1, 30), max_size=30)


@given(st.lists(KEYS, min_size=1, max_size=6))
def test_after_every_edition_exactly_its_areas_are_there(editions: list[set[int]]) -> None:
    kept: dict[tuple[str, date], Area] = {}
    stand = TODAY
    for keys in editions:
        areas = tuple(
            Area(f"{key:08}", Level.MUNICIPALITY, f"Ort {key}", stand) for key in sorted(keys)
        )
        changed = succeed(kept.values(), Edition(stand, areas), stand - DAY)
        kept |= {(area.key, area.valid_from): area for area in changed}
        current = {area.key for area in kept.values() if area.valid_to is None}
        assert current == {area.key for area in areas}
        assert succeed(kept.values(), Edition(stand, areas), stand) == []
        stand += DAY


async def test_once_a_directory_is_read_a_key_must_be_in_it(work: FakeUnitOfWork) -> None:
    free = application(official_key=fresh_key())
    await apply(work, free, NOW)
    first = read_edition(encoded(directory(("07338001", "Altdorf"), ("07338002", "Neudorf"))))
    assert await read_directory(work, first) == 5
    assert await read_directory(work, first) == 0
    second = read_edition(encoded(directory(("07338001", "Altdorf"), stand="20261001")))
    assert await read_directory(work, second) == 1
    with pytest.raises(DirectoryOutdatedError):
        await read_directory(work, first)
    await apply(work, application(official_key=OfficialKey("073385007001")), NOW)
    with pytest.raises(OfficialKeyUnknownError):
        await apply(work, application(official_key=OfficialKey("07338099")), NOW)
    with pytest.raises(OfficialKeyEndedError, match="07338002 ended on 2026-10-01"):
        await apply(work, application(official_key=OfficialKey("07338002")), NOW)
    await note_merger(work, "07338002", "07338001", date(2026, 10, 1))
    with pytest.raises(OfficialKeyEndedError, match="and is part of 07338001 now"):
        await apply(work, application(official_key=OfficialKey("07338002")), NOW)
    for pair in (("07338099", "07338001"), ("07338002", "07338099")):
        with pytest.raises(OfficialKeyUnknownError):
            await note_merger(work, *pair, date(2026, 10, 1))


def test_a_key_may_end_in_the_future() -> None:
    area = Area("07338002", Level.MUNICIPALITY, "Neudorf", TODAY, TODAY + DAY)
    check_key(OfficialKey("07338002"), Kind.MUNICIPALITY, [area], TODAY)
    with pytest.raises(OfficialKeyEndedError):
        check_key(OfficialKey("07338002"), Kind.MUNICIPALITY, [area], TODAY + DAY)


@pytest.mark.parametrize(
    ("kind", "level", "fits"),
    [
        (Kind.MUNICIPALITY, Level.MUNICIPALITY, True),
        (Kind.MUNICIPALITY, Level.ASSOCIATION, True),
        (Kind.MUNICIPALITY, Level.COUNTY, False),
        (Kind.COUNTY, Level.COUNTY, True),
        (Kind.COUNTY, Level.MUNICIPALITY, False),
        (Kind.COUNTY, Level.STATE, False),
        (Kind.STATE_AGENCY, Level.STATE, True),
        (Kind.UNIVERSITY, Level.MUNICIPALITY, True),
    ],
)
def test_a_key_is_that_of_a_body_of_its_kind(kind: Kind, level: Level, *, fits: bool) -> None:
    area = Area("07338000", level, "Musterkreis", TODAY)
    if fits:
        check_key(OfficialKey("07338000"), kind, [area], TODAY)
    else:
        with pytest.raises(OfficialKeyNotOfKindError):
            check_key(OfficialKey("07338000"), kind, [area], TODAY)
    # A city that is a county of its own has its key twice.
    city = [Area("07314000", each, "Stadt", TODAY) for each in (Level.COUNTY, Level.MUNICIPALITY)]
    check_key(OfficialKey("07314000"), kind, city, TODAY)
