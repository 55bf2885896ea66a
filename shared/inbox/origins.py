"""Where a failure comes from, so that those of one cause are found together; never what it said."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from types import TracebackType
from typing import Self

from shared.release import RELEASE

GROUP_BYTES = 8
#: A service's own place says more than that of what all share.
_OWN = ("services.", "shared.")


@dataclass(frozen=True, slots=True)
class Origin:
    """An error's class, with its code if it has one, and the place in the code: `file:function`."""

    code: str
    place: str = ""
    release: str = str(RELEASE)

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """Of an error that was raised: the innermost place of the service's own code, else of ours."""
        code = f"{type(error).__name__} {getattr(error, 'code', None) or ''}".strip()
        places = list(_places(error.__traceback__))
        own = (name for prefix in _OWN for name in reversed(places) if name.startswith(prefix))
        return cls(code, _shown(next(own, "")))

    def group(self, event_type: str) -> str:
        """The id of its group: the same in every release for the same type, error and place."""
        named = f"{event_type}\n{self.code}\n{self.place}"
        return blake2b(named.encode(), digest_size=GROUP_BYTES).hexdigest()


def _places(traceback: TracebackType | None) -> Iterator[str]:
    """`module:function` of each frame, the outermost first."""
    while traceback:
        frame = traceback.tb_frame
        yield f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_name}"
        traceback = traceback.tb_next


def _shown(place: str) -> str:
    module, _, function = place.partition(":")
    return f"{module.replace('.', '/')}.py:{function}" if module else ""
