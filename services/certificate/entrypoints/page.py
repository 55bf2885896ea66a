"""A credential as a page: what it certifies, who issued it, whether it is valid now.

Its head shows how the issuer looks now, which nobody signed; all below it is what the signed document
says, and nothing beyond. German, with English beside it.
"""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from services.certificate.application.verify_credential import Verification
from services.certificate.domain.brand import NEUTRAL, Brand

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_PAGE = """<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: Zertifikat / Certificate</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; overflow-wrap: anywhere; }}
header {{ display: flex; align-items: center; gap: 1rem; padding: 1rem; font-weight: 600;
  color: {text}; background: {primary}; }}
header img {{ max-height: 4rem; max-width: 40%; padding: .3rem; background: #fff; }}
dt {{ font-weight: 600; margin-top: 1rem; }}
dd {{ margin: 0; white-space: pre-line; }}
.status {{ border-left: .4rem solid; padding: .5rem 1rem; font-weight: 600; }}
.valid {{ border-color: #176639; }}
.invalid {{ border-color: #a4161a; }}
</style>
</head>
<body>
<header>{logo}<span>{issuer}</span></header>
<main>
<h1>{name}</h1>
{status}
<dl>
{rows}
</dl>
<p><a href="{address}.json" type="application/vc+ld+json">Signiertes Zertifikat (JSON) /
<span lang="en">Signed certificate (JSON)</span></a></p>
<p>Der Name der Person steht nicht im Zertifikat, nur ein Prüfwert ihrer E-Mail-Adresse.<br>
<span lang="en">The certificate does not hold the person's name, only a hash of the e-mail address.</span></p>
</main>
</body>
</html>
"""
_VALID = (
    "valid",
    "Gültig: Die Signatur stimmt, das Zertifikat ist nicht widerrufen.",
    "Valid: the signature matches and the certificate is not revoked.",
)
_REVOKED = (
    "invalid",
    "Widerrufen: Dieses Zertifikat ist nicht mehr gültig.",
    "Revoked: this certificate is no longer valid.",
)
_NOT_GENUINE = (
    "invalid",
    "Ungültig: Die Signatur stimmt nicht.",
    "Not valid: the signature does not match.",
)


#: The name stands beside it, so it says nothing to who does not see it. The browser shows it as an image,
#: in which nothing runs and nothing is loaded.
_LOGO = '<img src="../logo" alt="">'


def page(document: bytes, verification: Verification, brand: Brand | None) -> str:
    """The page of a signed credential, under the issuer's brand if it has one."""
    credential = json.loads(document)
    colours = brand.colours if brand else NEUTRAL
    return _PAGE.format(
        primary=colours.primary,
        text=colours.text,
        logo=_LOGO if brand and brand.logo else "",
        issuer=escape(brand.display_name if brand else credential["issuer"]["name"]),
        name=escape(credential["name"]),
        status=_status(verification),
        rows="\n".join(_rows(credential)),
        address=escape(credential["id"]),
    )


def _status(verification: Verification) -> str:
    outcome = _REVOKED if verification.revoked else _NOT_GENUINE
    kind, german, english = _VALID if verification.valid else outcome
    return f'<p class="status {kind}">{german}<br><span lang="en">{english}</span></p>'


def _rows(credential: Mapping[str, Any]) -> list[str]:
    achievement = credential["credentialSubject"]["achievement"]
    hours, tags = achievement.get("creditsAvailable"), achievement.get("tag", [])
    issuer, provider = credential["issuer"], achievement["creator"]
    rows = [
        _row("Inhalt", "Content", achievement["description"]),
        _row("Voraussetzung", "Criteria", achievement["criteria"]["narrative"]),
        _row("Kompetenzen", "Competences", "\n".join(tags)),
        _row("Umfang in Stunden", "Hours", "" if hours is None else f"{hours:g}"),
        _row("Ausgestellt von", "Issued by", f"{issuer['name']}\n{issuer['id']}"),
        _row("Durchgeführt von", "Provided by", provider["name"]),
        _row("Ausgestellt am", "Issued on", credential["validFrom"][:10]),
    ]
    return [row for row in rows if row]


def _row(german: str, english: str, value: str) -> str:
    if not value:
        return ""
    return f'<dt>{german} / <span lang="en">{english}</span></dt>\n<dd>{escape(value)}</dd>'
