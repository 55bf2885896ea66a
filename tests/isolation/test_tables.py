"""Every table, foreign key, view and function of every service, as the service's own role sees it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from deploy.names import SERVICES
from shared.database.engine import transaction
from shared.database.isolation import TECHNICAL_TABLES
from tests.isolation.figures import tried
from tests.isolation.world import World

#: Tables of no tenant that everybody reads and only the cooperative writes, and why.
PUBLIC: Mapping[str, str] = {
    "member.state": "the cooperative's areas are for everybody",
    "member.region": "the cooperative's areas are for everybody",
    "member.directory_edition": "the official directory is published",
    "member.municipality": "the official directory is published",
    "voucher.number_series": "the cooperative's own numbers of invoices",
    "feed.epoch": "a restore of the database is no tenant's own",
}
#: What a party of an agreement sees of it: all.
PARTY = "?| (SELECT acting_tenants())::text[]"
OF_PARTIES = f"agreement_id IN (SELECT agreement_id FROM agreement WHERE party_ids {PARTY})"
#: Tables whose policy shows rows to other tenants, and which rows.
READ_ACROSS: Mapping[str, str] = {
    "voucher.programme": "state <> 'draft'",  # a programme's terms are a public promise
    "feed.shared_thing": "true",  # what others share with everybody, as everybody sees it
    "catalogue.offer": "visibility = 'cooperative'",
    "catalogue.competence_model": "visibility = 'cooperative'",
    "member.competence": "is_shared",
    "member.agreement": f"party_ids {PARTY}",
    "member.agreement_terms": OF_PARTIES,
    "member.agreement_declaration": OF_PARTIES,
    "catalogue.agreement": f"parts {PARTY}",
    # Whoever books has to see that a provider may not act, and nothing of any other tenant.
    "catalogue.tenant": "status IN ('suspended', 'left')",
}
#: Tables whose policy lets a tenant to rows that name it in another column than tenant_id, and why.
NAMED_OTHERWISE: Mapping[str, str] = {
    "catalogue.booking": "a provider completes the bookings of its offers",
    "voucher.allocation": "a tenant sees what a funder set aside for it",
    "voucher.pool": "a tenant sees the pool that a funder allocated to it",
    "voucher.voucher": "a funder sees the claims on its programmes",
}
#: Foreign keys to a tenant's rows without the tenant in them, and why.
FOREIGN_KEYS: Mapping[str, str] = {}
#: Functions that run as their owner, and why.
DEFINERS: Mapping[str, str] = {
    "outbox_create_partitions": "the service's role may not create tables",
    "outbox_drop_partitions": "nor drop them",
    "feed_create_partitions": "the same for the log and the attempts",
    "feed_drop_partitions": "the same for the log and the attempts",
}
INSUFFICIENT_PRIVILEGE, RAISED = "42501", "P0001"

_TABLES = """
    SELECT c.relname AS name, EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
    ) AS of_tenants
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
      AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
_FORCED = """
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
_POLICIES = """
    SELECT tablename AS name, policyname AS policy, qual AS seen, with_check AS written
    FROM pg_policies WHERE schemaname = 'public' AND permissive = 'PERMISSIVE'
"""
#: How PostgreSQL writes the two usual conditions.
OWN = "(tenant_id = ANY (( SELECT acting_tenants() AS acting_tenants)::uuid[]))"
OPERATORS = "( SELECT acts_as_operator() AS acts_as_operator)"
_FOREIGN_KEYS = """
    SELECT k.conname AS name, EXISTS (
        SELECT FROM unnest(k.confkey) AS n(number)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.number
        WHERE a.attname = 'tenant_id'
    ) AS with_tenant, EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'tenant_id'
    ) AS to_tenants
    FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
"""
_VIEWS = """
    SELECT c.relname AS name, c.relkind::text AS kind,
           coalesce('security_invoker=true' = ANY(c.reloptions), false) AS as_caller
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')
"""
_DEFINERS = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"


async def _select(connection: AsyncConnection, query: str, **row: Any) -> Sequence[Any]:
    return (await connection.execute(text(query), row)).all()


async def _tables(engine: AsyncEngine) -> Sequence[Any]:
    async with transaction(engine) as connection:
        found = await _select(connection, _TABLES)
    return [each for each in found if each.name not in TECHNICAL_TABLES]


@pytest.mark.parametrize("service", SERVICES)
async def test_every_table_is_a_tenants_or_known_to_be_public(world: World, service: str) -> None:
    tables = await _tables(world.engines[service])
    loose = {f"{service}.{each.name}" for each in tables if not each.of_tenants}
    assert loose <= set(PUBLIC), f"give {loose - set(PUBLIC)} a tenant_id, or a reason in PUBLIC"
    async with transaction(world.engines[service], [world.stranger.tenant_id]) as connection:
        for name in (each.partition(".")[2] for each in loose):
            with pytest.raises(DBAPIError) as refused:
                async with connection.begin_nested():
                    await connection.execute(text(f"INSERT INTO {name} DEFAULT VALUES"))
            assert _state(refused.value) == INSUFFICIENT_PRIVILEGE, name
            changed = await connection.execute(text(f"DELETE FROM {name}"))
            assert changed.rowcount == 0
            tried("tables of no tenant, to be written")


@pytest.mark.parametrize("service", SERVICES)
async def test_every_way_into_a_table_is_known(world: World, service: str) -> None:
    """Also where the tenants of this run have no rows: one's own, the cooperative's, or with a reason."""
    engine = world.engines[service]
    of_tenants = {each.name for each in await _tables(engine) if each.of_tenants}
    async with transaction(engine) as connection:
        forced = {each.name for each in await _select(connection, _FORCED) if each.forced}
        policies = [
            each for each in await _select(connection, _POLICIES) if each.name in of_tenants
        ]
    assert of_tenants <= forced, f"{service}: isolate() {of_tenants - forced}"
    own = {each.name for each in policies if (each.seen, each.written) == (OWN, OWN)}
    assert of_tenants <= own, f"{service}: isolate() {of_tenants - own}"
    across = {each.name for each in policies if each.seen not in {OWN, OPERATORS}}
    loose = {f"{service}.{each}" for each in across} - READ_ACROSS.keys() - NAMED_OTHERWISE.keys()
    assert not loose, f"give each of {loose} a reason in READ_ACROSS or NAMED_OTHERWISE"
    tried("policies of tables, each one's own, the cooperative's, or with a reason", len(policies))


@pytest.mark.parametrize("service", SERVICES)
async def test_no_table_shows_another_tenants_rows(world: World, service: str) -> None:
    """With no tenant declared, and with another."""
    engine, victim = world.engines[service], world.victim.tenant_id
    for table in await _tables(engine):
        if not table.of_tenants:
            continue
        allowed = READ_ACROSS.get(f"{service}.{table.name}", "false")
        query = f"SELECT count(*) FROM {table.name} WHERE ({allowed}) IS NOT TRUE"
        for tenants in ([], [world.stranger.tenant_id]):
            async with transaction(engine, tenants) as connection:
                others = f"{query} AND NOT tenant_id = ANY(CAST(:tenants AS uuid[]))"
                [(count,)] = await _select(connection, others, tenants=tenants)
                assert count == 0, f"{service}.{table.name} shows {count} rows to {tenants}"
                tried("tables, read with no tenant declared and with another")
        async with transaction(engine, [victim]) as connection:
            [(own,)] = await _select(connection, f"SELECT count(*) FROM {table.name}")
        if own:
            tried("of those the victim had rows in, each counted twice", 2)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_table_takes_or_gives_up_another_tenants_rows(world: World, service: str) -> None:
    engine, victim, stranger = (
        world.engines[service],
        world.victim.tenant_id,
        world.stranger.tenant_id,
    )
    for table in await _tables(engine):
        if not table.of_tenants:
            continue
        inserted = f"INSERT INTO {table.name} (tenant_id) VALUES (:victim)"
        changed = f"UPDATE {table.name} SET tenant_id = tenant_id WHERE tenant_id = :victim"
        moved = f"UPDATE {table.name} SET tenant_id = :victim WHERE tenant_id = :stranger"
        deleted = f"DELETE FROM {table.name} WHERE tenant_id = :victim"
        for statement in (inserted, changed, moved, deleted):
            for tenants in ([], [stranger]):
                rows = await _attempt(engine, tenants, statement, victim, stranger)
                assert rows == 0, f"{statement} changed {rows} rows for {tenants}"
                tried("writes to tables, in another tenant's name")


def _state(error: DBAPIError) -> str:
    """PostgreSQL's own code of an error."""
    return str(getattr(error.orig, "sqlstate", ""))


async def _attempt(
    engine: AsyncEngine, tenants: Sequence[UUID], statement: str, victim: UUID, stranger: UUID
) -> int:
    """How many rows a statement changed; it is rolled back, whatever it did."""
    names = {"victim": victim, "stranger": stranger}
    row = {name: value for name, value in names.items() if f":{name}" in statement}
    async with transaction(engine, tenants) as connection:
        attempt = await connection.begin_nested()
        try:
            return (await connection.execute(text(statement), row)).rowcount
        except DBAPIError as error:
            if _state(error) not in {INSUFFICIENT_PRIVILEGE, RAISED}:
                raise
            return 0
        finally:
            await attempt.rollback()


@pytest.mark.parametrize("service", SERVICES)
async def test_no_row_points_at_another_tenants(world: World, service: str) -> None:
    async with transaction(world.engines[service]) as connection:
        keys = await _select(connection, _FOREIGN_KEYS)
    for key in keys:
        if key.to_tenants and key.name not in FOREIGN_KEYS:
            assert key.with_tenant, f"{service}: {key.name} leaves the tenant out"
        tried("foreign keys")


@pytest.mark.parametrize("service", SERVICES)
async def test_views_and_functions_act_as_their_caller(world: World, service: str) -> None:
    async with transaction(world.engines[service]) as connection:
        views = await _select(connection, _VIEWS)
        definers = [each.proname for each in await _select(connection, _DEFINERS)]
    for view in views:
        assert view.kind == "v", f"{service}: {view.name} keeps rows beside their policies"
        assert view.as_caller, f"{service}: {view.name} needs security_invoker = true"
    assert set(definers) <= set(DEFINERS), service
    tried("views", len(views))
    tried("functions that act as their owner, each with its reason", len(definers))
