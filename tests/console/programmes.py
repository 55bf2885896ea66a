"""Programmes as the voucher service tells of them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from shared.clock import utc_now

PATH = "/v1/operations/programmes"


PROGRAMME, FUNDER = str(uuid4()), str(uuid4())


def programme(**changes: Any) -> dict[str, Any]:
    now = utc_now()
    days = [
        {
            "day": (now - timedelta(days=n)).date().isoformat(),
            "reserved": 12,
            "redeemed": 3,
            "returned": 2,
        }
        for n in range(14, 0, -1)
    ]
    return {
        "programme_id": PROGRAMME,
        "funder_id": FUNDER,
        "name": "Digitale Basis",
        "opens_at": (now - timedelta(days=60)).isoformat(),
        "closes_at": (now + timedelta(days=90)).isoformat(),
        "is_closed": False,
        "unit": "voucher",
        "granted": 2_750,
        "reserved": 1_000,
        "redeemed": 1_650,
        "available": 100,
        "refusals": {"exhausted": 1, "person_limit_reached": 4, "of_another_version": 2},
        "days": days,
        "forecast": {
            "verdict": "runs_out",
            "a_day": 10.0,
            "off": 0.0,
            "on": (now + timedelta(days=10)).date().isoformat(),
            "earliest": None,
            "latest": None,
            "left": 0,
        },
        **changes,
    }
