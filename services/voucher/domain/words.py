"""What the keys in conditions are called in German and English, for explanations."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """The languages in which a programme explains itself."""

    ENGLISH = "en"
    GERMAN = "de"


#: What a key is called; one that is missing stands for itself.
Words = Mapping[str, Mapping[Language, str]]


def called(key: str, words: Words, language: Language) -> str:
    """What a key is called in a language."""
    return words[key][language] if key in words else key


def _words(**names: tuple[str, str]) -> Words:
    return {
        key: {Language.ENGLISH: english, Language.GERMAN: german}
        for key, (english, german) in names.items()
    }


def _names(**names: str) -> Words:
    """What is called the same in both languages; an underscore stands for the key's hyphen."""
    both = {key.replace("_", "-"): (name, name) for key, name in names.items()}
    return _words(**both)


#: States by ISO 3166-2:DE, the regions that member knows, and who is named one by one.
AREAS: Final[Words] = {
    **_names(
        DE_BB="Brandenburg",
        DE_BE="Berlin",
        DE_BW="Baden-Württemberg",
        DE_BY="Bayern",
        DE_HB="Bremen",
        DE_HE="Hessen",
        DE_HH="Hamburg",
        DE_MV="Mecklenburg-Vorpommern",
        DE_NI="Niedersachsen",
        DE_NW="Nordrhein-Westfalen",
        DE_RP="Rheinland-Pfalz",
        DE_SH="Schleswig-Holstein",
        DE_SL="Saarland",
        DE_SN="Sachsen",
        DE_ST="Sachsen-Anhalt",
        DE_TH="Thüringen",
        mrn="Metropolregion Rhein-Neckar",
    ),
    **_words(
        named=("organisations that the funder named", "vom Zuwendungsgeber benannte Organisationen")
    ),
}
TENANT_KINDS: Final = _words(
    municipality=("municipality", "Gemeinde"),
    county=("county", "Landkreis"),
    state_agency=("state agency", "Landesbehörde"),
    federal_agency=("federal agency", "Bundesbehörde"),
    university=("university", "Hochschule"),
    municipal_company=("municipal company", "kommunales Unternehmen"),
    partner=("partner", "Partner"),
)
OFFER_KINDS: Final = _words(
    learning_unit=("learning unit", "Lerneinheit"),
    on_demand_course=("on-demand course", "Selbstlernkurs"),
    online_date=("online date", "Online-Termin"),
    certificate_module=("certificate module", "Zertifikatsmodul"),
)
ROLES: Final = _words(
    learner=("learner", "lernende Person"),
    leader=("leader", "Führungskraft"),
    hr=("HR", "Personalstelle"),
    trainer=("trainer", "Lehrkraft"),
)
STEPS: Final = _words(
    leader=("the leader", "die Führungskraft"),
    hr=("HR", "die Personalstelle"),
)
COMPETENCE_FIELDS: Final = _words(
    digital=("digital competence", "Digitalkompetenz"),
    leadership=("leadership", "Führungskompetenz"),
    personal=("personal competence", "Personalkompetenz"),
    professional=("professional competence", "Fachkompetenz"),
    social=("social competence", "Sozialkompetenz"),
)
