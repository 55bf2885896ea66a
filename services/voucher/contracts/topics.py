"""The topics that voucher owns, and those it reads."""

from shared.messaging.topics import Topic

VOUCHER_EVENTS = Topic("voucher-events")

TOPICS = (VOUCHER_EVENTS,)
READS: tuple[str, ...] = ("member-events", "catalogue-events", "certificate-events")
