"""The ministry's proof of use: asked for, and compared with what the platform told otherwise."""

import json
from pathlib import Path
from typing import Any, Final

from deploy.demo import case
from deploy.demo.client import Client
from deploy.demo.play import Play

LANGUAGES: Final = ("de", "en")


async def prove(play: Play, certificates: int, folder: Path) -> dict[str, int]:
    """An interim proof that knows of all certificates; its PDFs are kept. Returns its sums."""
    funder = play.client(case.FUNDER)
    path = f"/v1/programmes/{play.programme_id}/proofs"
    plan = {"number": "1", "title": "Zertifikatsmodule", "planned": case.VOUCHERS}
    await funder.put(
        "voucher", f"/v1/programmes/{play.programme_id}/financing-plan", {"positions": [plan]}
    )
    proof: dict[str, Any] = {}

    async def knows_all() -> bool:
        proof.update(await funder.post("voucher", path, {"kind": "interim"}))
        return bool(proof["evidence"] >= certificates)

    await play.until(knows_all, "every certificate to be known to the proof of use")

    async def ready() -> bool:
        proof.update(await funder.get("voucher", f"{path}/{proof['proof_id']}"))
        return bool(proof["status"] != "pending")

    await play.until(ready, "the proof of use to be made")
    return await _keep(funder, f"{path}/{proof['proof_id']}", folder)


async def _keep(funder: Client, path: str, folder: Path) -> dict[str, int]:
    for language in LANGUAGES:
        file = folder / f"proof-of-use-{language}.pdf"
        await funder.save("voucher", f"{path}/pdf", file, language=language)
    document = json.loads(await funder.download("voucher", f"{path}/json"))
    accounts = document["numerical_part"]["accounts"]
    return {
        "participations": document["factual_part"]["participations"],
        "certificates": document["factual_part"]["certificates"],
        "reserved": accounts["reserved"],
        "redeemed": accounts["redeemed"],
        "invoiced_cents": document["numerical_part"]["invoiced_cents"],
        "expected_cents": document["numerical_part"]["expected_cents"],
    }
