"""What may go wrong with people, their units, files and directories."""

from services.member.domain.errors import MemberError


class RoleNotForKindError(MemberError):
    """An organisation of this kind has nobody with this role."""

    code = "role_not_for_kind"

    def __init__(self, kind: str, role: str) -> None:
        super().__init__(f"A {kind} has no {role}s. Leave that role out.")


class UserNameTakenError(MemberError):
    """Another person of the tenant has this user name."""

    code = "user_name_taken"

    def __init__(self) -> None:
        super().__init__(
            "Another person has this user name; upper and lower case are the same. Choose another."
        )


class ExternalIdTakenError(MemberError):
    """Another person, or unit, of the tenant has this external id."""

    code = "external_id_taken"

    def __init__(self) -> None:
        super().__init__("This external id is in use already. Find who has it, or choose another.")


class UnknownJobFamilyError(MemberError):
    """The tenant has no such job family."""

    code = "job_family_unknown"

    def __init__(self) -> None:
        super().__init__("There is no such job family. See /v1/job-families for those there are.")


class JobFamilyKeyTakenError(MemberError):
    """Another job family of the tenant has this key."""

    code = "job_family_key_taken"

    def __init__(self) -> None:
        super().__init__("A job family with this key exists. Change that one, or choose a new key.")


class UnknownPersonError(MemberError):
    """One of the people named is not the tenant's, or is erased."""

    code = "person_unknown"

    def __init__(self) -> None:
        super().__init__("One of the people named is not there. Correct the ids.")


class UnitTreeError(MemberError):
    """The unit cannot lie where it was put."""

    code = "unit_misplaced"


class UnitHasChildrenError(MemberError):
    """Units lie below the one that was to be deleted."""

    code = "unit_has_children"

    def __init__(self) -> None:
        super().__init__("Units lie below this one. Move or delete them first.")


class TooManyPeopleError(MemberError):
    """The tenant has as many people as it may."""

    code = "too_many_people"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"Your organisation may have {most:,} people; who has left is not counted. "
            "Ask the cooperative's operator for more."
        )


class TooManyScimTokensError(MemberError):
    """Two tokens are valid already."""

    code = "too_many_scim_tokens"

    def __init__(self) -> None:
        super().__init__("Two SCIM tokens are valid already. Revoke the one that is not in use.")


class UnreadableFileError(MemberError):
    """The file is none of people."""

    code = "file_unreadable"
