"""A logo that may be shown to anybody: small, a PNG or SVG in truth, and nothing in it that runs or calls home."""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from xml.parsers import expat

from services.member.domain.onboarding_errors import LogoRefusedError

MAX_BYTES = 64 * 1024
MAX_SIDE = 2_000

_PNG_BEGIN, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND"
_SVG = "http://www.w3.org/2000/svg"
#: What draws. Whatever else there is runs, loads, or shows another document.
_DRAWS = frozenset(
    {
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "style"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker"),
        *("filter", "feGaussianBlur", "feOffset", "feBlend", "feColorMatrix", "feComposite"),
        *("feFlood", "feMerge", "feMergeNode"),
    }
)
#: In an attribute or a style these lead out of the document, or make it do something.
_LEADS_OUT = ("javascript:", "data:", "http:", "https:", "//", "@import", "expression(", "\\")
_FOREIGN_URL = re.compile(r"url\((?!['\"]?#)")
_REFERENCES = frozenset({"href", "src"})


class MediaType(StrEnum):
    """The kinds of pictures that pages and certificates can show."""

    PNG = "image/png"
    SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture of at most MAX_BYTES."""

    media_type: MediaType
    content: bytes

    def __post_init__(self) -> None:
        """Raises LogoRefusedError, which says what to change."""
        if not 0 < len(self.content) <= MAX_BYTES:
            raise LogoRefusedError(f"it has {len(self.content)} bytes, and may have {MAX_BYTES}")
        if self.media_type is MediaType.PNG:
            _check_png(self.content)
        else:
            _check_svg(self.content)


def _check_png(content: bytes) -> None:
    chunks = list(_chunks(content))
    names = [name for name, _data in chunks]
    if not names or names[0] != b"IHDR" or names[-1] != _PNG_END or b"IDAT" not in names:
        raise LogoRefusedError("it is not a whole PNG picture")
    header = chunks[0][1]
    if len(header) != 13:
        raise LogoRefusedError("it is not a whole PNG picture")
    width, height = struct.unpack(">II", header[:8])
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise LogoRefusedError(
            f"it is {width} by {height} pixels; no side may have over {MAX_SIDE}"
        )


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The named parts of a PNG, each with the checksum that it claims."""
    if not content.startswith(_PNG_BEGIN):
        raise LogoRefusedError("it is not a PNG picture, though it is called one")
    place = len(_PNG_BEGIN)
    while place < len(content):
        head = content[place : place + 8]
        length = int.from_bytes(head[:4], "big")
        data = content[place + 8 : place + 8 + length]
        checksum = content[place + 8 + length : place + 12 + length]
        if len(data) != length or checksum != zlib.crc32(head[4:] + data).to_bytes(4, "big"):
            raise LogoRefusedError("it is damaged, or no PNG picture")
        yield head[4:], data
        place += 12 + length


def _check_svg(content: bytes) -> None:
    """Read it as XML, and let pass what draws only."""
    checker = _SvgChecker()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = checker.element
    parser.CharacterDataHandler = checker.text
    parser.StartDoctypeDeclHandler = checker.doctype
    parser.ProcessingInstructionHandler = checker.instruction
    try:
        parser.Parse(content, True)  # noqa: FBT003  # expat takes no keywords: it is the end
    except expat.ExpatError as error:
        raise LogoRefusedError("it is not an SVG picture: its XML is broken") from error
    if not checker.is_svg:
        raise LogoRefusedError("it is not an SVG picture, though it is called one")


class _SvgChecker:
    """Meets every part of a document. Raises LogoRefusedError at the first that may not be there."""

    def __init__(self) -> None:
        self.is_svg = False

    def element(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, _, local = name.rpartition("}")
        if namespace != _SVG or local not in _DRAWS:
            # Drawing programs keep notes of their own, which draw nothing; but HTML in a picture does.
            raise LogoRefusedError(
                f"the element {local[:30]} may not be in it; save it as plain SVG"
            )
        self.is_svg = True
        for key, value in attributes.items():
            self._attribute(key.rpartition("}")[2], value)

    def _attribute(self, name: str, value: str) -> None:
        if name.lower().startswith("on"):
            raise LogoRefusedError("it has a script in it; save it as plain SVG")
        if name in _REFERENCES and not value.strip().startswith("#"):
            raise LogoRefusedError("it refers to something outside of it; embed what it needs")
        self.text(value)

    def text(self, text: str) -> None:
        plain = "".join(text.lower().split())
        if any(each in plain for each in _LEADS_OUT) or _FOREIGN_URL.search(plain):
            raise LogoRefusedError("it refers to something outside of it; embed what it needs")

    def doctype(self, *_parts: object) -> None:
        raise LogoRefusedError("it has a document type; remove the line with DOCTYPE")

    def instruction(self, *_parts: object) -> None:
        raise LogoRefusedError("it has a processing instruction such as a style sheet; remove it")
