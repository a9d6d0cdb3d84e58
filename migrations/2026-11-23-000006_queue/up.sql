-- Work that follows a commit: notices, mail, refunds.
CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    -- An effect that is queued twice is one job.
    key text NOT NULL,
    case_id uuid,
    payload jsonb NOT NULL,
    run_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    -- Parked after the last attempt, with the reason.
    parked_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, key)
);
CREATE INDEX jobs_ready ON jobs (run_at, id) WHERE parked_at IS NULL;
-- By how much business time runs ahead, moved by the development clock only.
CREATE TABLE business_time (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    ahead_microseconds bigint NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs TO guichet_server;
GRANT SELECT, INSERT, UPDATE ON business_time TO guichet_server;
