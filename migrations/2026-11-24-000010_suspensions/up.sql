-- Who may not come in for now: a person, or a client application whatever its user. Kept when it is over.
CREATE TABLE suspensions (
    id uuid PRIMARY KEY,
    person uuid REFERENCES persons (id) ON DELETE CASCADE,
    client text CHECK (length(client) BETWEEN 1 AND 255),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    from_at timestamptz NOT NULL,
    -- Open, or the moment from which they may come in again.
    until_at timestamptz,
    suspended_by uuid,
    CHECK (num_nonnulls(person, client) = 1)
);
CREATE INDEX suspensions_person ON suspensions (person) WHERE person IS NOT NULL;
CREATE INDEX suspensions_client ON suspensions (client) WHERE client IS NOT NULL;
GRANT SELECT, INSERT ON suspensions TO guichet_server;
GRANT UPDATE (until_at) ON suspensions TO guichet_server;
