-- One reservation by a careful program, one transaction each: it writes the rows that our worker writes.
-- What needs no lock comes first; the book's row is locked for as short a time as the numbering of entries allows.
BEGIN;
SELECT set_config('app.tenants', :tenant_id || ',' || :funder_id, true);
INSERT INTO inbox (event_id, fingerprint) VALUES (gen_random_uuid(), sha256(gen_random_uuid()::text::bytea))
RETURNING event_id AS cause_id \gset
INSERT INTO inbox_sequence (topic, key, sequence) VALUES ('catalogue-events', :tenant_id || ':' || :cause_id, 1);
INSERT INTO voucher (tenant_id, voucher_id, booking_id, person_id, programme_id, funder_id, pool_id, status, units,
                     offer_id, offer_kind, provider_id, created_at, expires_at, version)
VALUES (:tenant_id, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), :programme_id, :funder_id, :programme_id,
        'reserved', 1, gen_random_uuid(), 'on_demand_course', :tenant_id, now(), now() + interval '90 days', 1)
RETURNING voucher_id \gset
UPDATE book SET available = available - 1, reserved = reserved + 1, entries = entries + 1,
                head = sha256(head || convert_to(concat_ws('|', 1, programme_id, entries + 1, programme_id, 'reserve',
                    'available', 'reserved', 1, (extract(epoch FROM now()) * 1000000)::bigint, :voucher_id::uuid, :tenant_id::uuid,
                    '', :cause_id::uuid, ''), 'UTF8'))
WHERE tenant_id = :funder_id AND programme_id = :programme_id AND available >= 1
RETURNING entries AS entry, encode(head, 'hex') AS hash \gset
UPDATE pool SET available = available - 1, reserved = reserved + 1
WHERE tenant_id = :funder_id AND programme_id = :programme_id AND pool_id = :programme_id AND available >= 1;
INSERT INTO transfer (tenant_id, programme_id, entry, pool_id, kind, debit, credit, units, at,
                      voucher_id, beneficiary_id, cause_id, hash)
VALUES (:funder_id, :programme_id, :entry, :programme_id, 'reserve', 'available', 'reserved', 1, now(),
        :voucher_id, :tenant_id, :cause_id, decode(:hash, 'hex'));
WITH event AS (
    INSERT INTO outbox_event (event_id, tenant_id, type, topic, key, hash, prefix, data, headers, correlation_id)
    VALUES (gen_random_uuid(), :tenant_id, 'voucher.reserved.v1', 'voucher-events', :tenant_id || ':' || :voucher_id,
            0, decode(repeat('00', 90), 'hex'), decode(repeat('00', 450), 'hex'), decode(repeat('00', 500), 'hex'), '')
    RETURNING id, day, topic, hash
)
INSERT INTO outbox_pending (id, day, lane, topic, hash) SELECT id, day, 0, topic, hash FROM event;
COMMIT;
