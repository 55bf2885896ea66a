"""Pools of allocations, a book for each programme, and a ledger that is numbered, chained and partitioned.

The release before neither numbers nor chains what it writes: there is no way back.
"""

from alembic import op

from shared.database.isolation import ACTS_FOR, IS_OPERATOR, isolate

revision = "0005"
down_revision = "0004"
kind = "contract"

PARTITIONS = 16

#: Existing rows are carried over by the table's owner, who is no tenant.
_OPENED = "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"
_FORCED = "ALTER TABLE {table} FORCE ROW LEVEL SECURITY"

_PROGRAMMES = """
ALTER TABLE programme ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('draft', 'open', 'closed')),
    ADD COLUMN closed_at timestamptz, ADD CHECK ((state = 'closed') = (closed_at IS NOT NULL));
UPDATE programme SET state = 'closed', closed_at = closes_at FROM pool
    WHERE pool.programme_id = programme.programme_id AND is_closed;
CREATE TABLE book (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL,
    entries bigint NOT NULL CHECK (entries >= 0), head bytea NOT NULL CHECK (length(head) = 32),
    granted bigint NOT NULL CHECK (granted >= 0), available bigint NOT NULL CHECK (available >= 0),
    reserved bigint NOT NULL CHECK (reserved >= 0), redeemed bigint NOT NULL CHECK (redeemed >= 0),
    expired bigint NOT NULL CHECK (expired >= 0), returned bigint NOT NULL CHECK (returned >= 0),
    warned smallint NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, programme_id),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id),
    CHECK (granted = available + reserved + redeemed + expired + returned)
) WITH (fillfactor = 50);
INSERT INTO book SELECT tenant_id, programme_id, 0, decode(repeat('00', 32), 'hex'),
    granted, available, reserved, redeemed, expired, returned, 0, 1 FROM pool;
ALTER TABLE pool ADD COLUMN pool_id uuid, ADD COLUMN beneficiary_id uuid, DROP COLUMN is_closed, DROP COLUMN version;
UPDATE pool SET pool_id = programme_id;
ALTER TABLE pool DROP CONSTRAINT pool_pkey, ADD PRIMARY KEY (tenant_id, programme_id, pool_id),
    ADD CHECK ((pool_id = programme_id) = (beneficiary_id IS NULL)), ADD CHECK (granted >= 0);
CREATE INDEX pool_beneficiary ON pool (beneficiary_id) WHERE beneficiary_id IS NOT NULL
"""

_LEDGER = """
ALTER TABLE transfer RENAME TO transfer_before;
CREATE TABLE transfer (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, entry bigint NOT NULL CHECK (entry > 0),
    pool_id uuid NOT NULL, kind text NOT NULL,
    debit text NOT NULL CHECK (debit IN ('granted', 'available', 'reserved', 'redeemed', 'expired', 'returned')),
    credit text NOT NULL CHECK (credit IN ('granted', 'available', 'reserved', 'redeemed', 'expired', 'returned')),
    units bigint NOT NULL CHECK (units > 0), at timestamptz NOT NULL,
    voucher_id uuid, beneficiary_id uuid, reverses bigint CHECK (reverses < entry), cause_id uuid, reason text,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (tenant_id, programme_id, entry),
    FOREIGN KEY (tenant_id, programme_id, pool_id) REFERENCES pool (tenant_id, programme_id, pool_id),
    CHECK (credit <> debit), CHECK ((kind = 'reverse') = (reverses IS NOT NULL))
) PARTITION BY HASH (programme_id);
CREATE TABLE seal (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, entries bigint NOT NULL CHECK (entries > 0),
    head bytea NOT NULL CHECK (length(head) = 32), sealed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, programme_id, entries),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
);
CREATE TABLE reconciliation (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, at timestamptz NOT NULL,
    entries bigint NOT NULL, head bytea NOT NULL, violated jsonb NOT NULL, wrong_entry bigint,
    whole_at timestamptz, told_at timestamptz,
    PRIMARY KEY (tenant_id, programme_id),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
) WITH (fillfactor = 80);
CREATE TABLE compared_pool (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, pool_id uuid NOT NULL,
    granted bigint NOT NULL, available bigint NOT NULL, reserved bigint NOT NULL, redeemed bigint NOT NULL,
    expired bigint NOT NULL, returned bigint NOT NULL,
    PRIMARY KEY (tenant_id, programme_id, pool_id),
    FOREIGN KEY (tenant_id, programme_id, pool_id) REFERENCES pool (tenant_id, programme_id, pool_id)
) WITH (fillfactor = 80)
"""

#: Gives every line of the ledger so far its number, its kind and its hash, as `domain/chain.py` does.
_CARRY_OVER = """
DO $$
DECLARE
    line record; previous uuid; number bigint; head bytea; why text; stated text;
BEGIN
    FOR line IN SELECT * FROM transfer_before ORDER BY programme_id, transfer_id LOOP
        IF line.programme_id IS DISTINCT FROM previous THEN
            previous := line.programme_id; number := 0; head := decode(repeat('00', 32), 'hex');
        END IF;
        number := number + 1;
        why := CASE WHEN line.debit = 'granted' THEN 'grant' WHEN line.credit = 'reserved' THEN 'reserve'
            WHEN line.credit = 'redeemed' THEN 'redeem' WHEN line.debit = 'reserved' THEN 'release' ELSE 'expire' END;
        stated := concat_ws('|', 1, line.programme_id, number, line.programme_id, why, line.debit, line.credit,
            line.units, (extract(epoch FROM line.at) * 1000000)::bigint, coalesce(line.voucher_id::text, ''),
            coalesce(line.beneficiary_id::text, ''), '', '', '');
        head := sha256(head || convert_to(stated, 'UTF8'));
        INSERT INTO transfer (tenant_id, programme_id, entry, pool_id, kind, debit, credit, units, at,
            voucher_id, beneficiary_id, hash)
        VALUES (line.tenant_id, line.programme_id, number, line.programme_id, why, line.debit, line.credit,
            line.units, line.at, line.voucher_id, line.beneficiary_id, head);
    END LOOP;
    UPDATE book SET entries = last.entry, head = last.hash FROM (
        SELECT DISTINCT ON (programme_id) programme_id, entry, hash FROM transfer ORDER BY programme_id, entry DESC
    ) AS last WHERE last.programme_id = book.programme_id;
END $$
"""

_VOUCHERS = """
ALTER TABLE voucher ALTER COLUMN booking_id DROP NOT NULL, ADD COLUMN pool_id uuid,
    ADD COLUMN units bigint NOT NULL DEFAULT 0, ADD COLUMN redeemed_units bigint NOT NULL DEFAULT 0,
    ADD COLUMN reversed_units bigint NOT NULL DEFAULT 0 CHECK (reversed_units >= 0),
    ADD COLUMN redeemed_entry bigint, ADD COLUMN is_late boolean NOT NULL DEFAULT false,
    ADD COLUMN provider_id uuid, ADD COLUMN offer_id uuid,
    ADD COLUMN offer_kind text, ADD COLUMN price_cents bigint, ADD COLUMN competence_fields jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN reason_parameters jsonb, ADD COLUMN redeemed_at timestamptz, ADD COLUMN completed_at timestamptz,
    ADD CHECK (reversed_units <= redeemed_units), ADD CHECK (redeemed_units <= units);
UPDATE voucher SET pool_id = programme_id, units = 1 WHERE status IN ('reserved', 'redeemed', 'released', 'expired');
UPDATE voucher SET redeemed_units = 1, redeemed_entry = entry, redeemed_at = at FROM transfer
    WHERE status = 'redeemed' AND transfer.voucher_id = voucher.voucher_id AND kind = 'redeem';
DROP INDEX voucher_due;
CREATE INDEX voucher_due ON voucher (expires_at) WHERE status IN ('assigned', 'reserved');
CREATE INDEX voucher_assigned ON voucher (person_id) WHERE status = 'assigned';
DROP TABLE transfer_before
"""


def upgrade() -> None:
    """Carry the ledger over; what it says stays, and every line is numbered and chained."""
    for table in ("programme", "pool", "transfer", "voucher"):
        op.execute(_OPENED.format(table=table))
    for statement in (*_PROGRAMMES.split(";"), *_LEDGER.split(";")):
        op.execute(statement)
    for number in range(PARTITIONS):
        op.execute(
            f"CREATE TABLE transfer_{number} PARTITION OF transfer "
            f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        )
    op.execute(_CARRY_OVER)
    for statement in _VOUCHERS.split(";"):
        op.execute(statement)
    for table in ("programme", "pool", "voucher"):
        op.execute(_FORCED.format(table=table))
    _isolate()
    for table in ("transfer", *_partitions(), "seal"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _isolate() -> None:
    for table in ("book", "transfer", "seal", "reconciliation", "compared_pool"):
        isolate(op, table, also_read=IS_OPERATOR)
    for partition in _partitions():  # reached by way of their table alone
        op.execute(f"ALTER TABLE {partition} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {partition} FORCE ROW LEVEL SECURITY")
    # What was allocated to a tenant is its own to see; a draft is its funder's alone.
    beneficiary = ACTS_FOR.format(column="beneficiary_id")
    op.execute(f"CREATE POLICY beneficiary_reads ON pool FOR SELECT USING ({beneficiary})")
    op.execute("DROP POLICY also_read ON programme")
    op.execute("CREATE POLICY also_read ON programme FOR SELECT USING (state <> 'draft')")


def _partitions() -> list[str]:
    return [f"transfer_{number}" for number in range(PARTITIONS)]
