-- Places of which there is a limited number for each key: a name that one may bear. A place that is not kept any longer
-- (`until`) counts no more.
CREATE TABLE pool_places (
    -- `<service>/<name>`, or `_shared/<name>`.
    pool text NOT NULL,
    key text NOT NULL,
    -- Below the capacity of the pool.
    place integer NOT NULL CHECK (place >= 0),
    -- The case may be written after its place, in the same transaction.
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    until timestamptz,
    PRIMARY KEY (pool, key, place),
    -- A case has one place in a pool.
    UNIQUE (case_id, pool)
);
GRANT SELECT, INSERT, DELETE ON pool_places TO guichet_server;
