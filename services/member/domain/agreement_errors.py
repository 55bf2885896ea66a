"""What can go wrong by rule with cooperation agreements."""

from services.member.domain.errors import MemberError


class InvalidAgreementError(MemberError):
    """What the agreement says contradicts itself."""

    code = "invalid_agreement"


class NotItsProposerError(MemberError):
    """Only who proposed an agreement proposes a change of it."""

    code = "not_its_proposer"

    def __init__(self, *, has_left: bool) -> None:
        super().__init__(
            "Who proposed this agreement has left the cooperative. Propose a new one instead."
            if has_left
            else "Another party proposed this agreement. Ask that party to change it."
        )


class AgreementDecidedError(MemberError):
    """What was decided about the agreement stands."""

    code = "agreement_decided"

    def __init__(self, decision: str) -> None:
        super().__init__(f"The agreement is {decision}; that stands. Propose a new one instead.")


class RevisionNotOpenError(MemberError):
    """The revision does not wait for a signature."""

    code = "revision_not_open"

    def __init__(self, last_revision: int) -> None:
        super().__init__(
            f"This revision does not wait for your signature; the last is {last_revision}. Read it first."
        )


class AgreementNotRunningError(MemberError):
    """The agreement is not in force, so there is nothing to declare under it."""

    code = "agreement_not_running"

    def __init__(self, status: str) -> None:
        super().__init__(
            f"The agreement is {status}. Wait until all parties have signed, or propose a new one."
        )


class NothingToAddError(MemberError):
    """The agreement does not let this party add offers."""

    code = "nothing_to_add"

    def __init__(self) -> None:
        super().__init__("Its text lets nobody add offers later. Propose a change that names them.")
