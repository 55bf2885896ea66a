"""What can go wrong by rule with learning data. No message names a person."""

from collections.abc import Iterable
from uuid import UUID

from services.member.domain.errors import MemberError


class CompetenceUnknownError(MemberError):
    """Competences are in no model that the tenant can see, or their model has not arrived yet."""

    code = "competence_unknown"

    def __init__(self, competence_ids: Iterable[UUID]) -> None:
        names = ", ".join(map(str, competence_ids))
        super().__init__(
            f"No competence model of yours has {names}. Take ids from the catalogue's models."
        )


class InvalidAssessmentError(MemberError):
    """What the assessment says cannot be."""

    code = "invalid_assessment"


class InvalidTargetError(MemberError):
    """What the target profile asks cannot be."""

    code = "invalid_target"


class InvalidRulesError(MemberError):
    """What the rules for learning data say cannot be."""

    code = "invalid_rules"


class LeaderNotAgreedError(MemberError):
    """Leaders assess only where that was agreed with the works council."""

    code = "leader_assessment_not_agreed"

    def __init__(self) -> None:
        super().__init__(
            "Leaders assess nobody here yet. Have the works agreement entered in the learning rules."
        )


class NoPersonOfYoursError(MemberError):
    """The account belongs to no person of the tenant."""

    code = "no_person"

    def __init__(self) -> None:
        super().__init__(
            "Your account is linked to no person of your organisation yet. Call GET /v1/me, or ask its administrator."
        )


class PersonNotFoundError(MemberError):
    """There is no such person for whoever asks."""

    code = "person_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such person for you. Check the id.")
