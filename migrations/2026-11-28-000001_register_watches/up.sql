-- Which cases hear of changes of which records. One row for each, so that a change wakes only those.
CREATE TABLE register_watches (
    register text NOT NULL,
    key text NOT NULL,
    -- The case may be written after it, in the same transaction.
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (register, key, case_id)
);
CREATE INDEX register_watches_case ON register_watches (case_id);
GRANT SELECT, INSERT, DELETE ON register_watches TO guichet_server;
