"""The topics that member owns, and those it reads."""

from shared.messaging.topics import Topic

MEMBER_EVENTS = Topic("member-events")
#: Names and addresses of people, compacted: the only topic with personal data. A tombstone erases.
MEMBER_PEOPLE = Topic("member-people", compacted=True)

TOPICS = (MEMBER_EVENTS, MEMBER_PEOPLE)
READS: tuple[str, ...] = ("catalogue-events", "certificate-events")
#: Those that name people.
PERSONAL: tuple[str, ...] = (MEMBER_PEOPLE.name,)
