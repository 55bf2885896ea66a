"""A file of people as personnel offices export it: read cell by cell, every problem with its row and what to do.

No problem repeats what stands in a cell. A cell that a spreadsheet would take for a formula is a text like any
other; written out, it gets an apostrophe before it, which is taken away when it is read again.
"""

import csv
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from unicodedata import category, normalize

from services.member.domain.account import user_key
from services.member.domain.email import email_address
from services.member.domain.errors import InvalidEmailError
from services.member.domain.people_errors import UnreadableFileError
from services.member.domain.person import Description, Person, Role

MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_NAME = 200
MAX_KEY = 100
DELIMITERS = ";,\t"
FORMULA = ("=", "+", "-", "@", "\t", "\r")

_REQUIRED = ("external_id", "given_name", "family_name", "email")
_COLUMNS: Mapping[str, str] = {
    "external_id": "externalid personalnummer personnelnumber employeenumber mitarbeiternummer externeid",
    "given_name": "givenname vorname firstname",
    "family_name": "familyname nachname familienname lastname surname name",
    "email": "email mail emailadresse emailaddress",
    "roles": "roles role rollen rolle",
    "user_name": "username benutzername login anmeldename",
    "org_unit": "orgunit unit organisationseinheit einheit abteilung",
    "job_family": "jobfamily berufsgruppe tatigkeitsgruppe jobfamilie",
}
_COLUMN_OF = {alias: name for name, aliases in _COLUMNS.items() for alias in aliases.split()}
_ROLES: Mapping[Role, str] = {
    Role.LEARNER: "learner lernende lernender lerner",
    Role.LEADER: "leader fuhrungskraft leitung",
    Role.TRAINER: "trainer trainerin dozent dozentin",
    Role.HR: "hr personal personalabteilung",
    Role.TENANT_ADMIN: "tenantadmin administration administrator",
    Role.AUDITOR: "auditor revision prufung",
    Role.WORKS_COUNCIL: "workscouncil personalrat betriebsrat",
}
_ROLE_OF = {alias: role for role, aliases in _ROLES.items() for alias in aliases.split()}

EXPORTED = ("external_id", "user_name", "given_name", "family_name", "email", "roles")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in a row, counted as a spreadsheet does: the heading is row 1."""

    row: int
    column: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A row without a problem of its own. No roles: as they are. `org_unit`, `job_family`: the tenant's keys."""

    row: int
    external_id: str
    description: Description
    roles: frozenset[Role]
    user_name: str | None
    org_unit: str | None
    job_family: str | None


@dataclass(slots=True)
class PeopleFile:
    """What a file says: rows that can be taken, and what is wrong with the others."""

    rows: list[PersonRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    ignored_columns: int = 0

    def refuse(self, problems: Sequence[RowProblem]) -> None:
        """Take the rows out that turn out to have these problems."""
        bad = {problem.row for problem in problems}
        self.rows = [row for row in self.rows if row.row not in bad]
        self.problems = sorted(
            (*self.problems, *problems), key=lambda each: (each.row, each.column)
        )


def read_people(content: bytes) -> PeopleFile:
    """Read a file in UTF-8, with or without byte order mark, or Windows-1252, with semicolons, commas or tabs.

    Raises UnreadableFileError when it is no such file, has no heading, or has too many rows.
    """
    records = _records(_decoded(content))
    heading = next(records, None)
    if heading is None:
        raise UnreadableFileError("The file is empty. Send a heading and a row for each person.")
    found = PeopleFile()
    columns = _columns(heading, found)
    if not found.problems:
        _read_rows(records, columns, len(heading), found)
    return found


def write_people(people: Iterable[Person]) -> Iterator[str]:
    """The lines of a file that read_people understands and a spreadsheet does not calculate with."""
    yield _line(EXPORTED)
    for person in people:
        description = person.description
        yield _line(
            [
                person.external_id or "",
                person.account.user_name,
                description.given_name,
                description.family_name,
                description.email,
                "|".join(sorted(person.roles)),
            ]
        )


def _decoded(content: bytes) -> str:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise UnreadableFileError('The file is in UTF-16. Save it as "CSV UTF-8" and send that.')
    # Some programs put the mark of UTF-8 before a text that is none.
    plain = content.removeprefix(BOM_UTF8)
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return plain.decode("cp1252", errors="replace")


def _records(text: str) -> Iterator[list[str]]:
    first_line = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first_line.count)
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise UnreadableFileError(
            "The file is not CSV: a quotation mark is open, or a cell is too long. Export it again."
        ) from error


def _columns(heading: Sequence[str], found: PeopleFile) -> dict[str, int]:
    if len(heading) > MAX_COLUMNS:
        raise UnreadableFileError(f"The file may have {MAX_COLUMNS} columns. Leave others out.")
    columns: dict[str, int] = {}
    for index, cell in enumerate(heading):
        name = _COLUMN_OF.get(_plain(cell))
        if name is None:
            found.ignored_columns += 1
        elif name in columns:
            found.problems.append(
                RowProblem(1, name, "Two columns mean the same. Leave one of them out.")
            )
        else:
            columns[name] = index
    found.problems += [
        RowProblem(1, name, f"The column {name} is missing. Add it, or name it so in the heading.")
        for name in _REQUIRED
        if name not in columns
    ]
    return columns


def _read_rows(
    records: Iterator[list[str]], columns: Mapping[str, int], width: int, found: PeopleFile
) -> None:
    keys: dict[str, int] = {}
    names: dict[str, int] = {}
    for number, record in enumerate(records, start=2):
        if number - 1 > MAX_ROWS:
            raise UnreadableFileError(
                f"The file may have {MAX_ROWS:,} rows. Divide it and send one part after the other."
            )
        if not any(cell.strip() for cell in record):
            continue
        reader = _Row(number, record, columns)
        row = reader.read(width)
        if row and reader.is_first(keys, "external_id", row.external_id):
            reader.is_first(names, "user_name", user_key(row.user_name or row.external_id))
        found.problems += reader.problems
        if row and not reader.problems:
            found.rows.append(row)


class _Row:
    """Reads one row, noting what is wrong with it."""

    def __init__(self, number: int, record: Sequence[str], columns: Mapping[str, int]) -> None:
        self.problems: list[RowProblem] = []
        self._number = number
        self._record = record
        self._columns = columns

    def read(self, width: int) -> PersonRow | None:
        if len(self._record) > width:
            self._note("", "The row has more cells than the heading. Quote cells with a separator.")
            return None
        external_id = self._text("external_id", MAX_KEY, required=True)
        row = PersonRow(
            row=self._number,
            external_id=external_id,
            description=Description(
                self._text("given_name", MAX_NAME, required=True),
                self._text("family_name", MAX_NAME, required=True),
                self._email(),
            ),
            roles=self._roles(),
            user_name=self._text("user_name", MAX_KEY) or None,
            org_unit=self._text("org_unit", MAX_KEY) or None,
            job_family=self._text("job_family", MAX_KEY) or None,
        )
        return row if external_id else None

    def is_first(self, seen: dict[str, int], column: str, value: str) -> bool:
        first = seen.setdefault(value, self._number)
        if first != self._number:
            self._note(column, f"Row {first} has the same. Each person may stand there once.")
        return first == self._number

    def _text(self, column: str, most: int, *, required: bool = False) -> str:
        value = self._cell(column)
        if required and not value:
            self._note(column, "The cell is empty. Fill it in.")
        elif len(value) > most:
            self._note(column, f"The text is longer than {most} characters. Shorten it.")
        elif any(category(each) in {"Cc", "Cs", "Zl", "Zp"} or each == "\ufffd" for each in value):
            self._note(column, "The text has a character that is none. Type it anew.")
        return value

    def _email(self) -> str:
        value = self._cell("email")
        try:
            return email_address(value)
        except InvalidEmailError as error:
            self._note("email", str(error) if value else "The cell is empty. Fill it in.")
            return value

    def _roles(self) -> frozenset[Role]:
        names = [name for name in re.split(r"[|,;/]", self._cell("roles")) if name.strip()]
        roles = frozenset(_ROLE_OF[_plain(name)] for name in names if _plain(name) in _ROLE_OF)
        if any(_plain(name) not in _ROLE_OF for name in names):
            known = ", ".join(role for role in Role)
            self._note("roles", f"There are these roles: {known}. Separate several with |.")
        return roles

    def _cell(self, column: str) -> str:
        index = self._columns.get(column)
        if index is None or index >= len(self._record):
            return ""
        value = self._record[index].strip()
        return value[1:] if value[:1] == "'" and value[1:2] in {*FORMULA, "'"} else value

    def _note(self, column: str, what_to_do: str) -> None:
        self.problems.append(RowProblem(self._number, column, what_to_do))


def _plain(text: str) -> str:
    """A heading's or role's letters, without case, accents, spaces and signs."""
    letters = normalize("NFKD", text.strip().lower().replace("ß", "ss"))
    return re.sub(r"[^a-z]", "", letters)


def _line(cells: Iterable[str]) -> str:
    line = StringIO()
    csv.writer(line, delimiter=";").writerow(map(_escaped, cells))
    return line.getvalue()


def _escaped(cell: str) -> str:
    return f"'{cell}" if cell.startswith((*FORMULA, "'")) else cell
