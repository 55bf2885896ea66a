"""Marking texts that people read, so that they are found for translation."""


def msg(text: str) -> str:
    """The English text itself. `locales/` has its German; a test asks for it."""
    return text
