-- Calendars, agencies and what services share: the newest is in force.
CREATE TABLE countries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    files jsonb NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now()
);
-- The rules of a published version never change. A case keeps its own.
CREATE TABLE service_versions (
    service text NOT NULL,
    version text NOT NULL,
    authority text NOT NULL,
    kind text NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    -- The hash without texts, scenarios and dated values, which may be corrected in place.
    rules_hash bytea NOT NULL CHECK (length(rules_hash) = 32),
    applies_from date NOT NULL,
    files jsonb NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service, version)
);
-- What was corrected in a published version: what stood there before.
CREATE TABLE text_corrections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    service text NOT NULL,
    version text NOT NULL,
    files jsonb NOT NULL,
    corrected_at timestamptz NOT NULL DEFAULT now()
);
-- Sets of definitions that were found in order: they are not checked again.
CREATE TABLE checked_definitions (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    checked_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE register_records (
    register text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    authority text NOT NULL,
    record jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (register, key)
);
-- Every version of every record, and the case that made it.
CREATE TABLE register_versions (
    register text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    authority text NOT NULL,
    change text NOT NULL,
    record jsonb NOT NULL,
    case_id uuid,
    actor jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (register, key, version)
);
CREATE INDEX register_versions_case ON register_versions (case_id) WHERE case_id IS NOT NULL;
CREATE TABLE register_numbers (
    register text NOT NULL,
    year int NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (register, year)
);

GRANT SELECT, INSERT ON countries, service_versions, text_corrections, checked_definitions, register_versions TO guichet_server;
GRANT UPDATE (hash, files) ON service_versions TO guichet_server;
GRANT SELECT, INSERT, UPDATE ON register_records, register_numbers TO guichet_server;
