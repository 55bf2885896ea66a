"""Row-level security: how a migration isolates a table, and the self-test that proves it is on."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.ddl import Operations

#: Tables without a tenant's rows of their own: infrastructure of outbox, inbox and migrations.
TECHNICAL_TABLES = frozenset(
    {
        "alembic_version",
        "dead_letter",
        "finished_event",
        "inbox",
        "inbox_sequence",
        "invariant",
        "letter_group",
        "operation",
        "outbox_event",
        "outbox_lane",
        "outbox_pending",
        "outbox_relay",
        "parked",
        "process",
        "repair",
        "repair_letter",
        "replay",
    }
)

ACTS_FOR = "{column} = ANY ((SELECT acting_tenants())::uuid[])"
IS_OPERATOR = "(SELECT acts_as_operator())"


class IsolationError(RuntimeError):
    """The database would not isolate tenants; the process must not start."""


def create_isolation_functions(op: Operations) -> None:
    """The two questions that policies ask: which tenants, and whether it is the operator."""
    op.execute(
        """
        CREATE FUNCTION acting_tenants() RETURNS uuid[] STABLE LANGUAGE sql AS $$
            SELECT string_to_array(NULLIF(current_setting('app.tenants', true), ''), ',')::uuid[]
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION acts_as_operator() RETURNS boolean STABLE LANGUAGE sql AS $$
            SELECT COALESCE(current_setting('app.operator', true), '') = 'on'
        $$
        """
    )


def isolate(op: Operations, table: str, *, also_read: str = "", also_write: str = "") -> None:
    """Force row-level security on `table`: its own tenant, and what the explicit policies add.

    `also_read` and `also_write` are SQL conditions, each the table's own deliberate way across
    tenants; `also_write` covers updates and deletes too.
    """
    own = ACTS_FOR.format(column="tenant_id")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_tenant ON {table} USING ({own}) WITH CHECK ({own})")
    if also_read:
        op.execute(f"CREATE POLICY also_read ON {table} FOR SELECT USING ({also_read})")
    if also_write:
        op.execute(
            f"CREATE POLICY also_write ON {table} USING ({also_write}) WITH CHECK ({also_write})"
        )


_ROLE = text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
_TABLES = text(
    """
    SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced,
           pg_get_userbyid(c.relowner) = current_user AS owned
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    """
)


async def verify_isolation(connection: AsyncConnection) -> None:
    """Refuse to run where isolation could be bypassed. Raises IsolationError and says what to change."""
    role = (await connection.execute(_ROLE)).one()
    if role.rolsuper or role.rolbypassrls:
        raise IsolationError("the service's role is a superuser or has BYPASSRLS: use a plain role")
    for table in await connection.execute(_TABLES):
        if table.owned:
            raise IsolationError(
                f"the service's role owns {table.relname}: migrate with another role"
            )
        if not table.forced and table.relname not in TECHNICAL_TABLES:
            raise IsolationError(f"{table.relname} has no forced row-level security: isolate() it")
