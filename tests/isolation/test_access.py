"""docs/access.md, cell by cell: who the table lets in is let in, and nobody else."""

from collections.abc import Mapping
from uuid import uuid4

import pytest

from deploy.access import (
    ACCOUNT,
    CALLERS,
    MEMBER,
    NOBODY,
    OPERATOR,
    OPERATOR_INSIDE,
    STAFF,
    read,
)
from shared.auth.access import MACHINE
from tests.isolation.figures import tried
from tests.isolation.operations import ALL, REPOSITORY, Operation
from tests.isolation.things import let_in
from tests.isolation.world import World, bearer

#: Ids that are no UUIDs.
NUMBERS = {"letter_id": "1", "list_id": "1", "replay_id": "1", "group_id": "0" * 16}
TABLE = read((REPOSITORY / "docs" / "access.md").read_text())
#: What a gate answers.
GATES = {"unauthenticated", "no_single_tenant", "role_missing", "operator_access_missing"}


@pytest.fixture(scope="module")
async def callers(world: World) -> Mapping[str, dict[str, str]]:
    """Headers of each kind of caller. What they do to their tenant is nobody else's trouble."""
    tenant_id = world.bystander.tenant_id
    await let_in(world, world.bystander, operator="inside")
    special: dict[str, dict[str, str]] = {
        NOBODY: {},
        ACCOUNT: bearer(str(uuid4())),
        MEMBER: bearer("member", "", tenant_id),
        MACHINE: bearer("machine", MACHINE, tenant_id),
        **{each: bearer(each, each) for each in STAFF},
        OPERATOR: {**bearer("operator", "operator"), "X-Tenant-ID": str(tenant_id)},
        OPERATOR_INSIDE: {**bearer("inside", "operator"), "X-Tenant-ID": str(tenant_id)},
    }
    return {each: bearer(each, each, tenant_id) for each in CALLERS} | special


def test_the_table_has_every_operation() -> None:
    documented = {(each.service, str(each)) for each in ALL}
    assert documented <= set(TABLE), "run `make contracts`"


@pytest.mark.parametrize("operation", ALL, ids=lambda each: f"{each.service} {each}")
async def test_every_cell_is_what_happens(
    world: World, callers: Mapping[str, dict[str, str]], operation: Operation
) -> None:
    path = operation.template
    for name in operation.parameters:
        path = path.replace(f"{{{name}}}", NUMBERS.get(name) or str(uuid4()))
    for caller, is_let_in in TABLE[operation.service, str(operation)].items():
        answer = await world.call(operation.service, operation.method, path, callers[caller], {})
        code = "" if answer.is_success else answer.json()["code"]
        said = f"{caller}: {operation} answered {answer.status_code} {answer.text[:200]}"
        assert answer.status_code < 500, said
        assert (code not in GATES) == is_let_in, said
        tried("cells of docs/access.md, of which a part is to be let in")
