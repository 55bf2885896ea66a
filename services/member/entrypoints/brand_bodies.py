"""The bodies of a tenant's brand."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from services.member.domain.brand import Brand, Colour
from services.member.domain.logo import MAX_BYTES, Logo, MediaType
from services.member.domain.onboarding_errors import LogoRefusedError
from shared.http.fields import Body, Name, View

#: Four characters hold three bytes; a longer text is refused before it is decoded.
MAX_BASE64 = 4 * (MAX_BYTES // 3 + 2)

ColourText = Annotated[
    str,
    StringConstraints(pattern="^#[0-9a-fA-F]{6}$"),
    Field(description="A colour, such as #1a5fb4"),
]


class LogoBody(Body):
    """A picture, as PNG or SVG, in base64."""

    media_type: MediaType
    content: Annotated[str, StringConstraints(max_length=MAX_BASE64)]

    def logo(self) -> Logo:
        """The logo in the domain's words. Raises LogoRefusedError."""
        try:
            return Logo(self.media_type, b64decode(self.content, validate=True))
        except (Base64Error, ValueError) as error:
            if isinstance(error, LogoRefusedError):
                raise
            raise LogoRefusedError("its content is not base64") from error


class BrandBody(Body):
    """A name, two colours and perhaps a logo. Text in `text_colour` stands on `primary_colour`."""

    display_name: Name
    primary_colour: ColourText
    text_colour: ColourText
    logo: LogoBody | None = None

    def brand(self) -> Brand:
        """The brand in the domain's words. Raises LowContrastError, LogoRefusedError."""
        return Brand(
            display_name=self.display_name,
            primary=Colour(self.primary_colour),
            text=Colour(self.text_colour),
            logo=self.logo.logo() if self.logo else None,
        )


class LogoView(View):
    """A picture in base64."""

    media_type: MediaType
    content: str


class BrandView(View):
    """How a tenant looks."""

    display_name: str
    primary_colour: str
    text_colour: str
    contrast: float
    logo: LogoView | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a brand."""
        assert isinstance(source, Brand)
        logo = source.logo
        return cls(
            display_name=source.display_name,
            primary_colour=source.primary.code,
            text_colour=source.text.code,
            contrast=round(source.primary.contrast(source.text), 2),
            logo=LogoView(media_type=logo.media_type, content=b64encode(logo.content).decode())
            if logo
            else None,
        )
