"""`make demo`: start what is not running, play the case, and say whether every figure is right."""

import asyncio
import sys
from concurrent.futures import ProcessPoolExecutor

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo import case, verification
from deploy.demo.client import DemoError
from deploy.demo.follower import Follower
from deploy.demo.play import Play
from deploy.demo.play import Progress as Report
from deploy.demo.proof import prove
from deploy.demo.result import OUTPUT, Result
from deploy.demo.settlement import settle
from deploy.local.__main__ import ROOT
from deploy.local.__main__ import main as local
from deploy.local.layout import Layout
from deploy.local.ports import Ports

REQUEST_SECONDS = 30.0


def main() -> int:
    """Exit 0 only if every figure is what it must be."""
    console = Console()
    started = local(["up", "--detach"])
    if started != 0:
        return started
    ports = Ports.load(Layout(ROOT).ports)
    try:
        result = asyncio.run(_play(ports, console))
    except (DemoError, httpx.HTTPError) as error:
        console.print(f"The demo stopped: {error}", style="red", highlight=False, markup=False)
        return 1
    return result.publish(console)


async def _play(ports: Ports, console: Console) -> Result:
    columns = (
        TextColumn("{task.description:<46}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    limits = httpx.Limits(max_connections=64)
    with Progress(*columns, console=console) as screen, ProcessPoolExecutor(2) as cores:
        async with httpx.AsyncClient(
            timeout=REQUEST_SECONDS, limits=limits, trust_env=False
        ) as http:
            play = Play(http, ports)
            await play.bring_on_board(_step(screen, "Tenants apply and are approved"))
            await play.register_people(_step(screen, "Tenants register their people"))
            follower = await Follower.subscribe(play.client(case.FOLLOWER), ports)
            await play.open_programme()
            await play.publish_offer()
            await play.measure_confirmation(_step(screen, "Booking to confirmation, one by one"))
            await play.race(_step(screen, "Everybody at once, 100 too many"))
            outsider = await play.refuse_outsider()
            await play.cancel_and_claim_again(_step(screen, "50 give up, 50 move in"))
            last = await play.refuse_one_more()
            completed = await play.complete(_step(screen, "Completed, vouchers redeemed"))
            urls = await play.collect_credentials(completed, _step(screen, "Certificates issued"))
            report = _step(screen, "Certificates verified independently")
            fetched = await verification.fetch(http, urls)
            verified = await asyncio.to_thread(verification.verify_all, cores, fetched)
            report(verified, len(urls))
            verification.keep(OUTPUT / "credentials", fetched)
            report = _step(screen, "A town's own system follows the feed")
            own = sum(booking.town.account == case.FOLLOWER for booking in completed)
            followed = await follower.follow(play.programme_id, own, report)
            await follower.leave()
            invoice = await settle(play, OUTPUT)
            proof = await prove(play, len(urls), OUTPUT)
            return await Result.of(
                play,
                outsider,
                last,
                issued=len(urls),
                verified=verified,
                booking_id=completed[0].booking_id,
                followed=followed,
                invoice=invoice,
                proof=proof,
            )


def _step(screen: Progress, description: str) -> Report:
    task = screen.add_task(description, total=None)

    def report(done: int, total: int) -> None:
        screen.update(task, completed=done, total=total)

    return report


if __name__ == "__main__":
    sys.exit(main())
