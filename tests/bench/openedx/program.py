"""openedx-ledger at work: fills a ledger of its own, then spends one unit after the other; prints rates as JSON.

Run by a Python of its own (3.12 or newer) with the address of an empty PostgreSQL database.
"""

import json
import sys
import threading
import time
from urllib.parse import urlsplit
from uuid import uuid4

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

FUNDS = 10_000_000
CHUNK = 5_000


def main(address: str, entries: int, seconds: float, callers: int) -> None:
    """Fill, then measure one caller, then several."""
    _configure(address)
    ledger = _filled(entries)
    alone, _ = _spend(ledger, seconds, 1)
    together, refused = _spend(ledger, seconds, callers)
    print(json.dumps({"alone": alone, "together": together, "refused": refused}))


def _configure(address: str) -> None:
    target = urlsplit(address)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": target.path.removeprefix("/"),
        "USER": target.username,
        "PASSWORD": target.password,
        "HOST": target.hostname,
        "PORT": target.port,
        "CONN_MAX_AGE": None,
    }
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "simple_history",
            "openedx_ledger",
        ],
        DATABASES={"default": database},
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def _filled(entries: int):
    from openedx_ledger import api, models

    ledger = api.create_ledger(unit=models.UnitChoices.SEATS)
    committed = models.TransactionStateChoices.COMMITTED
    api.create_transaction(ledger, FUNDS, idempotency_key="grant", state=committed)
    for start in range(0, entries, CHUNK):
        models.Transaction.objects.bulk_create(
            models.Transaction(
                ledger=ledger, quantity=-1, idempotency_key=f"filled-{n}", state=committed
            )
            for n in range(start, min(start + CHUNK, entries))
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE openedx_ledger_transaction")
    return ledger


def _spend(ledger, seconds: float, callers: int) -> tuple[float, float]:
    """Transactions a second that succeed, and the share of calls that are refused for the ledger's lock."""
    from openedx_ledger import api, models

    done, refused = [0] * callers, [0] * callers
    started = time.perf_counter()

    def call(caller: int) -> None:
        while time.perf_counter() - started < seconds:
            key = str(uuid4())
            try:
                api.create_transaction(
                    ledger,
                    -1,
                    idempotency_key=key,
                    lms_user_id=caller,
                    content_key=key,
                    state=models.TransactionStateChoices.COMMITTED,
                )
                done[caller] += 1
            except models.LedgerLockAttemptFailed:
                refused[caller] += 1
        connection.close()

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = sum(done) / (time.perf_counter() - started)
    return rate, sum(refused) / (sum(refused) + sum(done))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
