"""How a tenant looks on the pages of its certificates. Only where its logo is gets signed, never how it looks."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: WCAG 2.2, 1.4.3: text of usual size against what is behind it.
LEAST_CONTRAST = 4.5
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Colours:
    """Text in `text` stands on `primary`, each as #rrggbb."""

    primary: str
    text: str

    @property
    def are_readable(self) -> bool:
        """Whether both are colours, and far enough apart that everybody can read the text."""
        if not (_HEX.fullmatch(self.primary) and _HEX.fullmatch(self.text)):
            return False
        lighter, darker = sorted((_luminance(self.primary), _luminance(self.text)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05) >= LEAST_CONTRAST


#: The colours of a page whose issuer has chosen none that can be read.
NEUTRAL = Colours("#ffffff", "#1a1a1a")


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture as member accepted it: a PNG, or an SVG that only draws."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Brand:
    """What a tenant calls itself, its colours and perhaps a logo, as member announced them."""

    display_name: str
    chosen: Colours
    logo: Logo | None = None

    @property
    def colours(self) -> Colours:
        """The tenant's own colours, or the neutral ones where its text could not be read."""
        return self.chosen if self.chosen.are_readable else NEUTRAL


def _luminance(code: str) -> float:
    """How bright a colour is, from 0 to 1, as WCAG counts."""
    red, green, blue = (_linear(int(code[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
