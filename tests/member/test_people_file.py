"""Files of people: what is recognised, what every bad row is told, and that a formula stays a text."""

import csv
from io import StringIO
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.domain.people_errors import UnreadableFileError
from services.member.domain.people_file import (
    FORMULA,
    MAX_ROWS,
    PeopleFile,
    PersonRow,
    RowProblem,
    read_people,
    write_people,
)
from services.member.domain.person import Description, Person, Role

HEADING = "Personalnummer;Vorname;Nachname;E-Mail;Rolle"
GERMAN = f"{HEADING}\r\n4711;Jürgen;Groß;juergen@example.org;Führungskraft\r\n"
EXPECTED = PersonRow(
    2,
    "4711",
    Description("Jürgen", "Groß", "juergen@example.org"),
    frozenset({Role.LEADER}),
    None,
    None,
    None,
)


def rows(*lines: str) -> PeopleFile:
    return read_people("\r\n".join((HEADING, *lines)).encode())


@pytest.mark.parametrize(
    "content",
    [
        GERMAN.encode(),
        GERMAN.encode("utf-8-sig"),
        GERMAN.encode("latin-1"),
        GERMAN.encode("cp1252"),
        b"\xef\xbb\xbf" + GERMAN.encode("latin-1"),
        GERMAN.replace(";", ",").encode(),
        GERMAN.replace(";", "\t").encode(),
        GERMAN.replace("\r\n", "\n").encode(),
        GERMAN.replace(HEADING, "external_id;Given Name;LAST-NAME;eMail;roles").encode(),
        GERMAN.replace("4711", '"4711"').encode(),
        (GERMAN + ";;;;\r\n\r\n").encode(),
    ],
)
def test_what_offices_export_is_recognised(content: bytes) -> None:
    found = read_people(content)
    assert found == PeopleFile([EXPECTED], [], 0)


def test_other_columns_are_counted_and_left_out() -> None:
    found = read_people(b"Personalnummer,Vorname,Nachname,E-Mail,Gehalt\n1,A,B,a@b.de,9000\n")
    assert (len(found.rows), found.ignored_columns) == (1, 1)
    assert "9000" not in repr(found)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (";A;B;a@b.de;", "external_id"),
        ("1;;B;a@b.de;", "given_name"),
        ("1;A;;a@b.de;", "family_name"),
        ("1;A;B;;", "email"),
        ("1;A;B", "email"),
        ("1;A;B;nobody;", "email"),
        ("1;A;B;a@b.de;König", "roles"),
        ("1;A;B;a@b.de;;;", ""),
        ("1;A\x07;B;a@b.de;", "given_name"),
        (f"1;{'A' * 201};B;a@b.de;", "given_name"),
        (f"{'1' * 101};A;B;a@b.de;", "external_id"),
    ],
)
def test_a_bad_row_is_told_with_its_column(line: str, column: str) -> None:
    found = rows("7;A;B;c@d.de;", line)
    assert [row.row for row in found.rows] == [2]
    assert [(each.row, each.column) for each in found.problems] == [(3, column)]


def test_who_stands_there_twice_is_told_where_first() -> None:
    found = rows("1;A;B;a@b.de;", "1;A;B;a@b.de;")
    assert [row.row for row in found.rows] == [2]
    what = "Row 2 has the same. Each person may stand there once."
    assert found.problems == [RowProblem(3, "external_id", what)]


def test_no_problem_repeats_a_cell() -> None:
    found = rows("1;A;B;geheim@;Geheimrat", "1;A\x01geheim;B;geheim;")
    assert found.problems
    assert "geheim" not in repr(found.problems).lower()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (GERMAN.encode("utf-16"), "UTF-16"),
        (b'Personalnummer,"Vorname', "quotation"),
        (("a;" * 101).encode(), "columns"),
        ("\n".join([HEADING, *(["1;A;B;a@b.de;"] * (MAX_ROWS + 1))]).encode(), "Divide"),
    ],
)
def test_other_files_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableFileError, match=words):
        read_people(content)


def test_a_heading_without_what_is_needed_takes_no_row() -> None:
    found = read_people(b"Vorname;Vorname\nA;B\n")
    assert found.rows == []
    assert RowProblem(1, "given_name", "Two columns mean the same. Leave one of them out.") in (
        found.problems
    )
    assert {each.column for each in found.problems} == {
        "external_id",
        "given_name",
        "family_name",
        "email",
    }


@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode(errors="replace"))
)
def test_whatever_is_sent_is_read_or_refused(content: bytes) -> None:
    for each in (content, HEADING.encode() + b"\n" + content):
        try:
            read_people(each)
        except UnreadableFileError:
            continue


NAMES = st.text(
    st.characters(exclude_categories=("C", "Zl", "Zp"), include_characters="=+-@'\";,"),
    min_size=1,
    max_size=20,
).filter(lambda text: text == text.strip() and "\ufffd" not in text)


@given(st.lists(st.tuples(NAMES, NAMES, NAMES), max_size=5, unique_by=lambda each: each[0].lower()))
def test_what_is_exported_is_imported_again_and_calculates_nothing(
    people: list[tuple[str, str, str]],
) -> None:
    made = [
        Person.register(
            uuid4(), uuid4(), key, Description(given, family, "a@b.de"), frozenset({Role.HR})
        )
        for key, given, family in people
    ]
    text = "".join(write_people(made))
    for record in csv.reader(StringIO(text), delimiter=";"):
        assert not any(cell.startswith(FORMULA) for cell in record)
    found = read_people(text.encode())
    assert found.problems == []
    assert [(row.external_id, row.description) for row in found.rows] == [
        (person.external_id, person.description) for person in made
    ]
