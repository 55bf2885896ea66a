"""What may go wrong with memberships, shares, official keys and areas."""

from services.member.domain.errors import MemberError


class NoticeGivenError(MemberError):
    """Notice was given before."""

    code = "notice_given"

    def __init__(self, last_day: str) -> None:
        super().__init__(
            f"Notice was given: the membership ends on {last_day}. Withdraw it to give another."
        )


class NoNoticeError(MemberError):
    """There is no notice of this party to withdraw."""

    code = "notice_missing"

    def __init__(self) -> None:
        super().__init__("There is no notice of yours to withdraw.")


class InvalidLastDayError(MemberError):
    """A membership does not end in the past."""

    code = "last_day_invalid"

    def __init__(self) -> None:
        super().__init__("The last day lies in the past. Name today or a later day.")


class InvalidSharesError(MemberError):
    """A number of shares that nobody may hold."""

    code = "shares_invalid"

    def __init__(self, most: int) -> None:
        super().__init__(f"A member has between 1 and {most:,} shares. Correct shares.")


class LastShareError(MemberError):
    """A member holds one share at least."""

    code = "last_share"

    def __init__(self, remaining: int) -> None:
        super().__init__(
            f"A member keeps one share, and {remaining} remain. Give notice to leave the cooperative."
        )


class NotAMemberError(MemberError):
    """The tenant is not in the register of members, or not any more."""

    code = "not_a_member"

    def __init__(self) -> None:
        super().__init__("The organisation is not a member of the cooperative.")


class InvalidPaymentError(MemberError):
    """A payment that does not fit the member's shares."""

    code = "payment_invalid"

    def __init__(self, rule: str) -> None:
        super().__init__(f"{rule} Correct the payment.")


class KeyChangeTooEarlyError(MemberError):
    """Another key holds since that day or a later one."""

    code = "key_change_too_early"

    def __init__(self, since: str) -> None:
        super().__init__(f"The last key holds since {since}. Name a later day.")


class OfficialKeyUnknownError(MemberError):
    """The official directory does not have the key."""

    code = "official_key_unknown"

    def __init__(self, key: str) -> None:
        super().__init__(f"The official directory has no key {key}. Correct official_key.")


class OfficialKeyEndedError(MemberError):
    """The body with this key is there no more."""

    code = "official_key_ended"

    def __init__(self, key: str, ended_on: str, merged_into: str | None) -> None:
        now = f" and is part of {merged_into} now" if merged_into else ""
        super().__init__(f"{key} ended on {ended_on}{now}. Give the key that holds today.")


class OfficialKeyNotOfKindError(MemberError):
    """The key is that of a body of another kind."""

    code = "official_key_not_of_kind"

    def __init__(self, key: str, level: str, kind: str) -> None:
        super().__init__(f"{key} is the key of a {level}, not of a {kind}. Correct one of them.")


class RegionExcludesKeyError(MemberError):
    """The official key proves that the organisation lies outside of the region."""

    code = "region_excludes_key"

    def __init__(self, region: str, key: str) -> None:
        super().__init__(f"{key} lies outside of the region {region}. Correct regions.")


class InvalidStateError(MemberError):
    """A state whose keys cannot be."""

    code = "state_invalid"


class InvalidRegionError(MemberError):
    """A region that contradicts itself."""

    code = "region_invalid"


class DirectoryOutdatedError(MemberError):
    """A newer edition of the directory was read."""

    code = "directory_outdated"

    def __init__(self, newest: str) -> None:
        super().__init__(f"The edition of {newest} was read already. Send that or a newer one.")


class MalformedDirectoryError(MemberError):
    """A line of the directory is not one."""

    code = "directory_malformed"

    def __init__(self, line: int, what: str) -> None:
        super().__init__(
            f"Line {line}: {what}. Nothing was read. Send the file as the statistical office publishes it."
        )


class EmptyDirectoryError(MemberError):
    """The directory has no municipality."""

    code = "directory_empty"

    def __init__(self) -> None:
        super().__init__("There is no municipality in the file. Send the file GV100AD, unpacked.")
