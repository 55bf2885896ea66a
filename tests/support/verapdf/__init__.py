"""Whether a PDF keeps its standards, as veraPDF says."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.support.java import prepare, run

#: PDF/A-3 for keeping with everything in it, PDF/UA-1 for everybody to read.
STANDARDS = ("3a", "ua1")


def broken_rules(pdf: bytes, folder: Path, standards: Sequence[str] = STANDARDS) -> dict[str, str]:
    """The rules broken by standard, each as clause and test number; an empty text keeps the standard."""
    file = folder / "checked.pdf"
    file.write_bytes(pdf)
    lines = run([*_program(), "CheckPdf", ",".join(standards), str(file)]).splitlines()
    told = [line.split("\t") for line in lines if line.startswith(str(file))]
    return {standard: rules for _, standard, rules in told}


@cache
def _program() -> Sequence[str]:
    return prepare(Path(__file__).parent)
