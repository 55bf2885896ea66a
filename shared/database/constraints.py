"""What a constraint refuses, in the words of the domain: of two that write at once, one is told why."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError


@contextmanager
def violations_mean(errors: Mapping[str, Callable[[], Exception]]) -> Iterator[None]:
    """Raise the error of the first constraint whose name the database gives; any other violation stays as it is."""
    try:
        yield
    except IntegrityError as violation:
        for name, error in errors.items():
            if name in str(violation.orig):
                raise error() from violation
        raise
