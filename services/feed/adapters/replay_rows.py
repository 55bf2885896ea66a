"""Replays as rows."""

from datetime import datetime
from typing import Any

import orjson

from services.feed.domain.replay import Replay, ReplayStatus, Wanted


def filter_of(wanted: Wanted) -> str:
    """What is wanted, in JSON."""
    document = {
        "types": None if wanted.types is None else sorted(wanted.types),
        "aggregate": wanted.aggregate,
        "since": wanted.since,
        "before": wanted.before,
        "failed": wanted.failed,
    }
    return orjson.dumps(document).decode()


def replay_of(row: Any) -> Replay:
    """A replay from its row."""
    kept = row["filter"]
    wanted = Wanted(
        types=None if kept["types"] is None else frozenset(kept["types"]),
        aggregate=kept["aggregate"],
        since=_time(kept["since"]),
        before=_time(kept["before"]),
        failed=kept["failed"],
    )
    return Replay(
        replay_id=row["replay_id"],
        subscription_id=row["subscription_id"],
        wanted=wanted,
        up_to_position=row["up_to_position"],
        count=row["count"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        position=row["position"],
        done=row["done"],
        status=ReplayStatus(row["status"]),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
