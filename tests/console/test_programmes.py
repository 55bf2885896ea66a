"""Programmes as operators see them: figures, forecast, refusals in words, and days drawn and listed."""

from typing import Any

from services.console.domain.errors import ServiceSilentError
from tests.console.conftest import World, text
from tests.console.programmes import FUNDER, PATH, PROGRAMME, programme


async def see(world: World, address: str, role: str = "viewer", language: str = "en") -> Any:
    return await (await world.browser(role, language=language)).get(address)


async def test_every_programme_with_what_is_left_of_it(world):
    world.services.says("voucher", PATH, [programme()])
    told = text(await see(world, "/programmes"))
    assert "96% 96% It runs out about" in told
    assert "2,750 1,000 1,650 100 7" in told
    assert f"{FUNDER}" in told


async def test_operators_read_the_funders_name(world):
    world.services.says("voucher", PATH, [programme()])
    names = {"tenant": {"tenant_id": FUNDER, "name": "Bildungsministerium"}}
    world.services.says("member", f"/v1/applications/{FUNDER}", names)
    assert "Bildungsministerium" in text(await see(world, "/programmes", "operator"))


async def test_programmes_come_by_pages(world):
    def page(query: dict[str, Any]) -> list[dict[str, Any]]:
        every = [programme(name=f"No. {n}") for n in range(60)]
        return every[query["offset"] : query["offset"] + query["limit"]]

    world.services.says("voucher", PATH, page)
    first = await see(world, "/programmes")
    assert 'href="/programmes?offset=50"' in first.text
    assert "No. 50" not in text(first)
    last = await see(world, "/programmes?offset=50")
    assert "No. 50" in text(last)
    assert 'href="/programmes?offset=0"' in last.text


async def test_one_programme_with_its_refusals_in_words(world):
    world.services.says("voucher", PATH, [programme()])
    answer = await see(world, f"/programmes/{PROGRAMME}")
    told = text(answer)
    limit, exhausted = (
        "The person had as many vouchers as are allowed 4",
        "All vouchers were taken 1",
    )
    assert limit in told
    assert exhausted in told
    assert "of_another_version 2" in told
    assert "10 a day, give or take 0" in told
    assert answer.text.count('class="taken"') == 15  # one is the legend's
    assert told.count(" 12 3 2 ") == 14


async def test_what_counts_money_is_shown_as_money(world):
    world.services.says("voucher", PATH, [programme(unit="cent", granted=2_750_000)])
    assert "€27,500.00" in text(await see(world, "/programmes"))
    assert "27.500,00" in text(await see(world, f"/programmes/{PROGRAMME}", language="de"))


async def test_a_programme_in_german(world):
    world.services.says("voucher", PATH, [programme()])
    told = text(await see(world, f"/programmes/{PROGRAMME}", language="de"))
    assert "2.750" in told
    assert "Es reicht bis etwa" in told


async def test_a_programme_that_nobody_has(world):
    world.services.says("voucher", PATH, [])
    assert (await see(world, f"/programmes/{PROGRAMME}")).status_code == 404
    assert "No funder has opened a programme yet." in text(await see(world, "/programmes"))


async def test_a_hostile_name_is_text(world):
    world.services.says("voucher", PATH, [programme(name="<img src=x>\u202e" + "x" * 9_000)])
    for address in ("/programmes", f"/programmes/{PROGRAMME}"):
        answer = await see(world, address)
        assert answer.status_code == 200
        assert "<img" not in answer.text


async def test_a_programme_without_vouchers_or_days(world):
    taken = {**programme()["forecast"], "verdict": "taken", "on": None}
    figures = {"granted": 0, "reserved": 0, "redeemed": 0, "available": 0, "forecast": taken}
    world.services.says("voucher", PATH, [programme(**figures, days=[], refusals={})])
    told = text(await see(world, f"/programmes/{PROGRAMME}"))
    assert "Everything is taken." in told
    assert "Nothing moved." in told


async def test_a_service_that_does_not_answer(world):
    world.services.says("voucher", PATH, ServiceSilentError("voucher", "It cannot be reached."))
    answer = await see(world, "/programmes")
    assert answer.status_code == 503
    assert "It cannot be reached." in text(answer)
