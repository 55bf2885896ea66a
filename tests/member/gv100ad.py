"""Makes small directories in the official fixed-width format GV100AD; places and keys are made up."""

from collections.abc import Sequence

WIDTH = 220
STAND = "20260930"


def line(kind: str, key: str, name: str, *, association: str = "", stand: str = STAND) -> str:
    """A record: type, date, key, association, name, and for a municipality its figures."""
    text = f"{kind}{stand}{key:<8}{association:<4}{name:<50}{'':<50}"
    if kind == "60":
        text = f"{text}{'63':<2}{'':<4}{1234:011}{5678:011}{2800:011}{'':<4}{'67000':<5}{'':<7}{'2700':<4}"
    return f"{text:<{WIDTH}}"


def directory(*municipalities: tuple[str, str], stand: str = STAND) -> list[str]:
    """A state, a county, an association, and municipalities by key and name."""
    return [
        line("10", "07", "Rheinland-Pfalz", stand=stand),
        line("40", "07338", "Musterkreis", stand=stand),
        line("50", "07338", "Musterverband", association="5007", stand=stand),
        *(line("60", key, name, association="5007", stand=stand) for key, name in municipalities),
    ]


def encoded(lines: Sequence[str]) -> bytes:
    """As the statistical offices write it."""
    return "\r\n".join([*lines, ""]).encode()
