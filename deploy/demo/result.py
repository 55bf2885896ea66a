"""What a run came to, what it must come to, and how both are shown."""

import json
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from rich.console import Console
from rich.table import Table

from deploy.demo import case
from deploy.demo.play import Play
from deploy.demo.settlement import Invoice

OUTPUT: Final = Path("var/demo")


@dataclass(frozen=True, slots=True)
class Result:
    """Every figure of a run."""

    programme: dict[str, int]
    tenants: list[dict[str, Any]]
    certificates: dict[str, int]
    latency_ms: dict[str, float]
    last_reason: str
    outsider_reason: str
    booking_id: str
    followed: dict[str, int]
    invoice: Invoice
    proof: dict[str, int]

    @classmethod
    async def of(
        cls,
        play: Play,
        outsider: dict[str, Any],
        last: dict[str, Any],
        *,
        issued: int,
        verified: int,
        booking_id: str,
        followed: dict[str, int],
        invoice: Invoice,
        proof: dict[str, int],
    ) -> Self:
        """Read the figures from the platform, not from what the demo believes it did."""
        pool, use = await play.pool(), await play.use()
        towns = [
            await _town_row(play, town, use) for town in case.TOWNS if town.account != case.FUNDER
        ]
        quantiles = statistics.quantiles(play.latencies, n=100)
        return cls(
            programme={
                "limit": pool["granted"],
                "reserved": pool["reserved"],
                "redeemed": pool["redeemed"],
                "released": sum(row["released"] for row in use.values()),
                "left": pool["available"],
                "refused": sum(row["refused"] for row in use.values()),
            },
            tenants=towns,
            certificates={"issued": issued, "verified": verified},
            latency_ms={"p50": round(quantiles[49], 1), "p99": round(quantiles[98], 1)},
            last_reason=last["reason"],
            outsider_reason=outsider["reason"],
            booking_id=booking_id,
            followed=followed,
            invoice=invoice,
            proof=proof,
        )

    def wrong(self) -> list[str]:
        """The figures that are not what they must be."""
        must = {
            "limit": case.VOUCHERS,
            "reserved": case.VOUCHERS - case.COMPLETED,
            "redeemed": case.COMPLETED,
            "released": case.CANCELLED,
            "left": 0,
            "refused": case.COMPETING + 2,
        }
        wrong = [
            f"{name}: {self.programme[name]} instead of {units}"
            for name, units in must.items()
            if self.programme[name] != units
        ]
        wrong += [f"{kind}: {n}" for kind, n in self.certificates.items() if n != case.COMPLETED]
        wrong += [
            f"the feed told {town['name']} of {self.followed[name]} {name}, there are {town['use'][name]}"
            for town in self.tenants
            if town["account"] == case.FOLLOWER
            for name in case.USES
            if self.followed[name] != town["use"][name]
        ]
        proven = {
            "participations": case.COMPLETED,
            "certificates": self.certificates["issued"],
            "reserved": self.programme["reserved"],
            "redeemed": self.programme["redeemed"],
            "invoiced_cents": self.invoice.cents,
            "expected_cents": 0,
        }
        if self.invoice.cents != case.COMPLETED * case.AGREED_CENTS:
            wrong.append(f"{self.invoice.number} is over {self.invoice.cents:,} cents")
        if self.proof != proven:
            wrong.append(f"the proof of use says {self.proof} instead of {proven}")
        wrong += [
            f"{town['name']}: eligible is {town['eligible']}"
            for town in self.tenants
            if not town["as_expected"]
        ]
        if (self.last_reason, self.outsider_reason) != ("exhausted", "outside_area"):
            wrong.append(f"refused as {self.last_reason} and {self.outsider_reason}")
        return wrong

    def publish(self, console: Console) -> int:
        """Print the table, write var/demo/result.json; 0 if everything is right."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        (OUTPUT / "result.json").write_text(
            json.dumps(self._document(), indent=2, ensure_ascii=False) + "\n"
        )
        console.print(self._table())
        for row in self.tenants:
            if not row["eligible"]:
                console.print(f"{row['name']}: {row['reason']}")
        programme, latency = self.programme, self.latency_ms
        console.print(
            f"{programme['limit']:,} vouchers: {programme['reserved']:,} reserved, "
            f"{programme['redeemed']:,} redeemed, {programme['left']} left; "
            f"{programme['released']} were released and claimed again, {programme['refused']} claims refused."
        )
        console.print(f"Voucher {case.VOUCHERS + 1:,}: refused ({self.last_reason}).")
        console.print(
            f"Certificates: {self.certificates['issued']} issued, {self.certificates['verified']} verified "
            f"independently; some are in {OUTPUT / 'credentials'}."
        )
        console.print(f"Booking to confirmation: p50 {latency['p50']} ms, p99 {latency['p99']} ms.")
        told = ", ".join(f"{units} {name}" for name, units in self.followed.items())
        console.print(f"A subscriber of {case.FOLLOWER.title()} was told by the feed: {told}.")
        console.print(
            f"Invoice {self.invoice.number} to the ministry: {self.invoice.cents / 100:,.2f} euro; "
            f"XRechnung in {OUTPUT}."
        )
        console.print(
            f"Proof of use: {self.proof['redeemed']} redeemed, {self.proof['certificates']} certified, "
            f"{self.proof['invoiced_cents'] / 100:,.2f} euro invoiced; PDF/A-3a and PDF/UA-1 in {OUTPUT}."
        )
        console.print(f"One booking, step by step: make story id={self.booking_id}")
        wrong = self.wrong()
        for figure in wrong:
            console.print(f"Wrong: {figure}", style="red")
        if not wrong:
            console.print("Every figure is what it must be.", style="green")
        return int(bool(wrong))

    def _document(self) -> dict[str, Any]:
        tenants = [
            {key: row[key] for key in ("name", "state", "regions", "eligible", "reason")}
            for row in self.tenants
        ]
        return {
            "programme": self.programme,
            "tenants": tenants,
            "certificates": self.certificates,
            "feed": self.followed,
            "invoice": asdict(self.invoice),
            "proof_of_use": self.proof,
            "latency_ms": {"booking_to_confirmation": self.latency_ms},
        }

    def _table(self) -> Table:
        table = Table(title="Bildungsgutscheine", box=None, padding=(0, 1, 0, 0))
        for heading in ("tenant", "area", "eligible"):
            table.add_column(heading, no_wrap=True)
        for heading in case.USES:
            table.add_column(heading, justify="right")
        for row in self.tenants:
            use = [str(row["use"][name]) for name in case.USES]
            verdict = "yes" if row["eligible"] else "no"
            area = " ".join((row["state"], *row["regions"]))
            table.add_row(row["name"], area, verdict, *use)
        return table


async def _town_row(play: Play, town: case.Town, use: dict[str, dict[str, int]]) -> dict[str, Any]:
    answer = await play.eligibility(town)
    nothing = dict.fromkeys(case.USES, 0)
    return {
        "account": town.account,
        "name": town.name,
        "state": town.state,
        "regions": list(town.regions),
        "eligible": answer["eligible"],
        "reason": answer["explanation"],
        "as_expected": answer["eligible"] == town.eligible,
        "use": use.get(answer["tenant_id"], nothing),
    }
