"""The topics that catalogue owns, and those it reads."""

from shared.messaging.topics import Topic

CATALOGUE_EVENTS = Topic("catalogue-events")

TOPICS = (CATALOGUE_EVENTS,)
READS: tuple[str, ...] = ("member-events", "voucher-events")
