"""The console's languages: texts from `locales/`, times and numbers as people of a language write them."""

import gettext
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

from services.console.domain.sentence import Figure, Sentence

LOCALES: Final = Path(__file__).parents[1] / "locales"
#: The first is for who prefers neither.
LANGUAGES: Final = ("de", "en")
#: The messages in templates and code are English.
SOURCE_LANGUAGE: Final = "en"


class Wording:
    """One language: `text` translates, the others write down."""

    def __init__(
        self, language: str, zone: ZoneInfo, translations: gettext.NullTranslations
    ) -> None:
        self.language = language
        self._zone, self._translations = zone, translations
        self._locale = Locale(language, "DE" if language == "de" else "GB")

    def text(self, message: str, **values: object) -> str:
        """A message in this language with its `%(name)s` filled in."""
        return self.gettext(message) % values if values else self.gettext(message)

    def gettext(self, message: str) -> str:
        """A message in this language."""
        return self._translations.gettext(message)

    def say(self, sentence: Sentence) -> str:
        """A sentence in this language, with its figures as people write them here."""
        figures = {name: self._figure(value) for name, value in sentence.figures.items()}
        return self.text(sentence.text, **figures)

    def _figure(self, value: Figure) -> str:
        if isinstance(value, Sentence):
            return self.say(value)
        return value if isinstance(value, str) else self.number(value)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """A message in this language, as the number asks for."""
        return self._translations.ngettext(one, many, count)

    def local(self, moment: datetime) -> str:
        """Date and time here, to the second."""
        return str(format_datetime(moment, "medium", tzinfo=self._zone, locale=self._locale))

    def day(self, day: date) -> str:
        """A day of the calendar."""
        return str(format_date(day, "medium", locale=self._locale))

    def utc(self, moment: datetime) -> str:
        """The time of day in UTC."""
        return f"{moment.astimezone(UTC):%H:%M:%S} UTC"

    def span(self, duration: timedelta | float) -> str:
        """How long: "3 minutes". A number is of seconds."""
        exact = duration if isinstance(duration, timedelta) else timedelta(seconds=duration)
        return str(format_timedelta(exact, threshold=1.5, locale=self._locale))

    def ago(self, moment: datetime, now: datetime) -> str:
        """How far from now: "3 minutes ago", "in 3 minutes"."""
        return str(
            format_timedelta(moment - now, add_direction=True, threshold=1.5, locale=self._locale)
        )

    def number(self, value: float) -> str:
        """With separators, and three places at most."""
        return str(format_decimal(value, locale=self._locale))

    def units(self, value: float, unit: str) -> str:
        """What a programme counts: vouchers as a number, cents as euros."""
        if unit == "cent":
            return str(format_currency(value / 100, "EUR", locale=self._locale))
        return self.number(value)

    def percent(self, share: float) -> str:
        """A share of 1, in whole per cent."""
        return str(format_percent(share, locale=self._locale))


def wordings(zone: ZoneInfo) -> Mapping[str, Wording]:
    """Every language."""
    return {each: Wording(each, zone, _translations(each)) for each in LANGUAGES}


def catalogue(language: str) -> Catalog:
    """All of a language's files as one."""
    merged = Catalog(language)
    for file in sorted((LOCALES / language).glob("*.po")):
        with file.open("rb") as text:
            for message in read_po(text, locale=language):
                if message.id:
                    merged[message.id] = message
    return merged


def _translations(language: str) -> gettext.NullTranslations:
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    return gettext.GNUTranslations(BytesIO(compiled.getvalue()))
