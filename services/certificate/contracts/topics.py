"""The topics that certificate owns, and those it reads."""

from shared.messaging.topics import Topic

CERTIFICATE_EVENTS = Topic("certificate-events")

TOPICS = (CERTIFICATE_EVENTS,)
READS: tuple[str, ...] = ("member-events", "member-people", "catalogue-events")
#: Those of them that name people.
PERSONAL: tuple[str, ...] = ("member-people",)
