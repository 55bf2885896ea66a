"""The register, the keys over time, the directory and the jobs, on PostgreSQL."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.member.adapters.invariants import violated_invariants
from services.member.adapters.scopes import tenants_to_delete, tenants_to_end, tenants_to_review
from services.member.adapters.tenant_data import EXPORTED, KEPT, PURGED
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.change_areas import put_region
from services.member.application.change_tenant import ChangeKey, change_key, review_tenant
from services.member.application.leave import (
    GiveNotice,
    delete_tenant,
    end_membership,
    give_notice,
)
from services.member.application.register_people import register_people
from services.member.domain.area import Region
from services.member.domain.directory import Area
from services.member.domain.errors import OfficialKeyTakenError
from services.member.domain.key_history import KeyHistory
from services.member.domain.membership import Membership
from services.member.domain.organisation import Level, OfficialKey
from services.member.domain.statutes import STATUTES, day_of
from services.member.domain.tenant import Party, Status, Tenant
from services.member.entrypoints.schedule import create_schedule
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.isolation import TECHNICAL_TABLES
from shared.database.unit_of_work import UnitsOfWork
from shared.envelope import Cause
from tests.member.builders import NOW, active_tenant, fresh_key, registration

if TYPE_CHECKING:
    from tests.conftest import EngineFor

Postgres = UnitsOfWork[PostgresUnitOfWork]

CAUSE = Cause("test")
DAY = timedelta(days=1)
TODAY = day_of(NOW)
MANY = 100_000


async def joined(units: Postgres, since: date = TODAY, **changes: object) -> Tenant:
    made = active_tenant(**changes)
    async with units([made.tenant_id]) as work:
        await work.tenants.add(made)
        name = made.organisation.name
        await work.memberships.add(Membership.admit(made.tenant_id, name, 3, "op", NOW))
        if made.organisation.official_key:
            history = KeyHistory(made.tenant_id)
            history.change(made.organisation.official_key, since)
            await work.official_keys.save(history)
    return made


async def member_of(units: Postgres, tenant_id: UUID) -> Membership:
    async with units([tenant_id]) as work:
        found = await work.memberships.lock(tenant_id)
        assert found
        return found


async def test_the_register_of_any_day_is_what_the_rules_say(postgres_units: Postgres) -> None:
    made = [await joined(postgres_units, name=f"Stadt {number}") for number in range(3)]
    async with postgres_units([each.tenant_id for each in made]) as work:
        for number, each in enumerate(made):
            member = await work.memberships.lock(each.tenant_id)
            assert member
            member.cancel(1, "admin", NOW, STATUTES)
            member.pay_in(1_000 * (number + 1), TODAY, "op", "statement", NOW)
            member.rename(f"Stadt {number} neu", "admin", NOW + number * DAY)
            if number:
                member.exit(TODAY + DAY, "op", "excluded", NOW)
            await work.memberships.save(member)
    members = [await member_of(postgres_units, each.tenant_id) for each in made]
    assert len({member.member_number for member in members}) == 3
    days = {
        entry.from_day + gap
        for member in members
        for entry in member.entries
        for gap in (0 * DAY, -DAY)
    }
    async with postgres_units(operator=True) as work:
        for day in days:
            lines = {each.tenant_id: each for each in await work.register.lines(day, MANY, 0)}
            for member in members:
                expected = member.standing(day)
                if expected.admitted_on is None:
                    assert member.tenant_id not in lines
                else:
                    assert lines[member.tenant_id].standing == expected
                    assert lines[member.tenant_id].member_number == member.member_number
            assert await work.register.votes(day) == sum(
                line.standing.votes for line in lines.values()
            )
    async with postgres_units([made[0].tenant_id]) as work:
        assert [each.tenant_id for each in await work.register.lines(TODAY, MANY, 0)] == [
            made[0].tenant_id
        ], "a member sees itself"


async def test_entries_are_never_changed(postgres_units: Postgres) -> None:
    made = await joined(postgres_units)
    for statement in (
        "UPDATE register_entry SET shares = 9",
        "DELETE FROM register_entry",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with postgres_units([made.tenant_id]) as work:
                await work.connection.execute(text(statement))


async def test_a_key_has_one_holder_at_any_time(postgres_units: Postgres) -> None:
    key, other_key = fresh_key(), fresh_key()
    holder = await joined(postgres_units, official_key=key)
    other = await joined(postgres_units, official_key=other_key)
    change = ChangeKey(other.tenant_id, key, TODAY + 9 * DAY, CAUSE)
    with pytest.raises(OfficialKeyTakenError):
        async with postgres_units([other.tenant_id]) as work:
            await change_key(work, change, NOW)
    moved = ChangeKey(holder.tenant_id, fresh_key(), TODAY + 9 * DAY, CAUSE)
    async with postgres_units([holder.tenant_id]) as work:
        await change_key(work, moved, NOW)
    async with postgres_units([other.tenant_id]) as work:
        await change_key(work, change, NOW)
        assert (await work.official_keys.get(other.tenant_id)).on(TODAY + 9 * DAY) == key
    then = NOW + 9 * DAY
    with pytest.raises(OfficialKeyTakenError):
        async with postgres_units([other.tenant_id]) as work:
            await review_tenant(work, other.tenant_id, then, CAUSE)
    for each in (holder, other):
        async with postgres_units([each.tenant_id]) as work:
            await review_tenant(work, each.tenant_id, then, CAUSE)
            kept = await work.tenants.get(each.tenant_id)
            assert kept
            assert kept.organisation.official_key == (key if each is other else moved.key)


async def test_a_region_has_those_looked_at_that_it_concerns(
    postgres_units: Postgres, engine_for: "EngineFor"
) -> None:
    made = await joined(postgres_units, official_key=fresh_key(), regions=frozenset({"mrn"}))
    code = f"r{uuid4().hex[:8]}"
    key = made.organisation.official_key
    assert key
    region = Region(code, "Probe", frozenset({"DE-RP"}), frozenset({key.digits}))
    async with postgres_units(operator=True) as work:
        await put_region(work, region, NOW)
    assert made.tenant_id in await tenants_to_review(engine_for("member"), TODAY, MANY)
    async with postgres_units([made.tenant_id]) as work:
        await review_tenant(work, made.tenant_id, NOW, CAUSE)
    async with postgres_units([made.tenant_id]) as work:
        kept = await work.tenants.get(made.tenant_id)
        assert kept
        assert code in kept.organisation.regions
    assert made.tenant_id not in await tenants_to_review(engine_for("member"), TODAY, MANY)
    async with postgres_units(operator=True) as work:
        await work.connection.execute(text("DELETE FROM region WHERE code = :code"), {"code": code})
        await work.connection.execute(text("DELETE FROM tenant_review"))


async def test_the_directory_is_kept_and_only_operators_write_it(postgres_units: Postgres) -> None:
    area = Area("99999999", Level.MUNICIPALITY, "Nirgendwo", TODAY)
    with pytest.raises(DBAPIError, match="row-level security"):
        async with postgres_units([uuid4()]) as work:
            await work.municipalities.save([area])
    ended = replace(area, valid_to=TODAY + DAY, merged_into="99999998")
    async with postgres_units(operator=True) as work:
        await work.municipalities.save([area])
        assert area in await work.municipalities.current()
        await work.municipalities.save([ended])
        assert area not in await work.municipalities.current()
    async with postgres_units() as work:
        assert await work.municipalities.find("99999999") == [ended]
        assert await work.municipalities.newest() is None


async def test_a_membership_ends_and_its_data_goes(
    postgres_units: Postgres, engine_for: "EngineFor"
) -> None:
    engine, made = engine_for("member"), await joined(postgres_units)
    tenant_id, key = made.tenant_id, made.organisation.official_key
    assert key
    excluded = GiveNotice(tenant_id, Party.COOPERATIVE, "fees", CAUSE, TODAY)
    async with postgres_units([tenant_id]) as work:
        commands = [registration(f"{number}") for number in range(3)]
        await register_people(work, tenant_id, commands, CAUSE)
        await give_notice(work, excluded, NOW, STATUTES)
    assert tenant_id not in await tenants_to_end(engine, TODAY, MANY)
    assert tenant_id in await tenants_to_end(engine, TODAY + DAY, MANY)
    async with postgres_units([tenant_id]) as work:
        await end_membership(work, tenant_id, NOW + DAY, STATUTES)
    assert tenant_id not in await tenants_to_end(engine, TODAY + DAY, MANY)
    assert (await member_of(postgres_units, tenant_id)).standing(TODAY + DAY).shares == 0
    await joined(postgres_units, TODAY + DAY, official_key=OfficialKey(key.digits))
    late = NOW + 92 * DAY
    assert tenant_id not in await tenants_to_delete(engine, day_of(late - DAY), MANY)
    assert tenant_id in await tenants_to_delete(engine, day_of(late), MANY)
    for _ in range(2):
        await delete_tenant(postgres_units, tenant_id, late)
    assert tenant_id not in await tenants_to_delete(engine, day_of(late), MANY)
    async with postgres_units([tenant_id]) as work:
        for table in PURGED:
            rows = await work.connection.execute(text(f"SELECT 1 FROM {table}"))
            assert rows.first() is None, table
        kept = await work.tenants.get(tenant_id)
        assert kept
        assert (kept.contact_email, kept.applicant) == ("", "")
    entries = (await member_of(postgres_units, tenant_id)).entries
    assert [entry.kind for entry in entries] == ["admitted", "exited"]


async def test_every_table_of_a_tenant_is_exported_kept_or_purged(engine_for: "EngineFor") -> None:
    query = text(
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'tenant_id'"
    )
    async with transaction(engine_for("member")) as connection:
        found = set((await connection.execute(query)).scalars())
    own = {name for name in found - TECHNICAL_TABLES if not name.startswith("outbox_event")}
    assert own == {*PURGED, *KEPT}, "say in tenant_data.py what the deletion takes and what stays"
    assert {table.name for table in EXPORTED.values()} <= own


async def test_the_jobs_end_review_and_delete(
    postgres_units: Postgres, engine_for: "EngineFor"
) -> None:
    parts = SimpleNamespace(engine=engine_for("member"), units=postgres_units)
    jobs = create_schedule(cast("Any", parts), cast("Any", Mock()), cast("Any", None))
    run = {job.name: job.run for job in jobs}
    made = await joined(postgres_units)
    yesterday = day_of(utc_now()) - DAY
    async with postgres_units([made.tenant_id]) as work:
        await register_people(work, made.tenant_id, [registration()], CAUSE)
        await work.reviews.ask(made.tenant_id, yesterday)
        before = utc_now() - 2 * DAY
        excluded = GiveNotice(made.tenant_id, Party.COOPERATIVE, "fees", CAUSE, day_of(before))
        await give_notice(work, excluded, before, STATUTES)
    for name in ("review_tenants", "end_memberships", "delete_tenants"):
        await run[name]()
    assert made.tenant_id not in await tenants_to_review(parts.engine, yesterday, MANY)
    assert (await tenant_of(postgres_units, made.tenant_id)).status is Status.LEFT
    async with postgres_units([made.tenant_id]) as work:
        await work.connection.execute(
            text("UPDATE tenant SET last_export_day = :day"), {"day": yesterday}
        )
    for _ in range(2):
        await run["delete_tenants"]()
    assert (await tenant_of(postgres_units, made.tenant_id)).deleted_at
    async with postgres_units([made.tenant_id]) as work:
        told = await work.connection.execute(
            text("SELECT type FROM outbox_event WHERE tenant_id = :id AND type LIKE 'tenant%'"),
            {"id": made.tenant_id},
        )
        assert sorted(told.scalars()) == [
            "tenant.deleted.v1",
            "tenant.leaving.v1",
            "tenant.left.v1",
        ]


@pytest.mark.parametrize(
    "change",
    [
        (
            "INSERT INTO register_entry SELECT tenant_id, 9, 'cancelled', '2026-11-21', -3, 0, NULL, now(),"
            " 'x', 'x' FROM tenant"
        ),
        (
            "INSERT INTO register_entry SELECT tenant_id, 2, 'repaid', '2026-11-21', 0, -1, NULL, now(),"
            " 'x', 'x' FROM tenant"
        ),
        "UPDATE tenant SET status = 'left', left_at = now(), last_export_day = '2099-01-01'",
    ],
)
async def test_the_register_s_invariant_notices(
    postgres_units: Postgres, engine_for: "EngineFor", change: str
) -> None:
    name = "whoever is approved is in the register with a share, whoever left has none"
    made = await joined(postgres_units)
    async with transaction(engine_for("member"), [made.tenant_id]) as connection:
        assert name not in await violated_invariants(connection)
        await connection.execute(text(change))
        assert name in await violated_invariants(connection)
        await connection.rollback()


async def tenant_of(units: Postgres, tenant_id: UUID) -> Tenant:
    async with units([tenant_id]) as work:
        found = await work.tenants.get(tenant_id)
        assert found
        return found
