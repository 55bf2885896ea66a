"""Books of rollouts as JSON, as they are kept beside what is rolled out."""

from pydantic import TypeAdapter, ValidationError

from services.console.application.deployments import DeploymentsError
from services.console.domain.release import Release
from services.console.domain.rollout_book import Book
from services.console.domain.sentence import Sentence

_BOOK = TypeAdapter(Book)
_RELEASE = TypeAdapter(Release)


def write_book(book: Book) -> str:
    """In one line."""
    return _BOOK.dump_json(book).decode()


def read_book(text: str | bytes) -> Book:
    """Raises DeploymentsError where another version of the console wrote what is not understood."""
    try:
        return _BOOK.validate_json(text)
    except ValidationError as error:
        raise _strange() from error


def read_release(text: str | bytes) -> Release:
    """A build's description, as `python -m deploy.release` writes it."""
    try:
        return _RELEASE.validate_json(text)
    except ValidationError as error:
        raise _strange() from error


def _strange() -> DeploymentsError:
    return DeploymentsError(
        Sentence("The notes of its rollouts were written by another version of the console.")
    )
