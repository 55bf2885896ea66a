"""Why a claim is paid or not, in plain words: one text in each language for every code."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from services.voucher.domain.words import (
    AREAS,
    OFFER_KINDS,
    ROLES,
    STEPS,
    TENANT_KINDS,
    Language,
    Words,
    called,
)

#: What an explanation is made of: a number, a text, a day (ISO 8601), a key or several keys.
Parameter = int | str | Sequence[str]

_Text = Mapping[Language, str]


def explain(
    code: str, parameters: Mapping[str, Parameter], language: Language = Language.ENGLISH
) -> str:
    """The explanation of a code in a language. Raises KeyError for a code that has no text."""
    shown = {name: _shown(name, value, language) for name, value in parameters.items()}
    return TEXTS[code][language].format(**shown)


def _text(english: str, german: str) -> _Text:
    return {Language.ENGLISH: english, Language.GERMAN: german}


TEXTS: Final[Mapping[str, _Text]] = {
    # The programme's time and state
    "running": _text(
        "The programme runs until {closes_on}.", "Das Programm läuft bis zum {closes_on}."
    ),
    "draft": _text(
        "The programme is being prepared and not open.",
        "Das Programm wird vorbereitet und ist nicht geöffnet.",
    ),
    "not_open_yet": _text(
        "The programme opens on {opens_on}.", "Das Programm öffnet am {opens_on}."
    ),
    "closed": _text("The programme closed on {closed_on}.", "Das Programm endete am {closed_on}."),
    # The organisation
    "tenant_active": _text(
        "{tenant} is a member of the cooperative.", "{tenant} ist Mitglied der Genossenschaft."
    ),
    "tenant_suspended": _text(
        "{tenant} is suspended by the cooperative.", "{tenant} ist von der Genossenschaft gesperrt."
    ),
    "tenant_not_active": _text(
        "{tenant} has left the cooperative.", "{tenant} hat die Genossenschaft verlassen."
    ),
    "tenant_kind_eligible": _text("{tenant} is a {kind}.", "{tenant} gehört zur Art: {kind}."),
    "tenant_kind_not_eligible": _text(
        "Only for {kinds}; {tenant} is a {kind}.",
        "Nur für: {kinds}. {tenant} gehört zur Art: {kind}.",
    ),
    "inside_area": _text("{tenant} lies in {areas}.", "{tenant} liegt in: {areas}."),
    "named_by_funder": _text(
        "The funder named {tenant}.", "Der Zuwendungsgeber hat {tenant} benannt."
    ),
    "outside_area": _text(
        "Only for {areas}; {tenant} is none of them and lies in none of them.",
        "Nur für: {areas}. {tenant} gehört nicht dazu.",
    ),
    # The person
    "role_eligible": _text("The person is: {roles}.", "Die Person ist: {roles}."),
    "role_not_eligible": _text(
        "Only for people who are: {roles}.", "Nur für Personen mit der Rolle: {roles}."
    ),
    # What is to be paid for
    "offer_eligible": _text(
        "The funder named this offer.", "Der Zuwendungsgeber nennt das Angebot."
    ),
    "offer_not_eligible": _text(
        "The programme does not pay for this offer.", "Das Programm bezahlt dieses Angebot nicht."
    ),
    "offer_kind_eligible": _text("It is a {offer_kind}.", "Es ist: {offer_kind}."),
    "offer_kind_not_eligible": _text(
        "The programme pays for {offer_kinds} only; this is a {offer_kind}.",
        "Das Programm bezahlt nur: {offer_kinds}. Dies ist: {offer_kind}.",
    ),
    "competence_field_eligible": _text(
        "The offer belongs to {fields}.", "Das Angebot gehört zu: {fields}."
    ),
    "competence_field_not_eligible": _text(
        "The programme pays for offers of {fields} only.",
        "Das Programm bezahlt nur Angebote aus: {fields}.",
    ),
    "price_covered": _text(
        "The programme pays {paid_cents}.", "Das Programm bezahlt {paid_cents}."
    ),
    "price_partly_covered": _text(
        "The programme pays {paid_cents} of {price_cents}; the rest is yours to pay.",
        "Das Programm bezahlt {paid_cents} von {price_cents}; den Rest tragen Sie.",
    ),
    "price_unknown": _text(
        "The programme pays in euros, and the offer does not say what it costs. Ask its provider.",
        "Das Programm bezahlt in Euro, und das Angebot nennt keinen Preis. Fragen Sie den Anbieter.",
    ),
    "free_of_charge": _text(
        "The offer costs nothing. Book it without a voucher.",
        "Das Angebot ist kostenlos. Buchen Sie es ohne Gutschein.",
    ),
    # Limits
    "within_person_limit": _text(
        "The person has {taken} of {limit}.", "Die Person hat {taken} von {limit}."
    ),
    "person_limit_reached": _text(
        "A person gets {limit} at most.", "Eine Person erhält höchstens {limit}."
    ),
    "within_tenant_limit": _text(
        "Your organisation has {taken} of {limit}.", "Ihre Organisation hat {taken} von {limit}."
    ),
    "tenant_limit_reached": _text(
        "An organisation gets {limit} at most.", "Eine Organisation erhält höchstens {limit}."
    ),
    "within_month_limit": _text(
        "Your organisation has {taken} of {limit} this month.",
        "Ihre Organisation hat diesen Monat {taken} von {limit}.",
    ),
    "month_limit_reached": _text(
        "An organisation gets {limit} a month at most. Try again next month.",
        "Eine Organisation erhält höchstens {limit} im Monat. Versuchen Sie es im nächsten Monat.",
    ),
    # Approval and what is left
    "approval_needed": _text(
        "Needs the approval of {steps}. Ask for it first.",
        "Braucht die Zustimmung durch: {steps}. Beantragen Sie sie zuerst.",
    ),
    "voucher_assigned": _text(
        "A voucher was assigned to the person.", "Der Person wurde ein Gutschein zugewiesen."
    ),
    "funder_not_active": _text(
        "The funder may give nothing new at present.",
        "Der Zuwendungsgeber darf zurzeit nichts Neues vergeben.",
    ),
    "units_left": _text("Enough is left.", "Es ist genug übrig."),
    "exhausted": _text(
        "All {granted} vouchers of the programme are taken.",
        "Alle {granted} Gutscheine des Programms sind vergeben.",
    ),
    "budget_exhausted": _text(
        "Of {granted_cents} only {available_cents} are left, and {needed_cents} are needed.",
        "Von {granted_cents} sind noch {available_cents} übrig, nötig sind {needed_cents}.",
    ),
    "no_allocation": _text(
        "The funder gives to organisations by allocation, and yours has none.",
        "Der Zuwendungsgeber teilt Kontingente zu, und Ihre Organisation hat keines.",
    ),
    "allocation_exhausted": _text(
        "Your organisation's allocation is used up.",
        "Das Kontingent Ihrer Organisation ist verbraucht.",
    ),
    "no_programme": _text(
        "No open programme pays for this. Book at your own cost.",
        "Kein offenes Programm bezahlt dies. Buchen Sie auf eigene Kosten.",
    ),
}

_KEYS: Final[Mapping[str, Words]] = {
    "areas": AREAS,
    "kind": TENANT_KINDS,
    "kinds": TENANT_KINDS,
    "roles": ROLES,
    "offer_kind": OFFER_KINDS,
    "offer_kinds": OFFER_KINDS,
    "steps": STEPS,
}


def _shown(name: str, value: Parameter, language: Language) -> str:
    """A value as its name says: money in cents, a day, a key, a number or a text."""
    if isinstance(value, int):
        return _money(value, language) if name.endswith("_cents") else _number(value, language)
    if name.endswith("_on"):
        return _DAYS[language](date.fromisoformat(str(value)))
    keys = [value] if isinstance(value, str) else value
    return ", ".join(called(key, _KEYS.get(name, {}), language) for key in keys)


def _number(value: int, language: Language) -> str:
    separated = f"{value:,}"
    return separated.replace(",", ".") if language is Language.GERMAN else separated


def _money(cents: int, language: Language) -> str:
    euros = _number(cents // 100, language)
    if language is Language.GERMAN:
        return f"{euros},{cents % 100:02} €"
    return f"€{euros}.{cents % 100:02}"


_DAYS: Final[Mapping[Language, Callable[[date], str]]] = {
    Language.ENGLISH: lambda day: f"{day:%Y-%m-%d}",
    Language.GERMAN: lambda day: f"{day:%d.%m.%Y}",
}
