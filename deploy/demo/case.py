"""The case: a ministry's 2,750 education vouchers for the Metropolregion Rhein-Neckar or Rheinland-Pfalz.

Names and official keys of municipalities are public facts; people are made up.
"""

from dataclasses import dataclass
from typing import Any, Final

VOUCHERS: Final = 2_750
#: What a voucher pays up to, and what the offer costs.
CAP_CENTS: Final = 40_000
PRICE_CENTS: Final = 36_000
#: What the funder and the cooperative agreed on for each use.
AGREED_CENTS: Final = 35_000
COMPETING: Final = 100
CANCELLED: Final = 50
COMPLETED: Final = 400
MEASURED: Final = 100
SEED: Final = 20_261_121

OPERATOR: Final = "operator"
FUNDER: Final = "ministerium"
PROVIDER: Final = "ludwigshafen"
OUTSIDER: Final = "stuttgart"
#: Its own system follows what happens to its vouchers.
FOLLOWER: Final = "trier"
#: What becomes of a claim.
USES: Final = ("reserved", "redeemed", "released", "refused")
STATES: Final = ("DE-RP",)
REGIONS: Final = ("mrn",)


@dataclass(frozen=True, slots=True)
class Town:
    """A tenant of the case, the account that acts for it, and how many of its people book."""

    account: str
    name: str
    kind: str
    official_key: str | None
    state: str
    regions: tuple[str, ...]
    people: int
    eligible: bool

    def application(self) -> dict[str, Any]:
        """What it sends to become a member."""
        return {
            "name": self.name,
            "kind": self.kind,
            "official_key": self.official_key,
            "state": self.state,
            "regions": self.regions,
            "contact_email": f"bildung@{self.account}.example.org",
        }


TOWNS: Final = (
    Town(FUNDER, "Wissenschaftsministerium", "state_agency", None, "DE-RP", (), 0, eligible=False),
    Town(
        PROVIDER,
        "Ludwigshafen am Rhein",
        "municipality",
        "07314000",
        "DE-RP",
        REGIONS,
        900,
        eligible=True,
    ),
    Town("mannheim", "Mannheim", "municipality", "08222000", "DE-BW", REGIONS, 700, eligible=True),
    Town(
        "bergstrasse",
        "Kreis Bergstraße",
        "county",
        "06431000",
        "DE-HE",
        REGIONS,
        500,
        eligible=True,
    ),
    Town("trier", "Trier", "municipality", "07211000", "DE-RP", (), 350, eligible=True),
    Town("speyer", "Speyer", "municipality", "07318000", "DE-RP", REGIONS, 200, eligible=True),
    Town("worms", "Worms", "municipality", "07319000", "DE-RP", REGIONS, 200, eligible=True),
    Town(OUTSIDER, "Stuttgart", "municipality", "08111000", "DE-BW", (), 5, eligible=False),
)
BENEFICIARIES: Final = tuple(town for town in TOWNS if town.eligible)

BILLING_DETAILS: Final = {
    "name": "Wissenschaftsministerium",
    "street": "Mittlere Bleiche 61",
    "postcode": "55116",
    "city": "Mainz",
    "contact": "Referat 17",
    "phone": "+49 6131 160",
    "email": "ref17@ministerium.example.org",
}
#: The Leitweg-ID is made up; its check digits are right.
BILLING: Final = {"leitweg_id": "04011000-1234512345-06", "payment_days": 30}
AGREED_PRICE: Final = {
    "title": "Zertifikatsmodul",
    "cents": AGREED_CENTS,
    "fee_per_mille": 50,
    "vat_exemption": "Steuerfrei nach § 4 Nr. 21 Buchst. a UStG",
}

COMPETENCE_MODEL: Final[dict[str, Any]] = {
    "name": "Kompetenzmodell der Stadtverwaltung",
    "visibility": "cooperative",
    "fields": [
        {
            "name": "Führung",
            "kind": "leadership",
            "competences": [
                {"name": "Veränderung gestalten"},
                {"name": "Mitarbeitende entwickeln"},
            ],
        },
        {"name": "Persönlich", "kind": "personal", "competences": [{"name": "Selbst lernen"}]},
        {"name": "Sozial", "kind": "social", "competences": [{"name": "Konflikte lösen"}]},
        {"name": "Digital", "kind": "digital", "competences": [{"name": "Mit Daten arbeiten"}]},
    ],
}


def offer(competence_id: str) -> dict[str, Any]:
    """The certificate module that everybody wants."""
    return {
        "kind": "certificate_module",
        "title": "Digitale Verwaltung gestalten",
        "description": "Daten lesen, Abläufe vereinfachen, Kolleginnen und Kollegen mitnehmen.",
        "criteria": "Alle sechs Lerneinheiten bearbeitet und die Praxisaufgabe besprochen.",
        "competences": [competence_id],
        "duration_minutes": 540,
        "price_cents": PRICE_CENTS,
        "visibility": "cooperative",
    }


def person(town: Town, number: int) -> dict[str, Any]:
    """A made-up employee."""
    return {
        "external_id": f"P-{number:05d}",
        "given_name": _GIVEN[number % len(_GIVEN)],
        "family_name": f"{_FAMILY[number // len(_GIVEN) % len(_FAMILY)]} {number}",
        "email": f"p{number:05d}@{town.account}.example.org",
        "roles": ["learner"],
    }


_GIVEN = ("Aylin", "Ben", "Clara", "Deniz", "Eva", "Farid", "Greta", "Hannes", "Ines", "Jonas")
_FAMILY = ("Beispiel", "Muster", "Probe", "Vorbild", "Entwurf", "Modell")
