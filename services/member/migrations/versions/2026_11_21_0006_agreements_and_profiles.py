"""Cooperation agreements; competence profiles, mandatory training, and the log of who read them."""

from alembic import op

from shared.database.isolation import IS_OPERATOR, isolate

revision = "0006"
down_revision = "0005"
kind = "expand"

_TABLES = """
CREATE TABLE agreement (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), agreement_id uuid NOT NULL UNIQUE,
    party_ids jsonb NOT NULL, status text NOT NULL, revision integer NOT NULL,
    proposal_revision integer, last_revision integer NOT NULL, proposed_at timestamptz NOT NULL,
    started_at timestamptz, ended_at timestamptz, end_reason text, end_explanation text,
    shared jsonb NOT NULL, heard integer NOT NULL, due_at timestamptz, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, agreement_id),
    CHECK (status IN ('proposed', 'agreed', 'running', 'refused', 'ended')),
    CHECK ((status = 'ended') = (ended_at IS NOT NULL AND end_reason IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX agreement_party ON agreement USING gin (party_ids);
CREATE INDEX agreement_due ON agreement (due_at) WHERE status IN ('proposed', 'agreed', 'running');
CREATE TABLE agreement_terms (
    tenant_id uuid NOT NULL, agreement_id uuid NOT NULL, revision integer NOT NULL,
    document jsonb NOT NULL, proposed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, agreement_id, revision),
    FOREIGN KEY (tenant_id, agreement_id) REFERENCES agreement (tenant_id, agreement_id)
);
CREATE TABLE agreement_declaration (
    tenant_id uuid NOT NULL, declaration_id uuid NOT NULL, proposer_id uuid NOT NULL,
    agreement_id uuid NOT NULL, act text NOT NULL, revision integer NOT NULL, subject text NOT NULL,
    at timestamptz NOT NULL, offer_id uuid,
    PRIMARY KEY (tenant_id, declaration_id),
    FOREIGN KEY (proposer_id, agreement_id) REFERENCES agreement (tenant_id, agreement_id),
    CHECK (act IN ('signs', 'refuses', 'gives_notice', 'shares', 'withdraws')),
    CHECK ((act IN ('shares', 'withdraws')) = (offer_id IS NOT NULL))
);
CREATE INDEX agreement_declared ON agreement_declaration (agreement_id);
CREATE UNIQUE INDEX agreement_decided_once
    ON agreement_declaration (tenant_id, agreement_id, revision) WHERE act IN ('signs', 'refuses');
CREATE TABLE competence (
    tenant_id uuid NOT NULL, competence_id uuid NOT NULL, model_id uuid NOT NULL,
    is_shared boolean NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, competence_id)
);
CREATE INDEX competence_id ON competence (competence_id);
CREATE TABLE learning_rules (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (tenant_id), leader_agreement text,
    leader_agreed_on date, keep_days integer NOT NULL CHECK (keep_days BETWEEN 30 AND 3650),
    changed_at timestamptz NOT NULL, CHECK ((leader_agreement IS NULL) = (leader_agreed_on IS NULL))
);
CREATE TABLE target_profile (
    tenant_id uuid NOT NULL, job_family_id uuid NOT NULL, version integer NOT NULL,
    requirements jsonb NOT NULL, set_at timestamptz NOT NULL, set_by text NOT NULL,
    PRIMARY KEY (tenant_id, job_family_id, version)
);
CREATE TABLE assessment (
    tenant_id uuid NOT NULL, assessment_id uuid NOT NULL, person_id uuid NOT NULL,
    competence_id uuid NOT NULL, source text NOT NULL CHECK (source IN ('self', 'leader', 'measurement')),
    level numeric(4, 2) NOT NULL CHECK (level BETWEEN 1 AND 8), sem numeric(4, 2) CHECK (sem >= 0),
    instrument text, instrument_version text, assessed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL, is_counted boolean NOT NULL,
    PRIMARY KEY (tenant_id, assessment_id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES person (tenant_id, person_id) ON DELETE CASCADE,
    CHECK (num_nulls(sem, instrument, instrument_version)
           = CASE source WHEN 'measurement' THEN 0 ELSE 3 END)
);
CREATE INDEX assessment_person ON assessment (tenant_id, person_id, recorded_at);
CREATE INDEX assessment_recorded ON assessment (tenant_id, recorded_at);
CREATE INDEX assessment_uncounted ON assessment (tenant_id, competence_id) WHERE NOT is_counted;
CREATE TABLE group_batch (
    tenant_id uuid NOT NULL, batch_id uuid NOT NULL, job_family_id uuid NOT NULL,
    competence_id uuid NOT NULL, people integer NOT NULL CHECK (people >= 5),
    level_sum numeric NOT NULL, closed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, batch_id)
);
CREATE INDEX group_batch_family ON group_batch (tenant_id, job_family_id, competence_id);
CREATE TABLE mandatory_training (
    tenant_id uuid NOT NULL REFERENCES tenant (tenant_id), training_id uuid NOT NULL,
    name text NOT NULL, offer_id uuid, valid_days integer CHECK (valid_days > 0),
    added_at timestamptz NOT NULL, dropped_at timestamptz,
    PRIMARY KEY (tenant_id, training_id)
);
CREATE TABLE reading (
    tenant_id uuid NOT NULL, reading_id uuid NOT NULL, person_id uuid NOT NULL, reader text NOT NULL,
    reader_roles jsonb NOT NULL, what text NOT NULL, purpose text NOT NULL, at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, reading_id)
);
CREATE INDEX reading_newest ON reading (tenant_id, at DESC, reading_id);
CREATE INDEX reading_person ON reading (tenant_id, person_id, at DESC);
ALTER TABLE person_record ADD COLUMN offer_id uuid
"""

_IMMUTABLE = """
CREATE FUNCTION keep_as_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: add what is new beside it', TG_TABLE_NAME;
END $$
"""

#: What nobody changes, and what nobody takes away either. Assessments are deleted when their time is over.
_APPEND_ONLY = {
    "agreement_terms": "UPDATE OR DELETE OR TRUNCATE",
    "agreement_declaration": "UPDATE OR DELETE OR TRUNCATE",
    "target_profile": "UPDATE OR DELETE OR TRUNCATE",
    "reading": "UPDATE OR DELETE OR TRUNCATE",
    "group_batch": "UPDATE OR TRUNCATE",
    # Only whether it has been counted in a group's figure is noted later.
    "assessment": "TRUNCATE OR UPDATE OF tenant_id, assessment_id, person_id, competence_id, source, "
    "level, sem, instrument, instrument_version, assessed_at, recorded_at",
}
_READERS = "party_ids ?| (SELECT acting_tenants())::text[]"
_SEEN = "EXISTS (SELECT FROM agreement WHERE agreement.agreement_id = {table}.agreement_id)"


def upgrade() -> None:
    """Create everything."""
    for statement in _TABLES.split(";"):
        op.execute(statement)
    op.execute(_IMMUTABLE)
    for table, changes in _APPEND_ONLY.items():
        op.execute(
            f"CREATE TRIGGER append_only BEFORE {changes} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_as_written()"
        )
    # A party reads the whole agreement; the proposer's tenant keeps it. The schedule finds what is due.
    isolate(op, "agreement", also_read=f"{_READERS} OR {IS_OPERATOR}")
    isolate(op, "agreement_terms", also_read=_SEEN.format(table="agreement_terms"))
    # A party declares for itself alone, and only under an agreement that it can see.
    isolate(op, "agreement_declaration", also_read=_SEEN.format(table="agreement_declaration"))
    op.execute(
        "CREATE POLICY parties_only ON agreement_declaration AS RESTRICTIVE FOR INSERT "
        f"WITH CHECK ({_SEEN.format(table='agreement_declaration')})"
    )
    # A competence of a model that is for the whole cooperative may be named by everybody.
    isolate(op, "competence", also_read="is_shared")
    for table in (
        "learning_rules",
        "target_profile",
        "assessment",
        "group_batch",
        "mandatory_training",
        "reading",
    ):
        isolate(op, table)
