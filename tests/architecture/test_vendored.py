"""What others wrote and we ship is what they published, with its licence: each file has its checksum."""

from hashlib import sha256
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
FOLDERS = [
    *(REPOSITORY / "services/console/static/vendor").iterdir(),
    *(REPOSITORY / "tests/browser/vendor").iterdir(),
]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_vendored_file_is_as_it_was_published(folder: Path):
    lines = (folder / "CHECKSUMS").read_text().splitlines()
    named = {name: checksum for checksum, name in (line.split(maxsplit=1) for line in lines)}
    there = {each.name: each for each in folder.iterdir() if each.name != "CHECKSUMS"}
    assert named == {name: sha256(each.read_bytes()).hexdigest() for name, each in there.items()}
    assert "LICENCE" in there
