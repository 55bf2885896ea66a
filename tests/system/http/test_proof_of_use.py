"""From the grant to the certificate on the whole platform: a proof of use says what the other services say."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.support.verapdf import broken_rules
from tests.support.waiting import until
from tests.system.http.case import WAIT_SECONDS, Case, Tenant, Tenants, offer

PEOPLE = 6


async def test_a_proof_agrees_with_the_ledger_and_with_the_certificates(
    case: Case, tenants: Tenants, tmp_path: Path
) -> None:
    funder, town = tenants.funder, tenants.town
    programme_id = await funder.open_programme(vouchers=10)
    bookings = await _completed(tenants, programme_id)
    await funder.pool_once(programme_id, granted=10, available=4, redeemed=PEOPLE)
    proof = await _proof_of(funder, programme_id, certificates=PEOPLE)
    path = f"/v1/programmes/{programme_id}/proofs/{proof['proof_id']}"

    auditor = await case.colleague(funder, "auditor")
    files = {
        name: (await case.send(auditor, "GET", "voucher", f"{path}/{form}")).content
        for name, form in {"json": "json", "pdf-de": "pdf", "pdf-en": "pdf?language=en"}.items()
    }
    for name, content in files.items():
        assert hashlib.sha256(content).hexdigest() == proof["files"][name]["sha256"]
    document = json.loads(files["json"])
    part = document["numerical_part"]
    assert {name: units for name, units in part["accounts"].items() if units} == (
        await funder.pool(programme_id)
    )
    certificates = await town.client.get("certificate", "/v1/credentials", limit=500)
    issued = {each["credential_id"] for each in certificates if each["booking_id"] in bookings}
    assert {row["credential_id"] for row in document["expenses"]} == issued
    facts = document["factual_part"]
    assert (facts["participations"], facts["certificates"]) == (PEOPLE, len(issued))
    assert {row["booking_id"] for row in document["expenses"]} == set(bookings)
    assert {row["payee"] for row in document["expenses"]} == {"Ludwigshafen am Rhein"}
    for language in ("de", "en"):
        assert broken_rules(files[f"pdf-{language}"], tmp_path) == {"3a": "", "ua1": ""}

    body = {"sha256": proof["files"]["json"]["sha256"]}
    signed = await case.send(auditor, "POST", "voucher", f"{path}/signatures", json=body)
    assert signed.status_code == 201, signed.text
    assert [each["role"] for each in signed.json()["signatures"]] == ["auditor"]


async def _completed(tenants: Tenants, programme_id: str) -> list[str]:
    """Bookings of the town's people that came to a certificate."""
    offer_id = await tenants.provider.publish(offer())
    bookings = [await tenants.town.book_anybody(offer_id, programme_id) for _ in range(PEOPLE)]
    for each in bookings:
        await tenants.town.booking_once(each, "confirmed")
    path = f"/v1/offers/{offer_id}/completions"
    await tenants.provider.client.post("catalogue", path, {"booking_ids": bookings})
    for each in bookings:
        await tenants.town.voucher_once(each, "redeemed")
    return bookings


async def _proof_of(funder: Tenant, programme_id: str, *, certificates: int) -> dict[str, Any]:
    """An interim proof that knows of all certificates, once it is ready."""
    path = f"/v1/programmes/{programme_id}/proofs"

    async def asked() -> dict[str, Any]:
        answer: dict[str, Any] = await funder.client.post("voucher", path, {"kind": "interim"})
        return answer

    proof = await until(
        asked, lambda found: found["evidence"] == certificates, seconds=WAIT_SECONDS
    )

    async def read() -> dict[str, Any]:
        answer: dict[str, Any] = await funder.client.get("voucher", f"{path}/{proof['proof_id']}")
        return answer

    ready = await until(read, lambda found: found["status"] != "pending", seconds=WAIT_SECONDS)
    assert ready["failure"] is None
    return ready
