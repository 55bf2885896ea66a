"""The municipality directory of the statistical offices: the file GV100AD, read by a kept library.

Source of the format: Destatis, "Gemeindeverzeichnis GV100AD", record types 10, 40, 50 and 60.
"""

from collections.abc import Iterator
from datetime import date
from io import StringIO

from gv100ad import District, FederalState, GV100ADReader, MunicipalAssociation, Municipality
from gv100ad.entities.base_record import BaseRecord

from services.member.domain.cooperative_errors import EmptyDirectoryError, MalformedDirectoryError
from services.member.domain.directory import Area, Edition
from services.member.domain.organisation import Level

#: The first and the last year that a directory may be of.
_YEARS = range(1949, 2999)
_KEY_DIGITS = {Level.STATE: 2, Level.COUNTY: 5, Level.ASSOCIATION: 9, Level.MUNICIPALITY: 8}


class _Lines:
    """A text, read line by line, that knows which line was read last."""

    def __init__(self, text: str) -> None:
        self._text = StringIO(text, newline=None)
        self.number = 0

    def readline(self) -> str:
        """The next line; empty at the end."""
        self.number += 1
        return self._text.readline()


def read_edition(content: bytes) -> Edition:
    """The whole file, or nothing. Raises MalformedDirectoryError with the line, or EmptyDirectoryError."""
    lines = _Lines(_decoded(content))
    stands: set[date] = set()
    areas: dict[tuple[str, Level], Area] = {}
    for record in _records(lines):
        stands.add(record.timestamp)
        if len(stands) > 1 or record.timestamp.year not in _YEARS:
            raise MalformedDirectoryError(lines.number, "its date is not that of the lines before")
        area = _area(record, lines.number)
        if area and (area.key, area.level) in areas:
            raise MalformedDirectoryError(lines.number, f"the key {area.key} was there before")
        if area:
            areas[area.key, area.level] = area
    if not any(area.level is Level.MUNICIPALITY for area in areas.values()):
        raise EmptyDirectoryError
    return Edition(stands.pop(), tuple(areas.values()))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MalformedDirectoryError(line, "it is not UTF-8") from error


def _records(lines: _Lines) -> Iterator[BaseRecord]:
    records = GV100ADReader(lines).read()
    while True:
        try:
            record = next(records, None)
        except (ValueError, IndexError) as error:
            raise MalformedDirectoryError(
                lines.number, "it is no record of types 10 to 60, or is cut off"
            ) from error
        if record is None:
            return
        yield record


def _area(record: BaseRecord, line: int) -> Area | None:
    """The area of a record; None for government regions, which have no key that an organisation gives."""
    match record:
        case FederalState():
            level, key = Level.STATE, record.regional_code
        case District():
            level, key = Level.COUNTY, record.regional_code
        case MunicipalAssociation():
            level, key = Level.ASSOCIATION, record.regional_code + record.association
        case Municipality():
            level, key = Level.MUNICIPALITY, record.regional_code
        case _:
            return None
    if not (key.isascii() and key.isdecimal() and len(key) == _KEY_DIGITS[level]):
        raise MalformedDirectoryError(line, "its key has other signs than digits, or is cut off")
    if not record.name.strip() or not record.name.isprintable():
        raise MalformedDirectoryError(line, "it has no name")
    return Area(_identity(key, level), level, record.name.strip(), record.timestamp)


def _identity(key: str, level: Level) -> str:
    """As `OfficialKey.identity` writes it: eight digits, or for an association twelve."""
    return key.ljust(12 if level is Level.ASSOCIATION else 8, "0")
