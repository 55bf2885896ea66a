"""A tenant's people are counted beside how many it may have, and one too many is refused."""

from alembic import op

revision = "0008"
down_revision = "0007"
kind = "expand"

# Room for new versions of the row on its own page: each person who comes or leaves writes one.
_COLUMN = """
ALTER TABLE tenant_quota
    ADD COLUMN people_present integer NOT NULL DEFAULT 0 CHECK (people_present >= 0),
    SET (fillfactor = 50)
"""

# The row is locked from here until the transaction ends: whoever comes next reads the right count.
# Where nothing is allowed yet, nothing is counted; the row is made with the count of that moment.
_COUNT = """
CREATE FUNCTION count_people(of_tenant uuid, more bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE quota tenant_quota;
BEGIN
    UPDATE tenant_quota SET people_present = people_present + more
        WHERE tenant_id = of_tenant RETURNING * INTO quota;
    IF more > 0 AND quota.people_present > quota.people THEN
        RAISE check_violation USING CONSTRAINT = 'people_quota',
            MESSAGE = 'more people than people_quota allows', DETAIL = quota.people;
    END IF;
END $$
"""

_HERE = "SELECT tenant_id, {sign}1 AS more FROM {rows} WHERE NOT has_left"
_CAME, _WENT = _HERE.format(sign="+", rows="came"), _HERE.format(sign="-", rows="went")
#: By what is done to people: who is here after it, and who was before.
_CHANGES = {
    "INSERT": ("NEW TABLE AS came", _CAME),
    "UPDATE": ("OLD TABLE AS went NEW TABLE AS came", f"{_CAME} UNION ALL {_WENT}"),
    "DELETE": ("OLD TABLE AS went", _WENT),
}


def upgrade() -> None:
    """Count who is here, and from now on everybody who comes and leaves, whoever writes it."""
    op.execute(_COLUMN)
    op.execute(_COUNT)
    for change, (rows, moved) in _CHANGES.items():
        name = f"count_people_on_{change.lower()}"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"PERFORM count_people(tenant_id, sum(more)) FROM ({moved}) AS moved "
            "GROUP BY tenant_id HAVING sum(more) <> 0; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} AFTER {change} ON person REFERENCING {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
    for table in ("person", "tenant_quota"):  # its owner, too, sees no row otherwise
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE tenant_quota SET people_present = (SELECT count(*) FROM person "
        "WHERE person.tenant_id = tenant_quota.tenant_id AND NOT has_left)"
    )
    for table in ("person", "tenant_quota"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
