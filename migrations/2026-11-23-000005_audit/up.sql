-- Who did or read what. Append-only: the server may insert and select, nothing else.
CREATE TABLE audit_entries (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    -- The person who acted; null for the product itself or somebody unknown.
    actor uuid,
    office text,
    role text,
    action text NOT NULL,
    outcome text NOT NULL,
    purpose text,
    case_id uuid,
    request text NOT NULL,
    -- SHA256(salt || bytes) of the payload.
    commitment bytea NOT NULL CHECK (length(commitment) = 32)
);
CREATE INDEX audit_entries_case ON audit_entries (case_id, id) WHERE case_id IS NOT NULL;
-- What the commitment is of. Erasing a row leaves nothing that could be tested by guessing.
CREATE TABLE audit_payloads (
    entry uuid PRIMARY KEY,
    version smallint NOT NULL,
    salt bytea NOT NULL CHECK (length(salt) = 32),
    bytes bytea NOT NULL
);
CREATE TABLE audit_subjects (
    entry uuid NOT NULL,
    person uuid NOT NULL,
    PRIMARY KEY (person, entry)
);
GRANT SELECT, INSERT ON audit_entries, audit_payloads, audit_subjects TO guichet_server;
GRANT SELECT, DELETE ON audit_payloads TO guichet_eraser;
GRANT SELECT, INSERT ON audit_entries TO guichet_eraser;

-- Even an owner's slip does not change the log.
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER case_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_events
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER register_versions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON register_versions
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
