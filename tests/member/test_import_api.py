"""Importing people over HTTP: all, none, or the good ones; and what comes out again."""

import httpx
import pytest

from tests.member.http import NUL, bearer, tenant_of

pytestmark = pytest.mark.usefixtures("engine_for")

ADDRESS = "/v1/people/import"
HEADING = "Personalnummer;Vorname;Nachname;E-Mail;Organisationseinheit;Berufsgruppe"


def lines(count: int) -> list[str]:
    return [f"{n:05};Jürgen;Müßig;m{n}@example.org;;" for n in range(count)]


async def count(client: httpx.AsyncClient, admin: dict[str, str]) -> int:
    return len((await client.get("/v1/people.csv", headers=admin)).text.splitlines()) - 1


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte order mark"])
async def test_three_bad_rows_in_five_thousand_in_latin_1(
    client: httpx.AsyncClient, admin: dict[str, str], mark: bytes
) -> None:
    people = lines(5_000)
    people[16] = "00016;;Müßig;m16@example.org;;"
    people[2_499] = people[2_499].replace("@", " at ")
    people[4_998] = people[0]
    content = mark + "\n".join([HEADING, *people]).encode("latin-1")
    dry = await client.post(f"{ADDRESS}?dry_run=true", content=content, headers=admin)
    assert dry.status_code == 200, dry.text
    answer = dry.json()
    assert not answer["is_taken"]
    assert answer["created"] == 4_997
    assert [(each["row"], each["column"]) for each in answer["problems"]] == [
        (18, "given_name"),
        (2_501, "email"),
        (5_000, "external_id"),
    ]
    refused = await client.post(ADDRESS, content=content, headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (422, "rows_refused")
    assert [each["field"] for each in refused.json()["errors"]][:2] == [
        "row 18, given_name",
        "row 2501, email",
    ]
    assert await count(client, admin) == 0, "half imported"
    taken = await client.post(f"{ADDRESS}?only_good=true", content=content, headers=admin)
    assert taken.json()["is_taken"]
    assert taken.json()["created"] == 4_997 == await count(client, admin)
    again = await client.post(f"{ADDRESS}?only_good=true", content=content, headers=admin)
    assert (again.json()["created"], again.json()["unchanged"]) == (0, 4_997)
    [found] = (await client.get("/v1/people?limit=1", headers=admin)).json()
    assert (found["given_name"], found["family_name"]) == ("Jürgen", "Müßig")


async def test_units_and_job_families_are_named_by_the_tenants_keys(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    unit = {"name": "Bauamt", "external_id": "60"}
    made = (await client.post("/v1/org-units", json=unit, headers=admin)).json()
    family = {"key": "IT", "name": "Informationstechnik"}
    kept = (await client.post("/v1/job-families", json=family, headers=admin)).json()
    good, bad = "1;A;B;a@b.de;60;IT", "2;C;D;c@d.de;61;"
    refused = await client.post(
        ADDRESS, content=f"{HEADING}\n{good}\n{bad}".encode(), headers=admin
    )
    assert [each["field"] for each in refused.json()["errors"]] == ["row 3, org_unit"]
    content = f"{HEADING}\n{good}".encode()
    headers = admin | {"Idempotency-Key": "import-1"}
    first = await client.post(ADDRESS, content=content, headers=headers)
    repeated = await client.post(ADDRESS, content=content, headers=headers)
    assert first.json() == repeated.json()
    assert first.json()["created"] == 1
    other = await client.post(ADDRESS, content=content + b"\n", headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    [person] = (await client.get("/v1/people", headers=admin)).json()
    assert person["job_family_id"] == kept["job_family_id"]
    shown = (await client.get(f"/v1/org-units/{made['unit_id']}", headers=admin)).json()
    assert shown["members"] == [person["person_id"]]


async def test_roles_stay_that_a_file_does_not_name(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    person = {
        "external_id": "1",
        "given_name": "A",
        "family_name": "B",
        "email": "a@b.de",
        "roles": ["hr"],
    }
    await client.post("/v1/people", json=person, headers=admin)
    content = f"{HEADING}\n1;A;Neu;a@b.de;;".encode()
    assert (await client.post(ADDRESS, content=content, headers=admin)).json()["updated"] == 1
    [found] = (await client.get("/v1/people", headers=admin)).json()
    assert (found["family_name"], found["roles"]) == ("Neu", ["hr"])


async def test_a_name_in_the_directory_that_is_taken_is_a_rows_problem(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    heading = "external_id,given_name,family_name,email,user_name\n"
    first = await client.post(
        ADDRESS, content=f"{heading}1,A,B,a@b.de,Luisa".encode(), headers=admin
    )
    assert first.json()["is_taken"]
    second = await client.post(
        ADDRESS, content=f"{heading}2,A,B,a@b.de,lUISA".encode(), headers=admin
    )
    assert [each["field"] for each in second.json()["errors"]] == ["row 2, user_name"]


async def test_formulas_are_data_and_leave_escaped(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    row = '1;"=HYPERLINK(""http://x"")";+49;a@b.de;;'
    content = f"{HEADING}\n{row}".encode()
    assert (await client.post(ADDRESS, content=content, headers=admin)).json()["created"] == 1
    [person] = (await client.get("/v1/people", headers=admin)).json()
    assert person["given_name"] == '=HYPERLINK("http://x")'
    exported = await client.get("/v1/people.csv", headers=admin)
    assert exported.headers["content-type"].startswith("text/csv")
    assert "'=HYPERLINK" in exported.text
    again = await client.post(ADDRESS, content=exported.content, headers=admin)
    assert again.json()["unchanged"] == 1, again.text


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "file_unreadable"),
        (b"x" * (5 * 1024 * 1024), 413, "body_too_large"),
        (NUL.encode() * 20, 422, "rows_refused"),
        ("\n".join([HEADING, *["1;A;B;a@b.de;;"] * 20_001]).encode(), 422, "file_unreadable"),
    ],
)
async def test_files_that_cannot_be(
    client: httpx.AsyncClient, admin: dict[str, str], content: bytes, status: int, code: str
) -> None:
    answer = await client.post(ADDRESS, content=content, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_files_are_the_administrators(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    caller = bearer("x", "learner", str(tenant_of(admin)))
    assert (await client.post(ADDRESS, content=b"x", headers=caller)).status_code == 403
    assert (await client.get("/v1/people.csv", headers=caller)).status_code == 403
