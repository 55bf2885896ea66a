"""Whatever a directory sends by SCIM is answered; nothing is an error of ours."""

import json
from typing import Any

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.unit_of_work import UnitsOfWork
from tests.member.http import new_admin
from tests.member.scim import ENTERPRISE, Directory, patch, user

pytestmark = pytest.mark.usefixtures("engine_for")

Units = UnitsOfWork[PostgresUnitOfWork]

FUZZED = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WORDS = st.sampled_from(
    [
        "userName", "emails", "emails.value", "active", "name.givenName", "meta.created", "roles",
        "members", "id", "externalId", f"{ENTERPRISE}:manager.value", "groups.value", "x", "schemas",
        "eq", "ne", "co", "sw", "gt", "le", "pr", "and", "or", "not", "(", ")", "[", "]",
        '"a"', '"2026-01-01T00:00:00Z"', '"%_\\\\"', '"\\u0000"', '"\\ud800"', "true", "null",
        "12", "1e400", "-0", '""', "urn:x:y",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda each: (
        st.lists(each, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["value", "type", "primary", "userName", "active", "emails", "$ref", "x"]
            )
            | st.text(max_size=5),
            each,
            max_size=3,
        )
    ),
    max_leaves=6,
)
PATHS = st.sampled_from(
    [
        "active", "emails", "emails.value", 'emails[type eq "work"].value', "name", "name.givenName",
        "userName", "roles", 'roles[value eq "hr"]', "externalId", ENTERPRISE, f"{ENTERPRISE}:manager",
        "members", "id", "meta", "schemas", "displayName", "groups", "x", "[", 'emails[value eq "',
    ]
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fuzzed(client: httpx.AsyncClient, postgres_units: Units) -> tuple[Directory, str]:
    directory = await Directory.of(client, await new_admin(client, postgres_units))
    made = await directory.add()
    return directory, made["id"]


@FUZZED
@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=30), WORDS)
async def test_no_filter_is_an_error_of_ours(
    fuzzed: tuple[Directory, str], scim_filter: str, sort_by: str
) -> None:
    directory, _ = fuzzed
    for path in ("/Users", "/Groups"):
        body = json.dumps({"filter": scim_filter, "sortBy": sort_by}).encode()
        answer = await directory.ask("POST", f"{path}/.search", content=body)
        assert answer.status_code in {200, 400}, (path, answer.text)


@FUZZED
@given(
    st.lists(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["add", "replace", "remove", "Add", "move"])},
            optional={"path": PATHS | st.text(max_size=10), "value": VALUES},
        ),
        max_size=3,
    )
    | VALUES
)
async def test_no_patch_is_an_error_of_ours(fuzzed: tuple[Directory, str], body: Any) -> None:
    directory, person_id = fuzzed
    content = json.dumps(patch(*body) if isinstance(body, list) else body).encode()
    answer = await directory.ask("PATCH", f"/Users/{person_id}", content=content)
    assert answer.status_code in {200, 400, 409}, answer.text


@FUZZED
@given(VALUES, st.sampled_from(list(user())), st.booleans())
async def test_no_user_is_an_error_of_ours(
    fuzzed: tuple[Directory, str], value: Any, field: str, is_replacing: bool
) -> None:
    directory, person_id = fuzzed
    content = json.dumps(user(**{field: value})).encode()
    method, path = ("PUT", f"/Users/{person_id}") if is_replacing else ("POST", "/Users")
    answer = await directory.ask(method, path, content=content)
    assert answer.status_code in {200, 201, 400, 409}, answer.text
