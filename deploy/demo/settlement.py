"""The cooperative invoices the ministry for what was used so far; the invoice is kept as accounting systems take it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo import case
from deploy.demo.play import Play

#: Invoices have the days of the cooperative's seat.
SEAT = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Invoice:
    """What was issued: its number, and what is to be paid."""

    number: str
    cents: int


async def settle(play: Play, folder: Path) -> Invoice:
    """Both sides say how they settle, the cooperative issues, and the ministry takes its XRechnung."""
    funder, cooperative = play.client(case.FUNDER), play.client(case.OPERATOR)
    programme = f"/v1/programmes/{play.programme_id}"
    opens_at = (await funder.get("voucher", programme))["opens_at"]
    await funder.put("voucher", "/v1/billing-details", case.BILLING_DETAILS)
    await funder.put("voucher", f"{programme}/billing", case.BILLING)
    path = f"/v1/operations/programmes/{play.programme_id}"
    price = {**case.AGREED_PRICE, "valid_from": opens_at}
    await cooperative.post("voucher", f"{path}/prices", price, key=f"{play.run}-price")
    body = {"side": "funder", "last_day": datetime.now(SEAT).date().isoformat()}
    issued = await cooperative.post(
        "voucher", f"{path}/settlements", body, key=f"{play.run}-settlement"
    )
    statement: dict[str, Any]
    [statement] = issued["statements"]
    path = f"/v1/statements/{statement['statement_id']}/xrechnung"
    await funder.save("voucher", path, folder / "invoice.xml")
    return Invoice(statement["number"], statement["cents"])
