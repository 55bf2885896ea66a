"""What runs where in which version, and rollouts, as pages."""

from contextlib import aclosing
from dataclasses import replace

import pytest

from services.console.application.live import Viewing
from services.console.domain.rollout import Phase
from services.console.domain.rollout_book import Book
from tests.console.conftest import World, text
from tests.console.deployments import FakeDeployments, role
from tests.console.rollouts import FAILING, GOOD, TO_SOAK, begun, driven, measured, wish
from tests.console.statuses import process, status

PAGE = "/deployments/voucher"


@pytest.fixture
def deployments(world: World) -> FakeDeployments:
    world.app.state.deployments, world.app.state.is_managed = made, _ = FakeDeployments(), True
    return made


def _keep(deployments: FakeDeployments, book: Book) -> None:
    deployments.books["voucher"] = (book, 1)


async def test_a_half_deployed_version_is_shown_as_such(world, deployments) -> None:
    browser = await world.browser("viewer")
    assert "half deployed" not in text(await browser.get("/deployments"))
    deployments.shown = (role("api", "a", "b"), role("worker", "a"))
    assert "a , b ▲ half deployed" in text(await browser.get("/deployments"))
    assert "half deployed" in text(await browser.get(PAGE))
    deployments.shown = (role("api", "a"), role("worker", "a", wanted="b"))
    assert "worker: a ▲ half deployed" in text(await browser.get("/deployments"))


async def test_what_processes_say_of_themselves_is_shown_too(world, deployments) -> None:
    told = status(processes=(process("api", commit="b"), process("worker", commit="a")))
    world.app.state.board.told("voucher", told)
    browser = await world.browser("viewer")
    assert "▲ half deployed" in text(await browser.get("/deployments"))


async def test_a_rollout_is_started_with_a_reason(world, deployments) -> None:
    browser = await world.browser("operator")
    page = text(await browser.get(PAGE))
    assert "runs now" in page
    assert "1 migration" in page
    assert "no way back after its migration" in page
    refused = await browser.post(f"{PAGE}/rollouts", page=PAGE, release="b", reason=" ")
    assert refused.status_code == 409
    assert "Say why" in text(refused)
    answer = await browser.post(f"{PAGE}/rollouts", page=PAGE, release="b", reason="It is time")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    rollout = deployments.books["voucher"][0].current
    assert (rollout.after, rollout.asked_by, rollout.reason) == (
        "b",
        "Olga Genossenschaft",
        "It is time",
    )
    page = text(await browser.get(PAGE))
    assert "preflight a → b : It is time" in page
    again = await browser.post(f"{PAGE}/rollouts", page=PAGE, release="b", reason="Again")
    assert "b is being rolled out already." in text(again)


async def test_a_release_that_is_not_on_offer_is_refused(world, deployments) -> None:
    browser = await world.browser("operator")
    answer = await browser.post(f"{PAGE}/rollouts", page=PAGE, release="<b>z", reason="Why not")
    assert answer.status_code == 409
    assert "<b>z is not among the releases" in text(answer)
    assert "<b>z" not in answer.text


async def test_dangerous_releases_take_two_people(world, deployments) -> None:
    olga = await world.browser("operator", "approver")
    await olga.post(f"{PAGE}/rollouts", page=PAGE, release="c", reason="It is time")
    page = text(await olga.get(PAGE))
    assert "It waits for a second person. Its migration cannot be undone: Drop the old" in page
    assert "Somebody else with the role approver has to confirm it." in page
    address = f"{PAGE}/rollouts/{deployments.books['voucher'][0].current.rollout_id}/confirmation"
    assert (await olga.post(address, page=PAGE)).status_code == 409
    otto = await world.browser("approver", subject="subject-2", name="Otto")
    assert (await otto.post(address, page=PAGE)).status_code == 303
    assert deployments.books["voucher"][0].current.confirmed_by == "Otto"


async def test_it_is_rolled_back_in_one_click_and_the_reason_is_kept(world, deployments) -> None:
    soaking = driven(begun(), *TO_SOAK, *measured(GOOD, FAILING))
    _keep(deployments, Book(current=soaking))
    browser = await world.browser("operator")
    page = await browser.get(PAGE)
    assert 'value="20 % fail; before it were 0.2 %."' in page.text
    address = f"{PAGE}/rollouts/r1/acts"
    answer = await browser.post(
        address, page=PAGE, act="rollback", reason="20 % fail; before it were 0.2 %."
    )
    assert answer.status_code == 303
    back = deployments.books["voucher"][0].current
    assert (back.phase, back.turns[-1].by) == (Phase.ROLLING_BACK, "Olga Genossenschaft")
    assert "20 % fail" in text(await browser.get(f"{PAGE}/rollouts/r1"))
    late = await browser.post(address, page=PAGE, act="rollback", reason="Once more")
    assert "Nothing of it is left to be rolled back." in text(late)


async def test_what_a_page_offered_and_is_not_possible_any_more_is_refused_with_the_reason(
    world, deployments
) -> None:
    _keep(deployments, Book(current=driven(begun(), *TO_SOAK)))
    browser = await world.browser("operator")
    for act, why in (("continuation", "It is not paused."), ("acceptance", "Only what is paused")):
        answer = await browser.post(f"{PAGE}/rollouts/r1/acts", page=PAGE, act=act, reason="Why")
        assert answer.status_code == 409
        assert why in text(answer)
    wrong = await browser.post(f"{PAGE}/rollouts/r1/acts", page=PAGE, act="undo", reason="Why")
    assert wrong.status_code == 400


async def test_a_rejected_release_is_shown_with_its_reason(world, deployments) -> None:
    failed = driven(begun(), *TO_SOAK, *measured(FAILING, FAILING, FAILING))
    back = replace(failed, phase=Phase.ROLLED_BACK)
    _keep(deployments, Book(current=back).moved(back))
    browser = await world.browser("operator", language="de")
    page = text(await browser.get(PAGE))
    assert "verworfen: 20 % scheitern; zuvor waren es 0,2 %." in page


async def test_an_act_on_a_rollout_that_another_one_replaced_is_refused(world, deployments) -> None:
    _keep(
        deployments, Book(current=begun()).begin(replace(wish("c"), rollout_id="r2"), begun().since)
    )
    browser = await world.browser("operator")
    answer = await browser.post(f"{PAGE}/rollouts/r1/acts", page=PAGE, act="pause", reason="Wait")
    assert "Another rollout has begun meanwhile." in text(answer)
    assert deployments.books["voucher"][0].current.phase is Phase.PREFLIGHT


async def test_roles_are_restarted_and_scaled_unless_something_else_scales_them(
    world, deployments
) -> None:
    browser = await world.browser("operator")
    where = f"{PAGE}/roles/worker"
    await browser.post(where, page=PAGE, act="restart", reason="It is stuck")
    await browser.post(where, page=PAGE, act="scale", replicas="2", reason="Much to do")
    assert deployments.done == [("restart", "voucher", "worker"), ("scale", "voucher", "worker", 2)]
    assert "worker shall run 2 processes. Much to do" in text(await browser.get(PAGE))
    for wrong in ("0", "99", "x"):
        answer = await browser.post(where, page=PAGE, act="scale", replicas=wrong, reason="More")
        assert "Choose a number from 1 to 2." in text(answer)
    deployments.shown = (role("api", "a"), role("worker", "a", "a", autoscaled=True))
    answer = await browser.post(where, page=PAGE, act="scale", replicas="2", reason="More")
    assert "It is scaled by itself, between 2 and 6" in text(answer)


async def test_who_may_not_act_sees_why(world, deployments) -> None:
    browser = await world.browser("viewer")
    page = text(await browser.get(PAGE))
    assert "Start You need the role operator." in page
    answer = await browser.post(f"{PAGE}/rollouts", page=PAGE, release="b", reason="Try")
    assert answer.status_code == 403
    assert deployments.books == {}


async def test_without_a_keeper_of_the_processes_nothing_can_be_changed(world) -> None:
    browser = await world.browser("operator")
    page = text(await browser.get(PAGE))
    assert "was not told who keeps the processes here" in page
    answer = await browser.post(f"{PAGE}/roles/api", page=PAGE, act="restart", reason="Try")
    assert answer.status_code == 409


async def test_a_keeper_that_does_not_answer_is_shown_as_such(world, deployments) -> None:
    deployments.is_silent = True
    browser = await world.browser("operator")
    for page in ("/deployments", PAGE, f"{PAGE}/rollouts/r1"):
        answer = await browser.get(page)
        assert answer.status_code == 200
        assert "supervisord does not answer." in text(answer)


async def test_unknown_services_and_rollouts_are_not_found(world, deployments) -> None:
    browser = await world.browser("operator")
    for page in ("/deployments/console", f"{PAGE}/rollouts/nobody"):
        assert (await browser.get(page)).status_code == 404
    lost = await browser.post("/deployments/nobody/rollouts", page=PAGE, release="b", reason="x")
    assert lost.status_code == 404


@pytest.mark.parametrize(
    ("view", "query", "page"),
    [("deployments", (), "/deployments"), ("deployment", (("service", "voucher"),), PAGE)],
)
async def test_what_is_live_has_its_place_on_the_page(
    world, deployments, view: str, query: tuple[tuple[str, str], ...], page: str
) -> None:
    async def token() -> str:
        return "token"

    _keep(deployments, Book(current=driven(begun(), *TO_SOAK, *measured(GOOD))))
    drawn = await (await world.browser("viewer")).get(page)
    viewing = Viewing("en", frozenset({"viewer"}), query)
    async with aclosing(world.app.state.live.follow(view, viewing, token)) as updates:
        update = await anext(updates)
    assert update.fragments
    for name, html in update.fragments.items():
        assert f'id="{name}"' in drawn.text
        assert "<form" not in html
