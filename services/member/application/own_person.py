"""The person behind an account, for whom learning data are somebody's own."""

from uuid import UUID

from services.member.application.learning_ports import LearningUnit
from services.member.domain.learning_errors import NoPersonOfYoursError


async def own_person_id(work: LearningUnit, tenant_id: UUID, subject: str) -> UUID:
    """Whose account it is. Raises NoPersonOfYoursError."""
    person = await work.people.by_subject(tenant_id, subject)
    if person is None:
        raise NoPersonOfYoursError
    return person.person_id
