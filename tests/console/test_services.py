"""How the console asks services: what does not answer, refuses or answers otherwise is told apart."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from services.console.adapters import services as adapter
from services.console.adapters.services import HttpServices
from services.console.domain.errors import (
    ServiceRefusedError,
    ServiceSilentError,
    ServiceStrangeError,
)

ADDRESSES = {"member": "http://member", "voucher": "http://voucher"}
PROBLEM = {"code": "claimed", "detail": "Somebody holds it.", "errors": []}


def asking(answer) -> HttpServices:
    """Services that answer so: a response, an error to raise, or a function of the request."""

    async def handle(request: httpx.Request) -> httpx.Response:
        found: httpx.Response | Exception = await answer(request) if callable(answer) else answer
        if isinstance(found, Exception):
            raise found
        return found

    return HttpServices(ADDRESSES, httpx.MockTransport(handle))


async def test_an_answer_is_read():
    seen: dict[str, str] = {}

    async def answer(request):
        seen.update(url=str(request.url), token=request.headers["authorization"])
        return httpx.Response(200, json={"rows": [1, 2]})

    services = asking(answer)
    found = await services.get("member", "/v1/x", "t", lambda a: a["rows"], a=None, b=["1", "2"])
    assert found == [1, 2]
    assert seen == {"url": "http://member/v1/x?b=1&b=2", "token": "Bearer t"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"other": 1}),
        httpx.Response(200, json=[]),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(404, text="nginx"),
        httpx.Response(500, json=["x"]),
        httpx.Response(302, headers={"Location": "http://evil"}),
    ],
)
async def test_an_answer_of_another_version_is_strange(answer):
    with pytest.raises(ServiceStrangeError) as told:
        await asking(answer).get("voucher", "/v1/x", "t", lambda found: found["rows"])
    assert told.value.service == "voucher"


async def test_a_problem_is_a_refusal_in_the_services_words():
    with pytest.raises(ServiceRefusedError) as told:
        await asking(httpx.Response(409, json=PROBLEM)).get("voucher", "/v1/x", "t")
    assert (told.value.problem.status, told.value.problem.code) == (409, "claimed")
    assert told.value.why == "Somebody holds it."


@pytest.mark.parametrize(
    ("error", "may_have_acted"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ReadTimeout("late"), True),
        (httpx.RemoteProtocolError("cut"), True),
    ],
)
async def test_silence_says_whether_it_may_have_acted(error, may_have_acted):
    with pytest.raises(ServiceSilentError) as told:
        await asking(error).act("POST", "voucher", "/v1/x", "t", body={})
    assert told.value.may_have_acted is may_have_acted
    with pytest.raises(ServiceSilentError) as told:
        await asking(error).get("voucher", "/v1/x", "t")
    assert told.value.may_have_acted is False


async def test_a_failure_inside_says_its_code():
    unavailable = {"code": "unavailable", "detail": "No database."}
    with pytest.raises(ServiceSilentError) as told:
        await asking(httpx.Response(503, json=unavailable)).get("voucher", "/v1/x", "t")
    assert told.value.code == "unavailable"


async def test_a_service_that_drips_is_as_silent_as_one_that_says_nothing(monkeypatch):
    monkeypatch.setattr(adapter, "READ_SECONDS", 0.1)

    class Dripping(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.01)

    with pytest.raises(ServiceSilentError):
        await asking(httpx.Response(200, stream=Dripping())).get("voucher", "/v1/x", "t")


async def test_one_silent_service_does_not_hide_the_others():
    async def answer(request):
        silent = request.url.host == "voucher"
        return httpx.ConnectError("down") if silent else httpx.Response(200, json=1)

    found = await asking(answer).everywhere("/v1/x", "t")
    assert found["member"] == 1
    assert isinstance(found["voucher"], ServiceSilentError)


async def test_an_act_without_an_answer_has_none():
    services = asking(httpx.Response(204))
    assert await services.act("DELETE", "member", "/v1/x", "t") is None


async def test_a_stream_comes_in_parts_or_is_refused():
    async with asking(httpx.Response(200, content=b"a,b\n")).stream("member", "/x", "t") as parts:
        assert b"".join([each async for each in parts]) == b"a,b\n"
    with pytest.raises(ServiceRefusedError):
        async with asking(httpx.Response(403, json=PROBLEM)).stream("member", "/x", "t"):
            pass
