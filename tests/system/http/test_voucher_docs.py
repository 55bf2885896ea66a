"""What docs/voucher.md tells funders, HR, employees, the cooperative and auditors to type, typed."""

import csv
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.layout import REPOSITORY
from deploy.local.ports import HOST
from tests.support.waiting import until
from tests.system.http.case import WAIT_SECONDS, Case, Tenants, offer, person

GUIDE = (REPOSITORY / "docs" / "voucher.md").read_text()
BLOCKS = dict(re.findall(r"<!-- tried: (\w+) -->\n```bash\n(.*?)\n```\n", GUIDE, re.DOTALL))
PRICE_CENTS, FEE_CENTS = 36_000, 1_800
#: Ledgers are compared once a minute.
COMPARED_SECONDS = 120.0

#: What the reader's shell has before the first block: the README's function, and a curl that tells when it is refused.
SHELL = r"""
token() { local of="TOKEN_$1"; echo "${!of}"; }
curl() { command curl --fail-with-body --write-out '%{stderr}%{http_code} %{url_effective}\n' "$@"; }
"""
BASH = ("bash", "-euo", "pipefail", "-o", "allexport", "-c")
REFUSED = 22


@dataclass(frozen=True)
class Reader:
    """Types blocks of the guide into one shell, whose variables stay from block to block."""

    folder: Path
    variables: dict[str, str]

    def types(self, block: str) -> list[Any]:
        """Type a block; returns what was answered and not caught in a variable."""
        done = self._typed(block)
        assert done.returncode == 0, f"{block}: {done.stdout}\n{done.stderr}"
        kept = (self.folder / "variables").read_text().split("\0")
        for each in filter(None, kept):
            name, _, value = each.partition("=")
            self.variables[name] = value
        return _answers(done.stdout)

    def is_refused(self, block: str) -> str:
        """Type a block whose first command is refused; returns the code."""
        done = self._typed(block)
        assert done.returncode == REFUSED, f"{block}: {done.stdout}\n{done.stderr}"
        [problem] = _answers(done.stdout)
        return str(problem["code"])

    def _typed(self, block: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*BASH, f"{SHELL}\n{BLOCKS[block]}\nenv --null > variables"],
            env={"PATH": os.environ["PATH"], **self.variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def __getitem__(self, variable: str) -> str:
        return self.variables[variable]


def _answers(said: str) -> list[Any]:
    """The JSON documents, one after the other; a line of other words is itself."""
    found, decoder = [], json.JSONDecoder()
    while said := said.lstrip():
        if said[0] in "[{":
            answer, end = decoder.raw_decode(said)
        else:
            end = (said + "\n").index("\n")
            answer = said[:end]
        found.append(answer)
        said = said[end:]
    return found


async def test_the_commands_of_the_guide_do_what_it_says(
    case: Case, tenants: Tenants, tmp_path: Path
) -> None:
    reader = await _begin(case, tenants, tmp_path)
    _opens_a_programme(reader, tenants)
    _asks_before_booking(reader)
    _allocates_and_assigns(reader)
    _gives_by_code_and_by_request(reader)
    reader.types("naming")
    [price] = reader.types("pricing")
    assert (price["cents"], price["fee_per_mille"]) == (PRICE_CENTS, 50)
    assert reader.is_refused("previewing") == "nothing_to_settle"
    await _use(tenants, reader)
    _settles(reader)
    _has_invoice(reader, tenants)
    [closed] = reader.types("closing")
    assert (closed["state"], closed["pool"]["returned"]) == ("closed", 2_999)
    await _proves(reader, case, tenants)
    await _audits(reader, case, tenants)


def test_every_command_of_the_guide_is_tried() -> None:
    assert GUIDE.count("```") == 2 * len(BLOCKS)


async def _begin(case: Case, tenants: Tenants, folder: Path) -> Reader:
    """What the guide's table says that the reader has, once the voucher service knows the people too."""
    town = tenants.town
    boss = await case.colleague(town, "leader")
    own = person(email=f"{boss}@example.org", roles=["leader"])
    leader_id = str((await town.client.post("member", "/v1/people", own))["person_id"])
    me = await case.send(boss, "GET", "member", "/v1/me")
    assert me.json()["person"]["person_id"] == leader_id
    module = offer(price_cents=PRICE_CENTS, competence_fields=["digital"])
    accounts = {
        "ministerium": tenants.funder.account,
        "ludwigshafen": tenants.provider.account,
        "speyer": town.account,
        "operator": "operator",
    }
    auditor = await case.colleague(tenants.funder, "auditor")
    variables = {
        "VOUCHER_API": f"http://{HOST}:{case.ports['voucher']}",
        "TENANT": town.tenant_id,
        "PERSON": await town.register(),
        "LEADER": leader_id,
        "OFFER": await tenants.provider.publish(module),
        "BOSS": f"Authorization: Bearer {await case.accounts.token(boss)}",
        "AUDITOR": f"Authorization: Bearer {await case.accounts.token(auditor)}",
    }
    for name, account in accounts.items():
        variables[f"TOKEN_{name}"] = await case.accounts.token(account)
    await _until_known(case, tenants, boss, variables["PERSON"], variables["OFFER"])
    reader = Reader(folder, variables)
    assert reader.types("beginning") == []
    return reader


async def _until_known(
    case: Case, tenants: Tenants, boss: str, person_id: str, offer_id: str
) -> None:
    question = {"person_id": person_id, "offer_id": offer_id, "offer_kind": "certificate_module"}

    async def known() -> list[int]:
        asked = [(tenants.town.account, "/v1/programmes/for"), (boss, "/v1/voucher-requests")]
        answers = [
            await case.send(account, "GET", "voucher", path, params=question)
            for account, path in asked
        ]
        return [each.status_code for each in answers]

    await until(known, lambda seen: seen == [200, 200], seconds=WAIT_SECONDS)


def _opens_a_programme(reader: Reader, tenants: Tenants) -> None:
    simulation, opened = reader.types("opening")
    [town] = [
        each for each in simulation["outlooks"] if each["tenant_id"] == tenants.town.tenant_id
    ]
    assert town["eligible"]
    assert any("Speyer" in each["explanation"] for each in town["findings"])
    assert (opened["programme_id"], opened["state"]) == (reader["P"], "open")
    assert (opened["pool"]["granted"], opened["cap_cents"]) == (2_750, 40_000)
    topped_up, forecast = reader.types("topping_up")
    assert topped_up["pool"]["available"] == 3_000
    assert forecast["verdict"] == "too_early"


def _asks_before_booking(reader: Reader) -> None:
    programmes, check = reader.types("asking")
    [found] = [each for each in programmes if each["programme_id"] == reader["P"]]
    for each in (found, check):
        assert (each["pays"], each["pays_cents"]) == (True, PRICE_CENTS)
        assert all(finding["met"] for finding in each["findings"])
    said = [[finding["explanation"] for finding in each["findings"]] for each in (found, check)]
    assert said[0] != said[1], "one is asked in German, one in English"


def _allocates_and_assigns(reader: Reader) -> None:
    [changed] = reader.types("allocating")
    assert (changed["allocation_id"], changed["units"]) == (reader["ALLOCATION"], 60)
    assert changed["give_back_at"] == reader["UNTIL"]
    withdrawn, given, returned = reader.types("assigning")
    assert (withdrawn["person_id"], withdrawn["status"]) == (reader["PERSON"], "released")
    assert withdrawn["allocation_id"] == reader["ALLOCATION"]
    [own] = [each for each in given if each["allocation_id"] == reader["ALLOCATION"]]
    assert (own["units"], own["available"]) == (60, 60)
    assert (returned["available"], bool(returned["ended_at"])) == (0, True)


def _gives_by_code_and_by_request(reader: Reader) -> None:
    [held] = reader.types("printing")
    with (reader.folder / "codes.csv").open(newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert (len(codes), codes[0]) == (20, reader["CODE"])
    assert (held["person_id"], held["programme_id"]) == (reader["PERSON"], reader["P"])
    by_leader, by_hr = reader.types("requesting")
    assert (by_leader["status"], by_leader["next_step"]) == ("open", "hr")
    assert (by_hr["status"], bool(by_hr["voucher_id"])) == ("approved", True)


async def _use(tenants: Tenants, reader: Reader) -> None:
    """The person books with the voucher of the code, and takes part."""
    town = tenants.town
    booking_id = await town.book(reader["OFFER"], reader["PERSON"], reader["P"])
    await town.booking_once(booking_id, "confirmed")
    path = f"/v1/offers/{reader['OFFER']}/completions"
    await tenants.provider.client.post("catalogue", path, {"booking_ids": [booking_id]})
    await town.voucher_once(booking_id, "redeemed")


def _settles(reader: Reader) -> None:
    [due] = reader.types("previewing")
    assert [bill["cents"] for bill in due["bills"]] == [PRICE_CENTS]
    [invoice], [gutschrift] = (each["statements"] for each in reader.types("settling"))
    assert (invoice["side"], invoice["cents"]) == ("funder", PRICE_CENTS)
    assert (gutschrift["side"], gutschrift["cents"]) == ("provider", PRICE_CENTS - FEE_CENTS)


def _has_invoice(reader: Reader, tenants: Tenants) -> None:
    [invoice] = reader.types("invoiced")
    assert (invoice["statement_id"], invoice["tenant_id"]) == (
        reader["S"],
        tenants.funder.tenant_id,
    )
    assert invoice["number"] in (reader.folder / "invoice.xml").read_text()
    with (reader.folder / "claims.csv").open(newline="", encoding="utf-8-sig") as file:
        [claim] = csv.DictReader(file)
    assert claim["used_cents"] == str(PRICE_CENTS)


async def _proves(reader: Reader, case: Case, tenants: Tenants) -> None:
    [plan] = reader.types("planning")
    assert plan["planned"] == 2_750
    assert reader.types("proving") == []
    path = f"/v1/programmes/{reader['P']}/proofs/{reader['PROOF']}"
    await until(
        lambda: tenants.funder.client.get("voucher", path),
        lambda found: bool(found["status"] != "pending"),
        seconds=WAIT_SECONDS,
    )
    [proof] = reader.types("fetching")
    assert proof["status"] == "ready"
    pdf = reader.folder / f"proof-of-use-{reader['PROOF']}.de.pdf"
    assert pdf.read_bytes().startswith(b"%PDF")
    document = json.loads((reader.folder / f"proof-of-use-{reader['PROOF']}.json").read_text())
    assert len(document["expenses"]) == 1
    [signed] = reader.types("signing")
    [signature] = signed["signatures"]
    assert (signature["role"], signature["sha256"]) == ("auditor", proof["files"]["json"]["sha256"])


async def _audits(reader: Reader, case: Case, tenants: Tenants) -> None:
    [told] = reader.types("auditing")
    entries, head = told.split()
    path = f"/v1/programmes/{reader['P']}/reconciliation"

    async def compared_to() -> object:
        answer = await case.send(tenants.funder.account, "GET", "voucher", path)
        return answer.json().get("entries")

    await until(compared_to, lambda seen: seen == int(entries), seconds=COMPARED_SECONDS)
    [compared] = reader.types("comparing")
    assert (compared["head"], compared["violated"]) == (head, [])
