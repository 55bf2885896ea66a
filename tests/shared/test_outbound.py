"""The guarded way out: nothing of the inside is connected to, and nobody outside can hold us up."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import httpcore
import pytest

from shared.outbound.client import Answer, Outbound
from shared.outbound.errors import AddressRefusedError, NoAnswerError, Trouble
from shared.outbound.guard import Guard
from shared.outbound.names import Resolve
from tests.support.certificates import Authority
from tests.support.receivers import Detour, Received, Receiver, Respond, answering, receiver

PUBLIC = "93.184.216.34"
HOST = "hr.stadt.example.org"
URL = f"https://{HOST}/hooks"


def resolving_to(*answers: Sequence[str]) -> Resolve:
    """Each look-up has the next answer; the last one stays."""
    left = list(answers)

    async def resolve(_name: str) -> list[str]:
        return list(left.pop(0) if len(left) > 1 else left[0])

    return resolve


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


class Way:
    """An outbound whose every connection, wherever it is to go, arrives at one real server."""

    def __init__(self, server: Receiver, authority: Authority, resolve: Resolve) -> None:
        self.server = server
        self.network = Detour(server.port)
        guard = Guard(resolve)
        self.outbound = Outbound(guard, tls=authority.trusting, network=self.network, seconds=1.0)

    async def call(self, url: str = URL) -> Answer:
        async with self.outbound.session() as session:
            return await session.call("POST", url, body=b"{}", most_bytes=100)


@asynccontextmanager
async def way(
    authority: Authority,
    respond: Respond | None = None,
    *,
    resolve: Resolve | None = None,
    host: str = HOST,
    days: int = 1,
) -> AsyncIterator[Way]:
    tls = authority.serving(host, days=days)
    async with receiver(respond or answering(), tls) as server:
        yield Way(server, authority, resolve or resolving_to([PUBLIC]))


HOSTS = [
    host
    for line in Path(__file__).with_name("hostile_hosts.txt").read_text().splitlines()
    if not line.startswith("#")
    for host in line.split()
]
#: Those that a name server could also answer with.
ADDRESSES = [each for each in (host.strip("[]") for host in HOSTS) if _is_address(each)]
URLS = [
    "",
    *[
        "http://{}/",
        "ftp://{}/",
        "file:///etc/passwd",
        "gopher://{}/",
        "//{}/",
        "{}",
        "https://",
        "https:///x",
    ],
    *["https://{}:80/", "https://{}:5432/", "https://{}:99999/", "https://{}:0/", "https://[{}/"],
    *["https://user@{}/", "https://user:secret@{}/", "https://@{}/", "https://{}#@10.0.0.1/"],
    *("https://{}\\@10.0.0.1/", "https:\\\\{}/", "https://{}/a b", "https://{}/\r\nHost: x"),
    *("https://{}\t/", "https://{}/\x00", "https://{}/ä", "https://{}/" + "a" * 2_000),
]


@pytest.fixture(scope="module")
async def listener(authority: Authority) -> AsyncIterator[Receiver]:
    async with receiver(answering(), authority.serving(HOST)) as server:
        yield server


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        *((f"https://{each}/", PUBLIC) for each in HOSTS),
        *((each.replace("{}", HOST), PUBLIC) for each in URLS),
        *((URL, each) for each in ADDRESSES),
        *((URL, f"{PUBLIC} {each}") for each in ("10.0.0.1", "::1", "::ffff:10.0.0.1")),
        (f"https://{'a' * 64}.org/", PUBLIC),
        (URL, ""),
    ],
)
async def test_what_is_not_public_is_not_connected_to(
    listener: Receiver, authority: Authority, url: str, resolved: str
) -> None:
    before = listener.connections
    out = Way(listener, authority, resolving_to(resolved.split()))
    with pytest.raises(AddressRefusedError):
        await out.call(url)
    assert out.network.asked == []
    assert listener.connections == before


@pytest.mark.parametrize(
    ("url", "resolved", "connected"),
    [
        (URL, PUBLIC, (PUBLIC, 443)),
        (f"https://{HOST}:8443/x?y=1", PUBLIC, (PUBLIC, 8443)),
        (f"https://{HOST.upper()}./x", PUBLIC, (PUBLIC, 443)),
        (URL, "2606:2800:220:1::1 " + PUBLIC, (PUBLIC, 443)),
        (URL, "2606:2800:220:1::1", ("2606:2800:220:1::1", 443)),
    ],
)
async def test_what_is_public_is_called_at_the_address_that_was_checked(
    listener: Receiver,
    authority: Authority,
    url: str,
    resolved: str,
    connected: tuple[str, int],
) -> None:
    out = Way(listener, authority, resolving_to(resolved.split(), ["10.0.0.1"]))
    assert (await out.call(url)).status == 204
    assert out.network.asked == [connected]


async def test_a_name_that_leads_elsewhere_the_second_time_is_refused(authority: Authority) -> None:
    async with way(authority, resolve=resolving_to([PUBLIC], ["127.0.0.1"])) as out:
        await out.outbound.guard.check(URL)
        with pytest.raises(AddressRefusedError):
            await out.call()
        assert out.server.connections == 0


async def test_addresses_of_this_machine_are_its_own(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if this machine had a public address: what can be bound to is refused."""
    monkeypatch.setattr("shared.outbound.guard.is_public", lambda _address: True)
    async with way(authority, resolve=resolving_to(["127.0.0.1"])) as out:
        with pytest.raises(AddressRefusedError):
            await out.call()
        assert out.server.connections == 0


async def test_redirects_are_answers(authority: Authority) -> None:
    inwards = answering(302, Location="https://127.0.0.1/admin")
    async with way(authority, inwards) as out:
        answer = await out.call()
        assert (answer.status, answer.headers["location"]) == (302, "https://127.0.0.1/admin")
        assert (out.server.connections, len(out.network.asked)) == (1, 1)


async def test_proxies_and_cookies_are_not_used(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiver(answering()) as proxy, way(authority, answering(Set_Cookie="a=b")) as out:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with out.outbound.session() as session:
            for _ in range(2):
                await session.call("POST", URL, body=b"{}", most_bytes=100)
        assert proxy.connections == 0
        assert out.server.connections == 1
        assert not any("cookie" in each.headers for each in out.server.requests)
        assert out.server.requests[0].headers["host"] == HOST


async def _byte_by_byte(_request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    await _dribble(writer, b"x")


async def _headers_byte_by_byte(_request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-A: ")
    await _dribble(writer, b"x")


async def _endless_interim_answers(_request: Received, writer: asyncio.StreamWriter) -> None:
    await _dribble(writer, b"HTTP/1.1 103 Early Hints\r\n\r\n")


async def _dribble(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while not writer.is_closing():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.05)


async def _silence(_request: Received, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _endless_headers(_request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-A: " + b"x" * 10_000 + b"\r\n")
        await writer.drain()


async def _garbage(_request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff this is not HTTP\r\n\r\n")
    writer.close()


async def _farewell(_request: Received, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("respond", "troubles"),
    [
        (_byte_by_byte, {Trouble.TIMEOUT}),
        (_headers_byte_by_byte, {Trouble.TIMEOUT}),
        (_endless_interim_answers, {Trouble.TIMEOUT}),
        (_silence, {Trouble.TIMEOUT}),
        (_endless_headers, {Trouble.PROTOCOL}),
        (_garbage, {Trouble.PROTOCOL}),
        (_farewell, {Trouble.PROTOCOL}),
    ],
)
async def test_nobody_holds_us_up(
    authority: Authority, respond: Respond, troubles: set[Trouble]
) -> None:
    async with way(authority, respond) as out:
        began = time.monotonic()
        with pytest.raises(NoAnswerError) as failure:
            await out.call()
        assert failure.value.trouble in troubles
        assert time.monotonic() - began < 2.0


async def _endless_body(_request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"3e8\r\n" + b"x" * 1_000 + b"\r\n")
        await writer.drain()


async def test_no_more_is_read_than_is_wanted(authority: Authority) -> None:
    async with way(authority, _endless_body) as out:
        answer = await out.call()
        assert (answer.status, answer.body, answer.is_cut) == (200, b"x" * 100, True)


async def test_nothing_is_unpacked(authority: Authority) -> None:
    packed = gzip.compress(b"\0" * 10_000_000)
    async with way(authority, answering(200, packed, Content_Encoding="gzip")) as out:
        answer = await out.call()
        assert answer.body == packed[:100]
        assert out.server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("host", "days", "says"),
    [("other.example.org", 1, "mismatch"), (HOST, -1, "expired")],
)
async def test_a_certificate_is_valid_for_the_name_or_nothing_is_sent(
    authority: Authority, host: str, days: int, says: str
) -> None:
    async with way(authority, host=host, days=days) as out:
        with pytest.raises(NoAnswerError, match=says) as failure:
            await out.call()
        assert failure.value.trouble is Trouble.CERTIFICATE
        assert out.server.requests == []


async def test_an_authority_that_nobody_knows_vouches_for_nothing(
    authority: Authority, tmp_path: Path
) -> None:
    tls = Authority(tmp_path).serving(HOST)
    async with receiver(answering(), tls) as server:
        out = Way(server, authority, resolving_to([PUBLIC]))
        with pytest.raises(NoAnswerError) as failure:
            await out.call()
        assert failure.value.trouble is Trouble.CERTIFICATE
        assert server.requests == []


async def test_a_server_without_tls_is_not_talked_to(authority: Authority) -> None:
    async with receiver(answering()) as server:
        out = Way(server, authority, resolving_to([PUBLIC]))
        with pytest.raises(NoAnswerError):
            await out.call()
        assert server.requests == []


async def test_a_slow_name_server_holds_nobody_up(authority: Authority) -> None:
    async def resolve(_name: str) -> list[str]:
        await asyncio.sleep(30)
        return [PUBLIC]

    async with way(authority, resolve=resolve) as out:
        with pytest.raises(NoAnswerError) as failure:
            await out.call()
        assert failure.value.trouble is Trouble.TIMEOUT


async def test_the_next_address_is_tried(authority: Authority) -> None:
    class Deaf(Detour):
        async def connect_tcp(self, host: str, *rest: object) -> httpcore.AsyncNetworkStream:
            if host == PUBLIC:
                self.asked.append((host, 0))
                raise httpcore.ConnectError
            return await super().connect_tcp(host, *rest)  # type: ignore[arg-type]

    async with receiver(answering(), authority.serving(HOST)) as server:
        network = Deaf(server.port)
        guard = Guard(resolving_to([PUBLIC, "2606:2800:220:1::1"]))
        outbound = Outbound(guard, tls=authority.trusting, network=network)
        async with outbound.session() as session:
            assert (await session.call("POST", URL, most_bytes=0)).status == 204
        assert [host for host, _ in network.asked] == [PUBLIC, "2606:2800:220:1::1"]


async def test_loopback_is_called_only_where_it_is_allowed() -> None:
    async with receiver(answering()) as server:
        url = f"http://127.0.0.1:{server.port}/"
        for allowed in (True, False):
            guard = Guard(resolving_to(["10.0.0.1"]), allow_loopback=allowed)
            async with Outbound(guard).session() as session:
                if allowed:
                    assert (await session.call("GET", url, most_bytes=0)).status == 204
                    with pytest.raises(AddressRefusedError):
                        await session.call("GET", "https://10.0.0.1/", most_bytes=0)
                else:
                    with pytest.raises(AddressRefusedError):
                        await session.call("GET", url, most_bytes=0)
        assert server.connections == 1
