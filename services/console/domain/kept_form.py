"""What was typed into a form whose session had ended: nothing was done, and nothing has to be typed again."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptForm:
    """The values of a form by field, whose they are, and on which page they belong."""

    subject: str
    page: str
    values: Mapping[str, str]

    def is_for(self, subject: str, page: str) -> bool:
        """Whether this person sees it on this page: somebody else at the same browser does not."""
        return (self.subject, self.page) == (subject, page)
