"""Four eyes: what one person asks for, another one with the role approver confirms."""


class ApprovalNeededError(Exception):
    """Somebody else has to confirm."""

    code = "approval_needed"

    def __init__(self, asked_by: str) -> None:
        super().__init__(
            f"{asked_by} asked for this, and it needs a second person. Have somebody else confirm it who "
            "has the role approver."
        )


def require_second_person(asked_by: str, operator: str, *, is_approver: bool) -> None:
    """Raise ApprovalNeededError where the one who confirms is the one who asked, or no approver."""
    if operator == asked_by or not is_approver:
        raise ApprovalNeededError(asked_by)
