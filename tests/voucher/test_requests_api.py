"""Requests over HTTP: a person asks, the leader that is named and HR decide, and nobody else."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.voucher.application.request_voucher import (
    OPEN_FOR,
    Decide,
    approve_request,
    lapse_requests,
)
from services.voucher.application.reserve_vouchers import ReserveVoucher, reserve_vouchers
from services.voucher.domain.eligibility import Eligibility, Item
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Step
from shared.clock import utc_now
from shared.envelope import Cause
from tests.voucher.office import Office

BOTH = (Step.LEADER, Step.HR)


class People:
    """Who works at the city, by the accounts that they have."""

    def __init__(self, office: Office, learner: UUID, leader: UUID, hr: UUID) -> None:
        self.office, self.learner, self.leader, self.hr = office, learner, leader, hr

    async def ask(self, programme: Programme, **changes: object) -> Any:
        body = {
            "programme_id": str(programme.programme_id),
            "leader_id": str(self.leader),
            "purpose": "Grundkurs",
            **changes,
        }
        answer = await self.post("learner", "/voucher-requests", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def post(self, who: str, path: str, body: object = None):
        roles = {"leader": "leader", "hr": "hr"}.get(who, "learner")
        return await self.office.call(
            self.office.city, roles, "POST", path, body, account=f"{self.office.city} {who}"
        )

    async def get(self, who: str, path: str = "/voucher-requests"):
        roles = {"leader": "leader", "hr": "hr"}.get(who, "learner")
        return await self.office.call(
            self.office.city, roles, "GET", path, account=f"{self.office.city} {who}"
        )


@pytest.fixture
async def people(office: Office) -> People:
    made = [
        await office.employ(office.city, role, account=f"{office.city} {role}")
        for role in ("learner", "leader", "hr")
    ]
    await office.employ(office.city, "learner", account=f"{office.city} colleague")
    return People(office, *made)


async def test_leader_then_hr_approve_and_the_voucher_is_held(
    office: Office, people: People
) -> None:
    made = await office.programme(1, approval=BOTH)
    asked = await people.ask(made)
    assert (asked["person_id"], asked["next_step"]) == (str(people.learner), "leader")
    path = f"/voucher-requests/{asked['request_id']}/approval"
    early = await people.post("hr", path)
    assert (early.status_code, early.json()["code"]) == (403, "not_your_step")
    halfway = (await people.post("leader", path)).json()
    assert (halfway["status"], halfway["next_step"]) == ("open", "hr")
    assert (await office.pools(made))[None].reserved == 0
    done = (await people.post("hr", path)).json()
    assert (done["status"], [each["step"] for each in done["decisions"]]) == (
        "approved",
        ["leader", "hr"],
    )
    assert (await office.pools(made))[None].reserved == 1
    again = await people.post("hr", path)
    assert (again.status_code, again.json()["code"]) == (409, "request_decided")


async def test_only_who_was_granted_a_voucher_books_where_approval_is_asked(
    office: Office, people: People
) -> None:
    made = await office.programme(5, approval=(Step.HR,))
    outcomes = []
    for _ in range(2):
        booking_id = uuid4()
        booking = ReserveVoucher(
            office.city,
            booking_id,
            people.learner,
            Item(uuid4(), "on_demand_course"),
            made.programme_id,
            Cause(str(booking_id)),
        )
        async with office.opened([office.city, office.funder]) as work:
            await reserve_vouchers(work, [booking], utc_now())
            outcomes.append((await work.vouchers.for_bookings([booking_id]))[booking_id])
        if len(outcomes) == 1:
            asked = await people.ask(made)
            await people.post("hr", f"/voucher-requests/{asked['request_id']}/approval")
    refused, booked = outcomes
    assert refused.refusal
    assert refused.refusal.reason == "approval_needed"
    assert booked.is_held


async def test_where_nobody_has_to_approve_it_is_held_at_once(
    office: Office, people: People
) -> None:
    made = await office.programme(1)
    asked = await people.ask(made)
    assert (asked["status"], bool(asked["voucher_id"])) == ("approved", True)


async def test_an_approval_that_comes_too_late_changes_nothing(
    office: Office, people: People
) -> None:
    made = await office.programme(1, approval=(Step.HR,))
    asked = await people.ask(made)
    other = {"person_ids": [str(await office.employ(office.city))]}
    taken = f"/programmes/{made.programme_id}/assignments"
    await office.call(office.city, "hr", "POST", taken, other)
    path = f"/voucher-requests/{asked['request_id']}"
    refused = await people.post("hr", f"{path}/approval")
    assert (refused.status_code, refused.json()["code"]) == (409, "exhausted")
    assert (await people.get("hr", path)).json()["status"] == "open"


async def test_a_refusal_has_its_reason_and_ends_it(office: Office, people: People) -> None:
    made = await office.programme(1, approval=BOTH)
    asked = await people.ask(made)
    path = f"/voucher-requests/{asked['request_id']}"
    assert (await people.post("leader", f"{path}/refusal", {"reason": " "})).status_code == 422
    await people.post("leader", f"{path}/refusal", {"reason": "Erst im Herbst."})
    seen = (await people.get("learner", path)).json()
    assert (seen["status"], seen["decisions"][0]["reason"]) == ("refused", "Erst im Herbst.")


async def test_others_neither_see_nor_decide(office: Office, people: People) -> None:
    made = await office.programme(1, approval=BOTH)
    asked = await people.ask(made)
    path = f"/voucher-requests/{asked['request_id']}"
    assert (await people.get("colleague", path)).status_code == 404
    assert (await people.get("colleague")).json() == []
    assert (await people.post("colleague", f"{path}/approval")).status_code == 404
    assert (await people.post("colleague", f"{path}/withdrawal")).status_code == 404
    own = await people.post("learner", f"{path}/approval")
    assert (own.status_code, own.json()["code"]) == (403, "own_request")
    for who in ("learner", "leader", "hr"):
        assert [each["request_id"] for each in (await people.get(who)).json()] == [
            asked["request_id"]
        ]
    abroad = await office.call(office.other_city, "hr", "GET", path)
    assert abroad.status_code == 404
    abroad = await office.call(office.funder, "hr", "POST", f"{path}/approval")
    assert abroad.status_code == 404
    decide = Decide(office.funder, UUID(asked["request_id"]), "anybody", frozenset({"hr"}))
    async with office.opened([office.city, office.funder]) as work:
        assert await approve_request(work, decide, utc_now()) is None


async def test_a_request_is_withdrawn_by_who_made_it(office: Office, people: People) -> None:
    made = await office.programme(1, approval=BOTH)
    asked = await people.ask(made)
    path = f"/voucher-requests/{asked['request_id']}/withdrawal"
    assert (await people.post("learner", path)).json()["status"] == "withdrawn"
    assert (await people.post("learner", path)).json()["code"] == "request_decided"
    assert (await people.ask(made))["status"] == "open"


async def test_what_nobody_decides_lapses(office: Office, people: People) -> None:
    made = await office.programme(1, approval=BOTH)
    asked = await people.ask(made)
    for moment, count in ((OPEN_FOR - timedelta(hours=1), 0), (OPEN_FOR, 1), (OPEN_FOR, 0)):
        async with office.opened([office.city]) as work:
            assert await lapse_requests(work, utc_now() + moment, 10) == count
    path = f"/voucher-requests/{asked['request_id']}"
    assert (await people.get("learner", path)).json()["status"] == "lapsed"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"leader_id": None}, 422, "invalid_request_for_voucher"),
        ({"leader_id": "learner"}, 422, "invalid_request_for_voucher"),
        ({"leader_id": "hr"}, 422, "invalid_request_for_voucher"),
        ({"leader_id": str(uuid4())}, 422, "invalid_request_for_voucher"),
        ({"person_id": "leader"}, 403, "role_missing"),
        ({"programme_id": str(uuid4())}, 404, "not_found"),
    ],
)
async def test_a_request_that_cannot_be_is_refused(
    office: Office, people: People, changes: Any, status: int, code: str
) -> None:
    made = await office.programme(1, approval=BOTH)
    meant = {name: str(getattr(people, value or "", value)) for name, value in changes.items()}
    body = {
        "programme_id": str(made.programme_id),
        "leader_id": str(people.leader),
        **{name: None if changes[name] is None else value for name, value in meant.items()},
    }
    answer = await people.post("learner", "/voucher-requests", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_one_open_request_at_a_time_and_none_without_hope(
    office: Office, people: People
) -> None:
    made = await office.programme(1, approval=BOTH)
    await people.ask(made)
    body = {"programme_id": str(made.programme_id), "leader_id": str(people.leader)}
    twice = await people.post("learner", "/voucher-requests", body)
    assert (twice.status_code, twice.json()["code"]) == (409, "request_open")
    elsewhere = await office.programme(1, eligibility=Eligibility(states=frozenset({"DE-BY"})))
    body = {"programme_id": str(elsewhere.programme_id)}
    answer = await people.post("learner", "/voucher-requests", body)
    assert answer.json()["code"] == "outside_area"


async def test_hr_asks_for_somebody_else_and_does_not_approve_it_alone(
    office: Office, people: People
) -> None:
    made = await office.programme(1, approval=BOTH)
    body = {
        "programme_id": str(made.programme_id),
        "person_id": str(people.learner),
        "leader_id": str(people.leader),
    }
    asked = (await people.post("hr", "/voucher-requests", body)).json()
    assert asked["next_step"] == "leader"
    nobody = await people.post("newcomer", "/voucher-requests", body)
    assert (nobody.status_code, nobody.json()["code"]) == (403, "no_person_of_yours")
