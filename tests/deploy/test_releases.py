"""What a release brings: every migration says whether there is a way back."""

import ast
import json
import re
from pathlib import Path

import pytest

from deploy.local import releases
from deploy.local.component import StartError
from deploy.local.layout import Layout
from deploy.names import SERVICES
from deploy.release import KINDS, REPOSITORY, describe, kind, migrations
from services.console.adapters.rollout_notes import read_release

#: What the release before may still read or write.
TAKES_AWAY = re.compile(
    r"DROP COLUMN|DROP TABLE (?!%)|RENAME (TO|COLUMN)|ALTER COLUMN \w+ (TYPE|SET NOT)"
)
FILES = sorted(REPOSITORY.glob("services/*/migrations/versions/*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-4]}-{file.stem}")
def test_a_migration_that_takes_away_says_so(file: Path) -> None:
    said = re.search(r'^kind = "(\w+)"$', file.read_text(), re.MULTILINE)
    assert said, 'say kind = "expand", or "contract" where the release before does not work with it'
    assert said[1] in KINDS
    assert said[1] == "contract" or not TAKES_AWAY.search(file.read_text())


def test_a_migration_of_an_older_release_says_nothing() -> None:
    assert kind(ast.parse("revision = '0001'")) == "expand"
    assert kind(ast.parse("kind = 'contract'")) == "contract"


def test_the_console_reads_what_is_described() -> None:
    told = read_release(json.dumps(describe(REPOSITORY, "sha256:abc", "More")))
    assert told.name == "sha256:abc"
    assert set(told.migrations) == set(SERVICES)
    assert [step.revision for step in told.migrations["member"]][:2] == ["0001", "0002"]
    assert told.migrations["member"][2].kind == "contract"


def test_migrations_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "services" / "voucher" / "migrations" / "versions"
    folder.mkdir(parents=True)
    (folder / "2026_11_23_0001_first.py").write_text('"""First tables.\n\nMore words."""')
    (folder / "2026_11_22_0002_second.py").write_text('kind = "contract"')
    assert list(migrations(tmp_path, "voucher")) == [
        {"revision": "0001", "title": "First tables.", "kind": "expand"},
        {"revision": "0002", "title": "2026_11_22_0002_second", "kind": "contract"},
    ]


def test_the_commit_that_is_checked_out_can_be_a_release_too(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    releases.check_out(layout, [])
    name = releases.add_commit(layout, "HEAD")
    assert (layout.releases / name / "RELEASE").read_text() == name
    told = [json.loads(file.read_text()) for file in layout.releases.glob("*.json")]
    assert {each["directory"] for each in told} == {str(REPOSITORY), str(layout.releases / name)}
    with pytest.raises(StartError):
        releases.add_commit(layout, "no-such-commit")


def test_up_runs_what_is_checked_out_whatever_was_rolled_out_before(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    releases.check_out(layout, ["voucher-api"])
    link = layout.running / "voucher-api"
    assert link.resolve() == REPOSITORY
    link.unlink()
    link.symlink_to(tmp_path)
    releases.check_out(layout, ["voucher-api"])
    assert link.resolve() == tmp_path, "a platform that runs keeps what it runs"
    releases.forget_links(layout)
    releases.check_out(layout, ["voucher-api"])
    assert link.resolve() == REPOSITORY
