"""Whether an XRechnung is valid by the official rules: its schema, EN 16931, and KoSIT's Schematron."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.support.java import prepare, run


def broken_rules(invoices: Mapping[str, bytes], folder: Path) -> Mapping[str, Sequence[str]]:
    """The rules that each invoice breaks, warnings too; none where it is valid."""
    for name, xml in invoices.items():
        (folder / name).write_bytes(xml)
    files = [str(folder / name) for name in invoices]
    told = [line.split("\t") for line in run([*_program(), "CheckXRechnung", *files]).splitlines()]
    judged: dict[str, list[str]] = {
        Path(line[0]).name: [] for line in told if line[1] in {"valid", "invalid"}
    }
    assert judged.keys() == invoices.keys(), told
    for file, level, *finding in (line for line in told if len(line) == 4):
        judged[Path(file).name].append(" ".join((level, *finding)))
    return judged


@cache
def _program() -> Sequence[str]:
    return prepare(Path(__file__).parent)
