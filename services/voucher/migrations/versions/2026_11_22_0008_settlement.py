"""What vouchers cost and what is owed for them: parties, prices, statements and the entries that they settle.

Works with the release before: new tables, and an index of the ledger.
"""

from alembic import op

from shared.database.isolation import IS_OPERATOR, isolate

revision = "0008"
down_revision = "0009"
kind = "expand"

_TABLES = """
CREATE TABLE billing_party (
    tenant_id uuid PRIMARY KEY, party jsonb NOT NULL
);
CREATE TABLE programme_billing (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, reference text NOT NULL,
    payment_days integer NOT NULL CHECK (payment_days BETWEEN 1 AND 365),
    PRIMARY KEY (tenant_id, programme_id),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
);
CREATE TABLE price (
    tenant_id uuid NOT NULL, price_id uuid NOT NULL, programme_id uuid NOT NULL, offer_id uuid,
    title text NOT NULL, valid_from timestamptz NOT NULL,
    vat_percent integer NOT NULL CHECK (vat_percent BETWEEN 0 AND 100), vat_exemption text NOT NULL,
    cents bigint CHECK (cents > 0), fee_per_mille integer NOT NULL CHECK (fee_per_mille BETWEEN 0 AND 999),
    PRIMARY KEY (tenant_id, price_id),
    UNIQUE NULLS NOT DISTINCT (programme_id, offer_id, valid_from),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
);
CREATE TABLE settlement (
    tenant_id uuid NOT NULL, programme_id uuid NOT NULL, side text NOT NULL,
    entry bigint NOT NULL, last_day date,
    PRIMARY KEY (tenant_id, programme_id, side),
    FOREIGN KEY (tenant_id, programme_id) REFERENCES programme (tenant_id, programme_id)
);
CREATE TABLE number_series (
    series text NOT NULL, year integer NOT NULL, last bigint NOT NULL, PRIMARY KEY (series, year)
);
CREATE TABLE statement (
    tenant_id uuid NOT NULL, statement_id uuid NOT NULL, number text NOT NULL UNIQUE,
    side text NOT NULL, kind text NOT NULL, programme_id uuid NOT NULL, funder_id uuid NOT NULL,
    first_day date NOT NULL, last_day date NOT NULL CHECK (last_day >= first_day),
    issued_on date NOT NULL, due_on date NOT NULL, cents bigint NOT NULL CHECK (cents > 0),
    corrects text, document jsonb NOT NULL, CHECK ((kind = 'credit_note') = (corrects IS NOT NULL)),
    PRIMARY KEY (tenant_id, statement_id),
    FOREIGN KEY (funder_id, programme_id) REFERENCES programme (tenant_id, programme_id)
);
CREATE INDEX statement_programme ON statement (programme_id, number);
CREATE TABLE statement_claim (
    tenant_id uuid NOT NULL, side text NOT NULL, programme_id uuid NOT NULL, entry bigint NOT NULL,
    statement_id uuid NOT NULL, funder_id uuid NOT NULL, redeemed_entry bigint NOT NULL,
    at timestamptz NOT NULL, units bigint NOT NULL CHECK (units > 0), cents bigint NOT NULL,
    voucher_id uuid NOT NULL, booking_id uuid, beneficiary_id uuid NOT NULL, offer_id uuid,
    PRIMARY KEY (tenant_id, side, programme_id, entry), UNIQUE (side, programme_id, entry),
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statement (tenant_id, statement_id)
);
CREATE INDEX statement_claim_statement ON statement_claim (tenant_id, statement_id, entry);
CREATE INDEX transfer_reverses ON transfer (tenant_id, programme_id, reverses) WHERE reverses IS NOT NULL
"""

_IMMUTABLE = """
CREATE FUNCTION refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is agreed or issued stays: correct it by a newer price or a credit note';
END $$
"""


def upgrade() -> None:
    """Add the tables; the cooperative, which issues statements, keeps all of them."""
    for statement in _TABLES.split(";"):
        op.execute(statement)
    op.execute(_IMMUTABLE)
    for table in ("price", "statement", "statement_claim"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_issued()"
        )
    isolate(op, "billing_party", also_read=IS_OPERATOR)
    for table in ("programme_billing", "price", "settlement"):
        isolate(op, table)
    for table in ("statement", "statement_claim"):
        isolate(op, table, also_write=IS_OPERATOR)
    # The cooperative's own numbers: nobody else's, and of no tenant.
    op.execute("ALTER TABLE number_series ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE number_series FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY cooperative ON number_series USING ({IS_OPERATOR}) WITH CHECK ({IS_OPERATOR})"
    )
