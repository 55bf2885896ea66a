"""How a tenant looks on pages and certificates: readable for everybody, or refused."""

import re
from dataclasses import dataclass

from services.member.domain.logo import Logo
from services.member.domain.onboarding_errors import LowContrastError, MalformedColourError

#: WCAG 2.2, 1.4.3: text of usual size against what is behind it.
LEAST_CONTRAST = 4.5
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour as #rrggbb."""

    code: str

    def __post_init__(self) -> None:
        """Raises MalformedColourError."""
        object.__setattr__(self, "code", self.code.strip().lower())
        if not _HEX.fullmatch(self.code):
            raise MalformedColourError

    @property
    def luminance(self) -> float:
        """How bright it is, from 0 to 1, as WCAG counts."""
        red, green, blue = (
            _linear(int(self.code[start : start + 2], 16) / 255) for start in (1, 3, 5)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: "Colour") -> float:
        """From 1, the same brightness, to 21, black on white; whichever is in front."""
        lighter, darker = sorted((self.luminance, other.luminance), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


@dataclass(frozen=True, slots=True)
class Brand:
    """A name, two colours and a logo: text in `text` stands on `primary`."""

    display_name: str
    primary: Colour
    text: Colour
    logo: Logo | None = None

    def __post_init__(self) -> None:
        """Raises LowContrastError."""
        contrast = self.primary.contrast(self.text)
        if contrast < LEAST_CONTRAST:
            raise LowContrastError(contrast)
