"""A command with an Idempotency-Key, sent again: by accident, at once, or for something else."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from tests.support.problems import assert_problem
from tests.system.http.case import (
    Case,
    Tenants,
    application,
    competence_model,
    offer,
    person,
    programme,
    until_bookable,
)


@dataclass(frozen=True)
class Command:
    """What an account sends, and what else it could have sent."""

    account: str
    service: str
    path: str
    body: dict[str, Any]
    another: dict[str, Any]

    async def send(
        self, case: Case, key: str, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key.encode()}
        options: dict[str, Any] = {"json": body or self.body, "headers": headers}
        return await case.send(self.account, "POST", self.service, self.path, **options)


COMMANDS = ("apply", "register", "register many", "define", "publish", "book", "open")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def commands(case: Case, tenants: Tenants) -> Mapping[str, Command]:
    """A command of every kind that takes a key."""
    applicant = await case.accounts.make("antrag")
    town, provider, funder = (
        each.account for each in (tenants.town, tenants.provider, tenants.funder)
    )
    offer_id = await tenants.provider.publish(offer())
    people = [await tenants.town.register() for _ in range(2)]
    for each in people:
        await until_bookable(case, tenants.town, each)
    booking, other = (
        {"offer_id": offer_id, "person_id": each, "payment": "own"} for each in people
    )
    many, few = {"people": [person(), person()]}, {"people": [person()]}
    rows: Sequence[tuple[str, str, str, dict[str, Any], dict[str, Any]]] = (
        (applicant, "member", "/v1/applications", application(), application()),
        (town, "member", "/v1/people", person(), person()),
        (town, "member", "/v1/people/bulk", many, few),
        (
            *(provider, "catalogue", "/v1/competence-models"),
            *(competence_model(), competence_model(name="Ein anderes")),
        ),
        (provider, "catalogue", "/v1/offers", offer(), offer(title="Etwas anderes")),
        (town, "catalogue", "/v1/bookings", booking, other),
        (funder, "voucher", "/v1/programmes", programme(), programme(vouchers=11)),
    )
    return {name: Command(*row) for name, row in zip(COMMANDS, rows, strict=True)}


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_repeated_key_is_answered_as_before(
    case: Case, commands: Mapping[str, Command], name: str
) -> None:
    command, key = commands[name], str(uuid4())
    at_once = await asyncio.gather(*(command.send(case, key) for _ in range(4)))
    answers = [*at_once, await command.send(case, key)]
    assert {each.status_code for each in answers} <= {200, 201, 202}, answers[0].text
    assert len({each.status_code for each in answers}) == 1
    assert all(each.json() == answers[0].json() for each in answers)

    other = await command.send(case, key, command.another)
    document = assert_problem(other, 409, "idempotency_key_reused")
    assert "new key" in document["detail"]


async def test_a_key_belongs_to_one_command(case: Case, commands: Mapping[str, Command]) -> None:
    key = str(uuid4())
    assert (await commands["define"].send(case, key)).is_success
    assert_problem(await commands["publish"].send(case, key), 409, "idempotency_key_reused")


async def test_a_key_belongs_to_one_tenant(case: Case, tenants: Tenants) -> None:
    key, body = str(uuid4()), offer()
    answers = [
        await Command(each.account, "catalogue", "/v1/offers", body, body).send(case, key)
        for each in (tenants.town, tenants.provider)
    ]
    assert [each.status_code for each in answers] == [201, 201]
    assert [each.json()["provider_id"] for each in answers] == [
        tenants.town.tenant_id,
        tenants.provider.tenant_id,
    ]


async def test_a_refused_command_does_not_use_up_its_key(case: Case, tenants: Tenants) -> None:
    offer_id, person_id = await tenants.provider.publish(offer()), await tenants.town.register()
    wrong = {"offer_id": str(uuid4()), "person_id": person_id, "payment": "own"}
    body = {**wrong, "offer_id": offer_id}
    await until_bookable(case, tenants.town, person_id)
    command = Command(tenants.town.account, "catalogue", "/v1/bookings", body, wrong)
    key = str(uuid4())
    assert_problem(await command.send(case, key, wrong), 404, "offer_not_found")
    assert (await command.send(case, key)).status_code == 202


@pytest.mark.parametrize("key", ["", "a b", "schlüssel", "a" * 201])
@pytest.mark.parametrize("name", ["register", "publish", "open"])
async def test_a_key_that_cannot_be(
    case: Case, commands: Mapping[str, Command], name: str, key: str
) -> None:
    answer = await commands[name].send(case, key)
    document = assert_problem(answer, 422, "invalid_request")
    assert [each["field"] for each in document["errors"]] == ["header.Idempotency-Key"]
