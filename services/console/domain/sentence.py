"""A sentence before it is put into somebody's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

Figure = Union[str, int, float, "Sentence"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """English words with `%(name)s` in them, by which a translation finds them, and what stands for the names."""

    text: str
    figures: Mapping[str, Figure] = field(default_factory=dict)

    def __str__(self) -> str:
        """In English, for logs."""
        return self.text % self.figures if self.figures else self.text


def free(text: str) -> Sentence:
    """What a person wrote, in whatever language."""
    return Sentence("%(text)s", {"text": text})
