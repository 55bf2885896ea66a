"""A tenant imports a file of people: all rows, or none while one has a problem, or only the good ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from services.member.application.ports import UnitOfWork
from services.member.application.register_people import RegisterPerson, Roll, require_active
from services.member.domain.people_errors import (
    RoleNotForKindError,
    TooManyPeopleError,
    UserNameTakenError,
)
from services.member.domain.people_file import PeopleFile, PersonRow, RowProblem
from services.member.domain.person import Outcome
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class ImportPeople:
    """A file that was read. `dry_run` takes nothing; `only_good` leaves rows out that have problems."""

    tenant_id: UUID
    file: PeopleFile
    cause: Cause
    dry_run: bool = False
    only_good: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """How many people were registered (or, in a dry run, would be), and what is wrong with the other rows."""

    outcomes: Mapping[Outcome, int]
    problems: Sequence[RowProblem]
    is_taken: bool


async def import_people(work: UnitOfWork, command: ImportPeople) -> Imported:
    """Find what is wrong with the rows among what is known already, then take them as it was asked."""
    tenant = await require_active(work, command.tenant_id)
    file = command.file
    families = await work.job_families.by_keys(
        {row.job_family for row in file.rows if row.job_family}
    )
    units = await work.org_units.by_external_ids(
        {row.org_unit for row in file.rows if row.org_unit}
    )
    file.refuse(_unknown(file.rows, families, units))
    commands = {row.row: _command(row) for row in file.rows}
    roll = await Roll.load(work, tenant, list(commands.values()))
    outcomes, joins = Counter[Outcome](), []
    refused = []
    for row in file.rows:
        try:
            answer = roll.register(commands[row.row])
        except UserNameTakenError as error:
            refused.append(RowProblem(row.row, "user_name", str(error)))
            continue
        except RoleNotForKindError as error:
            refused.append(RowProblem(row.row, "roles", str(error)))
            continue
        except TooManyPeopleError as error:
            refused.append(RowProblem(row.row, "", str(error)))
            continue
        person, outcome = roll.people[row.external_id], answer.outcome
        if row.job_family and person.join(families[row.job_family].job_family_id):
            outcome = Outcome.UPDATED if outcome is Outcome.UNCHANGED else outcome
        if row.org_unit:
            joins.append((units[row.org_unit], person.person_id))
        outcomes[outcome] += 1
    file.refuse(refused)
    is_taken = not command.dry_run and (command.only_good or not file.problems)
    if is_taken:
        await roll.save(work, command.cause)
        await work.org_units.add_members(command.tenant_id, joins)
    return Imported(outcomes, file.problems, is_taken)


def _command(row: PersonRow) -> RegisterPerson:
    return RegisterPerson(uuid4(), row.external_id, row.description, row.roles, row.user_name)


def _unknown(
    rows: Sequence[PersonRow], families: Mapping[str, object], units: Mapping[str, object]
) -> list[RowProblem]:
    problems = []
    for row in rows:
        if row.job_family and row.job_family not in families:
            what = "There is no such job family. Add it at /v1/job-families, or correct the key."
            problems.append(RowProblem(row.row, "job_family", what))
        if row.org_unit and row.org_unit not in units:
            what = "There is no unit with this external id. Add it at /v1/org-units, or correct it."
            problems.append(RowProblem(row.row, "org_unit", what))
    return problems
