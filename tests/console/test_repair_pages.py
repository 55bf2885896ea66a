"""Pages of failures, invariants and the audit log over services as they may answer."""

import csv
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest

from services.console.domain.errors import ServiceSilentError
from services.console.domain.repair import explained, holders
from tests.console.conftest import World, text
from tests.console.fakes import NAMES
from tests.console.repairs import HOSTILE, NOW, OPERATIONS, entry, everywhere, group, letter


@pytest.fixture
def quiet(world: World) -> World:
    """Nothing fails anywhere."""
    for path in ("dead-letter-groups", "dead-letters", "parked-keys", "repairs", "replays", "log"):
        everywhere(world, path, [])
    everywhere(world, "status", {"invariants": [], "lag": {}})
    return world


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    "address",
    [
        "/repairs",
        "/repairs/letters",
        "/repairs/parked",
        "/replays",
        "/replays/feed/new",
        "/invariants",
        "/audit",
    ],
)
async def test_every_page_says_so_where_there_is_nothing(quiet, address, language):
    browser = await quiet.browser("viewer", language=language)
    assert (await browser.get(address)).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/repairs/groups/nobody/unknown",
        "/repairs/letters/voucher/1",
        "/replays/nobody/new",
        "/repairs/groups/voucher/0000000000000000",
        "/replays/voucher/1",
        "/audit?service=nobody",
    ],
)
async def test_what_is_not_there(quiet, address):
    browser = await quiet.browser("operator")
    assert (await browser.get(address)).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/repairs/groups/voucher/x",
        "/repairs/voucher/x",
        "/repairs/letters/voucher/0",
        "/repairs/voucher/preview",
        "/repairs/voucher/preview?id=-1",
        "/audit?from=yesterday",
        "/repairs/voucher/preview?action=edit&id=1",
        "/audit/export?format=xlsx",
    ],
)
async def test_bad_addresses_are_refused_with_a_page(quiet, address):
    browser = await quiet.browser("operator")
    assert (await browser.get(address)).status_code == 422


async def test_hostile_texts_are_escaped_and_isolated(quiet):
    quiet.services.says(
        "voucher", f"{OPERATIONS}/dead-letter-groups", [group(note=HOSTILE, code=HOSTILE)]
    )
    quiet.services.says(
        "voucher", f"{OPERATIONS}/dead-letters", [letter(error=HOSTILE, subject=HOSTILE)]
    )
    browser = await quiet.browser("operator")
    for address in ("/repairs", "/repairs/groups/voucher/0123456789abcdef", "/repairs/letters"):
        answer = await browser.get(address)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<bdi" in answer.text


async def test_a_service_of_another_version_is_shown_as_such_and_the_rest_works(quiet):
    quiet.services.says("voucher", f"{OPERATIONS}/dead-letter-groups", [group()])
    strange = group()
    del strange["letters"]
    quiet.services.says("member", f"{OPERATIONS}/dead-letter-groups", [strange])
    seen = text(await (await quiet.browser("viewer")).get("/repairs"))
    assert "member : It answers otherwise." in seen
    assert "TenantNotKnownError tenant_unknown" in seen


async def test_a_letter_leads_to_its_story_its_trace_and_its_tenant(quiet):
    quiet.services.says("voucher", f"{OPERATIONS}/dead-letters", [letter()])
    browser = await quiet.browser("operator")
    seen = (await browser.get("/repairs/letters/voucher/7")).text
    for address in (
        "/stories/a/b%20c",
        "/stories?by=trace&amp;q=4bf92f3577b34da6a3ce929d0e0e4736",
        "/tenants/trier",
        "/repairs/voucher/preview?topic=catalogue-events&amp;key=tenant%3Abooking",
    ):
        assert f'href="{address}"' in seen


async def test_acts_that_a_viewer_may_not_do_are_shown_with_the_reason(quiet):
    quiet.services.says("voucher", f"{OPERATIONS}/dead-letters", [letter()])
    seen = await (await quiet.browser("viewer")).get("/repairs/letters/voucher/7")
    assert "Drive it again … This takes the role operator." in text(seen)
    assert "/preview" not in seen.text


async def test_a_broken_invariant_says_since_when_and_what_to_do(quiet):
    now = datetime.now(UTC)
    checked = {"checked_at": now.isoformat(), "broken_since": None}
    told = [
        {"name": "every unit granted is in exactly one account", **checked},
        {
            "name": "a pool says what its transfers add up to",
            **checked,
            "broken_since": NOW.isoformat(),
        },
        {"name": "old", "checked_at": (now - timedelta(hours=1)).isoformat(), "broken_since": None},
    ]
    quiet.services.says("voucher", f"{OPERATIONS}/status", {"invariants": told})
    quiet.services.says("feed", f"{OPERATIONS}/status", ServiceSilentError("feed", "No answer."))
    seen = text(await (await quiet.browser("viewer")).get("/invariants"))
    assert "Programmes of one funder do not add up." in seen
    assert seen.index("a pool says") < seen.index("every unit granted")
    assert "feed : No answer." in seen
    assert "? unknown" in seen, "what was not checked lately is never green"


async def test_the_audit_is_one_list_by_time(quiet):
    quiet.people.known["subject-1"] = "Olga"
    quiet.services.says("member", f"{OPERATIONS}/log", [entry(3), entry(1)])
    quiet.services.says("voucher", f"{OPERATIONS}/log", [entry(2)])
    browser = await quiet.browser("viewer")
    seen = text(await browser.get("/audit?operator=subject-1&action=confirm&text=repair"))
    assert seen.index("repair 3") < seen.index("repair 2") < seen.index("repair 1")
    assert "Olga" in seen
    [query] = [given for name, path, given in quiet.services.asked if name == "feed"]
    assert query == {"operator": "subject-1", "action": "confirm", "text": "repair", "limit": 100}


async def test_older_pages_of_the_audit_lose_nothing_and_repeat_nothing(quiet):
    every = {
        # The first page would end between two of the same moment.
        "member": [entry(-n if n != 100 else -99, subject=f"repair {-n}") for n in range(250)],
        "voucher": [entry(-n / 2 - 150.25) for n in range(30)],
    }

    def page(name):
        def answer(query):
            before = datetime.fromisoformat(query.get("to", "2999-01-01T00:00:00+00:00"))
            found = [each for each in every[name] if datetime.fromisoformat(each["at"]) < before]
            return found[: query["limit"]]

        return answer

    for name in every:
        quiet.services.says(name, f"{OPERATIONS}/log", page(name))
    browser, address, seen = await quiet.browser("viewer"), "/audit", []
    while address:
        answer = await browser.get(address)
        seen += [each.split("<")[0] for each in answer.text.split('<bdi class="long">repair ')[1:]]
        _, _, older = answer.text.partition('href="/audit?before=')
        address = f"/audit?before={older.split(chr(34))[0]}" if older else ""
    wanted = sorted(
        (float(e["subject"][7:]) for each in every.values() for e in each), reverse=True
    )
    assert [float(each) for each in seen] == wanted


async def test_the_audit_as_a_file_is_merged_and_harmless(quiet):
    quiet.people.known["subject-1"] = "=Olga()"
    for name in NAMES:
        quiet.services.says(name, f"{OPERATIONS}/log/export", b"")
    lines = [json.dumps(entry(minute)).encode() for minute in (1, 3)]
    quiet.services.says("member", f"{OPERATIONS}/log/export", b"\n".join(lines))
    quiet.services.says("voucher", f"{OPERATIONS}/log/export", json.dumps(entry(2)).encode())
    browser = await quiet.browser("viewer")
    answer = await browser.get("/audit/export?format=csv&text=repair")
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [row["subject"] for row in rows] == ["repair 1", "repair 2", "repair 3"]
    assert [row["service"] for row in rows] == ["member", "voucher", "member"]
    assert rows[0]["name"] == "'=Olga()"
    assert 'attachment; filename="operations-' in answer.headers["content-disposition"]
    answer = await browser.get("/audit/export?format=ndjson")
    assert [json.loads(line)["subject"] for line in answer.text.splitlines()] == [
        "repair 1",
        "repair 2",
        "repair 3",
    ]


async def test_there_is_no_file_while_a_service_is_silent(quiet):
    quiet.services.says(
        "feed", f"{OPERATIONS}/log/export", ServiceSilentError("feed", "No answer.")
    )
    for name in NAMES[:-1]:
        quiet.services.says(name, f"{OPERATIONS}/log/export", b"")
    answer = await (await quiet.browser("viewer")).get("/audit/export")
    assert answer.status_code == 503
    assert "feed" in text(answer)


def test_what_services_say_is_said_in_every_language():
    assert explained("3 of batch 2 failed again").values == {"failed": "3", "batch": "2"}
    assert explained("paused by 0e4f").values == {"person": "0e4f"}
    assert explained("100 % new").verbatim == "100 % new"
    one, other = str(uuid4()), str(uuid4())
    said = (
        f"Held by olga (redrive, previewed, repair {one}: x); otto (…, repair {other}: repair me)."
    )
    assert holders(said) == (one, other)
