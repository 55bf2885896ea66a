"""Times as people type them into `datetime-local` fields: of the console's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def typed_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """The moment in UTC; None for an empty field. Raises ValueError for what is no time."""
    if not text.strip():
        return None
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
