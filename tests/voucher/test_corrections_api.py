"""Corrections and reconciliations over HTTP: by whom, once a key, and with an answer that says what is wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import Voucher
from services.voucher.entrypoints.schedule import reconcile_ledger
from shared.clock import utc_now
from shared.processes.pace import Pace
from tests.conftest import EngineFor
from tests.voucher.office import Office

_GUIDE = Path("docs/voucher.md").read_text()
SCRIPT = _GUIDE.partition("python3 - $P <<'END'\n")[2].partition("\nEND\n")[0]
REASON = {"reason": "Liste lag zu spät vor"}


async def _voucher(office: Office, programme: Programme, *, is_used: bool) -> Voucher:
    now = utc_now()
    async with office.opened([office.funder, office.city]) as work:
        [held] = (await work.programmes.lock([programme.programme_id])).values()
        voucher = Voucher.reserved(office.city, uuid4(), uuid4(), held, now)
        (voucher.redeem if is_used else voucher.release)(held, now)
        await work.vouchers.save([voucher])
        await work.programmes.save([held])
    return voucher


async def _post(
    office: Office, tenant_id: UUID, voucher: Voucher, what: str, body: Any, key: str | None = None
) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    path = f"/vouchers/{voucher.voucher_id}/{what}"
    return await office.call(tenant_id, "tenant-admin", "POST", path, body, headers=headers)


async def test_a_late_use_by_the_city_takes_effect_once_a_key(office: Office) -> None:
    made = await office.programme(3)
    voucher = await _voucher(office, made, is_used=False)
    key = uuid4().hex
    answers = [
        await _post(office, office.city, voucher, "late-redemption", REASON, key) for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [200, 200], answers[0].text
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["status"] == "redeemed"
    assert (await office.pools(made))[None].redeemed == 1
    again = await _post(office, office.city, voucher, "late-redemption", REASON)
    assert (again.status_code, again.json()["code"]) == (409, "invalid_settlement")


async def test_the_funder_takes_back_a_use_and_nobody_else(office: Office) -> None:
    made = await office.programme(3)
    voucher = await _voucher(office, made, is_used=True)
    for tenant_id, status, code in (
        (office.city, 403, "not_the_funder"),
        (office.other_city, 404, "not_found"),
    ):
        refused = await _post(office, tenant_id, voucher, "reversals", REASON)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    done = await _post(office, office.funder, voucher, "reversals", REASON)
    assert (done.status_code, done.json()["status"]) == (200, "reversed")
    again = await _post(office, office.funder, voucher, "reversals", REASON)
    assert again.status_code == 409
    assert "0 units are left" in again.json()["detail"]
    pools = await office.pools(made)
    assert (pools[None].redeemed, pools[None].available) == (0, 3)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {**REASON, "units": 0},
        {**REASON, "units": -1},
        {**REASON, "units": 0.5},
        {**REASON, "units": 10**30},
    ],
)
async def test_amounts_and_reasons_that_are_none_are_named(
    office: Office, body: dict[str, Any]
) -> None:
    voucher = await _voucher(office, await office.programme(3), is_used=True)
    refused = await _post(office, office.funder, voucher, "reversals", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert refused.json()["errors"][0]["field"].startswith("body.")


async def test_the_funder_reads_how_far_its_ledger_was_compared(
    office: Office, engine_for: EngineFor
) -> None:
    made = await office.programme(3)
    path = f"/programmes/{made.programme_id}/reconciliation"
    assert (await office.call(office.funder, "funder", "GET", path)).status_code == 404
    engine, pace = engine_for("voucher"), Pace(1)
    await reconcile_ledger(engine, office.opened, office.funder, made.programme_id, pace)
    found = await office.call(office.funder, "funder", "GET", path)
    assert found.json()["entries"] == 1
    assert found.json()["head"] == made.chain.head.hex()
    assert (await office.call(office.other_city, "funder", "GET", path)).status_code == 404


async def test_an_auditor_checks_the_ledger_with_the_script_of_the_guide(
    office: Office, tmp_path: Path
) -> None:
    made = await office.programme(3)
    await _voucher(office, made, is_used=True)
    path = f"/programmes/{made.programme_id}/ledger"
    lines = (await office.call(office.funder, "funder", "GET", path)).json()

    def check() -> subprocess.CompletedProcess[str]:
        (tmp_path / "ledger.json").write_text(json.dumps(lines))
        command = [sys.executable, "-c", SCRIPT, str(made.programme_id)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert check().stdout == f"3 {lines[-1]['hash']}\n"
    lines[1]["units"] = 2
    assert "Entry 2 is not as it was written." in check().stderr
