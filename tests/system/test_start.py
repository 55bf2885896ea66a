"""A worker that starts while the broker is down waits for it."""

import asyncio

from deploy.local.stack import Stack
from tests.conftest import EngineFor
from tests.support.processes import Process, running


async def test_a_worker_waits_for_a_broker_that_comes_later(
    platform: Stack, engine_for: EngineFor, unused_tcp_port: int
) -> None:
    engine_for("voucher")
    worker = Process(platform, "voucher", KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{unused_tcp_port}")
    with running(worker):
        await worker.logged("the broker does not answer yet")
        broker = await asyncio.start_server(
            _to(platform.ports["kafka"]), "127.0.0.1", unused_tcp_port
        )
        async with broker:
            await worker.ready()


def _to(port: int):
    """What connects here is connected there."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_copy(reader, other_writer), _copy(other_reader, writer))

    return connected


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()
