-- Places in the slots of an office. The key is what makes two bookings of one place impossible. One whose step is not open any
-- more counts no longer: whoever books next takes it away.
CREATE TABLE appointments (
    -- Pool of slots: `<service>/<name>`, or `_shared/<name>`.
    pool text NOT NULL,
    office text NOT NULL,
    at timestamptz NOT NULL,
    -- Below the capacity of the slot.
    place integer NOT NULL CHECK (place >= 0),
    until timestamptz NOT NULL,
    authority text NOT NULL,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    token integer NOT NULL,
    PRIMARY KEY (pool, office, at, place),
    UNIQUE (case_id, token),
    CHECK (until > at)
);
GRANT SELECT, INSERT, DELETE ON appointments TO guichet_server;
