"""Every text that people read has its German, and every German text its English."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from services.console.entrypoints.wording import LOCALES

CONSOLE = Path(__file__).parents[2] / "services" / "console"
METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "msg": None, "Sentence": None}
PLACES = re.compile(r"%\((\w+)\)s")

Message = str | tuple[str, ...]


def extracted() -> Iterator[tuple[str, Message]]:
    for file, _line, message, _comments, _context in extract_from_dir(
        str(CONSOLE), METHODS, {"templates/**.html": {"trimmed": "true"}}, KEYWORDS
    ):
        yield file, message


def translated() -> Iterator[tuple[str, Message, Message]]:
    for path in sorted((LOCALES / "de").glob("*.po")):
        with path.open("rb") as text:
            for message in read_po(text, locale="de"):
                if message.id:
                    assert not message.fuzzy, f"{path.name}: {message.id} is fuzzy"
                    yield path.name, plain(message.id), plain(message.string or "")


def plain(words: str | list[str] | tuple[str, ...]) -> Message:
    """A text, or its singular and plural."""
    return words if isinstance(words, str) else tuple(words)


def test_every_message_has_its_german():
    german = {english for _, english, words in translated() if words and all(words)}
    missing = {(file, message) for file, message in extracted() if message not in german}
    assert missing == set()


def test_no_german_is_left_over():
    english = {message for _, message in extracted()}
    assert {(file, each) for file, each, _ in translated() if each not in english} == set()


def test_a_message_has_one_german():
    found: dict[Message, set[Message]] = defaultdict(set)
    for _, english, german in translated():
        found[english].add(german)
    assert {english: german for english, german in found.items() if len(german) > 1} == {}


@pytest.mark.parametrize("file", sorted(path.name for path in (LOCALES / "de").glob("*.po")))
def test_a_translation_names_what_its_message_names(file):
    for name, english, german in translated():
        if name == file:
            singular = english if isinstance(english, str) else english[1]
            many = german if isinstance(german, str) else german[1]
            assert set(PLACES.findall(singular)) == set(PLACES.findall(many)), english
