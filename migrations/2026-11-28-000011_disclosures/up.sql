-- What the public may know of cases whose service says so, as each act leaves it. Drafts are not in it.
CREATE TABLE disclosures (
    -- Written before a new case, in one transaction with it.
    case_id uuid PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    service text NOT NULL,
    -- From when on it is public; null: not yet.
    shown_from timestamptz,
    -- What anybody may read; null where the service only counts.
    shown jsonb,
    -- What cases are counted by: path → value, a text.
    counted jsonb NOT NULL
);
CREATE INDEX disclosures_service ON disclosures (service);
-- Ids are ordered by time: the newest first.
CREATE INDEX disclosures_shown ON disclosures (service, case_id) WHERE shown IS NOT NULL AND shown_from IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON disclosures TO guichet_server;
