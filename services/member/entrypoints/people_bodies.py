"""The bodies of what is done with people after they are registered, and of units, job families and tokens."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from services.member.application.change_org_unit import KeepOrgUnit
from services.member.application.import_people import Imported
from services.member.domain.org_unit import OrgUnit
from services.member.domain.person import Outcome
from services.member.domain.scim_token import ScimToken
from shared.http.fields import Body, Key, Name, View

MAX_UNIT_PEOPLE = 10_000
MAX_PROBLEMS = 1_000

People = Annotated[frozenset[UUID], Field(max_length=MAX_UNIT_PEOPLE)]


class LeavingBody(Body):
    """The last day on which the person is there."""

    on: date


class PeoplePolicyBody(Body):
    """How many days a person is kept whom your directory has deleted."""

    erase_after_days: Annotated[int, Field(ge=0, le=3_650)]


class PeoplePolicyView(View):
    """How many days a person is kept whom your directory has deleted."""

    erase_after_days: int


class OrgUnitBody(Body):
    """A unit, wholly as it is to be: who is left out of members belongs to it no more."""

    name: Name
    external_id: Key | None = None
    parent_id: UUID | None = None
    members: People = frozenset()
    leaders: People = frozenset()

    def command(self, tenant_id: UUID, unit_id: UUID) -> KeepOrgUnit:
        """The command."""
        return KeepOrgUnit(
            tenant_id,
            unit_id,
            self.name,
            self.external_id,
            self.parent_id,
            self.members,
            self.leaders,
        )


class OrgUnitView(View):
    """A unit with its own people."""

    unit_id: UUID
    name: str
    external_id: str | None
    parent_id: UUID | None
    members: tuple[UUID, ...]
    leaders: tuple[UUID, ...]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a unit."""
        assert isinstance(source, OrgUnit)
        return cls(
            unit_id=source.unit_id,
            name=source.name,
            external_id=source.external_id,
            parent_id=source.parent_id,
            members=tuple(sorted(source.members)),
            leaders=tuple(sorted(source.leaders)),
        )


class JobFamilyBody(Body):
    """A job family by your own key."""

    key: Key
    name: Name


class JobFamilyView(View):
    """A job family."""

    job_family_id: UUID
    key: str
    name: str


class ScimTokenView(View):
    """A token of your identity system, without its secret."""

    token_id: UUID
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class NewScimTokenView(ScimTokenView):
    """A token with its secret, and the address that it opens below this service's."""

    secret: str
    base_path: str

    @classmethod
    def with_secret(cls, token: ScimToken, secret: str) -> Self:
        """The only view that shows the secret."""
        return cls(
            token_id=token.token_id,
            created_at=token.created_at,
            expires_at=token.expires_at,
            revoked_at=token.revoked_at,
            secret=secret,
            base_path=f"/scim/{token.tenant_id}/v2",
        )


class ImportFile(Body):
    """What makes two imports the same."""

    digest: str
    dry_run: bool
    only_good: bool


class RowProblemView(View):
    """What is wrong in a row; the heading is row 1."""

    row: int
    column: str
    what_to_do: str


class ImportView(View):
    """What an import came to, or would. `problems` lists the first thousand of `problem_count`."""

    is_taken: bool
    created: int
    updated: int
    unchanged: int
    ignored_columns: int
    problem_count: int
    problems: tuple[RowProblemView, ...]

    @classmethod
    def of_import(cls, imported: Imported, ignored_columns: int) -> Self:
        """The view of an import."""
        return cls(
            is_taken=imported.is_taken,
            created=imported.outcomes.get(Outcome.CREATED, 0),
            updated=imported.outcomes.get(Outcome.UPDATED, 0),
            unchanged=imported.outcomes.get(Outcome.UNCHANGED, 0),
            ignored_columns=ignored_columns,
            problem_count=len(imported.problems),
            problems=tuple(map(RowProblemView.of, imported.problems[:MAX_PROBLEMS])),
        )
