-- What opened a case by itself: the key makes that happen once, however often it is told of.
CREATE TABLE openings (
    -- `register/<register>/<key>/<version>/<service>`.
    origin text PRIMARY KEY,
    -- The case may be written after it, in the same transaction.
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX openings_case ON openings (case_id);
GRANT SELECT, INSERT ON openings TO guichet_server;
