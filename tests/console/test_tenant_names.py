"""Names of tenants are asked for once, by whoever may know them."""

from datetime import timedelta
from typing import Any

import pytest

from services.console.application.tenant_names import TenantNames
from services.console.domain.errors import ServiceSilentError
from tests.console.statuses import NOW
from tests.console.voices import Voices
from tests.support.waiting import until

PATH = "/v1/applications"


class Clock:
    now = NOW

    def __call__(self) -> Any:
        return self.now


def tenant(number: int) -> dict[str, Any]:
    return {"tenant": {"tenant_id": f"t{number}", "name": f"Stadt {number}"}}


@pytest.fixture
def voices() -> Voices:
    made = Voices()
    for number in range(3):
        made.says("member", f"{PATH}/t{number}", tenant(number))
    every = [tenant(number) for number in range(700)]
    made.says("member", PATH, lambda query: every[query["offset"] :][: query["limit"]])
    return made


async def test_a_name_is_asked_for_once_with_the_token_of_who_asks(voices: Voices) -> None:
    names = TenantNames(voices, Clock())
    for _ in range(2):
        assert await names.of(["t0", "t1", "t0"], "olga") == {"t0": "Stadt 0", "t1": "Stadt 1"}
    assert [path for _, path, _ in voices.asked] == [f"{PATH}/t0", f"{PATH}/t1"]
    assert voices.tokens == {"member": {"olga"}}
    assert (names.known("t0"), names.known("t2")) == ("Stadt 0", None)


async def test_a_name_that_takes_long_comes_by_itself(voices: Voices) -> None:
    names = TenantNames(voices, Clock())
    voices.seconds["member"] = 0.2
    assert await names.of(["t0"], "olga", within=timedelta(milliseconds=1)) == {}
    assert await until(lambda: names.of(["t0"], "olga"), bool) == {"t0": "Stadt 0"}
    assert voices.times("member", f"{PATH}/t0") == 1


async def test_many_names_come_by_the_page(voices: Voices) -> None:
    found = await TenantNames(voices, Clock()).of([f"t{n}" for n in range(650)], "olga")
    assert len(found) == 650
    assert voices.times("member", PATH) == 2


async def test_what_member_does_not_tell_is_left_out_and_asked_again_later(voices: Voices) -> None:
    clock = Clock()
    names = TenantNames(voices, clock)
    voices.says("member", f"{PATH}/t0", ServiceSilentError("member", "…"))
    for _ in range(3):
        assert await names.of(["t0"], "olga") == {}
    assert voices.times("member", f"{PATH}/t0") == 1
    voices.says("member", f"{PATH}/t0", tenant(0))
    clock.now += timedelta(seconds=11)
    assert await names.of(["t0"], "olga") == {"t0": "Stadt 0"}
