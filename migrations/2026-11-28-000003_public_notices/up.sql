-- What cases tell the public: one row for each event and text, in all languages of the service.
CREATE TABLE public_notices (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    seq integer NOT NULL,
    about text NOT NULL,
    service text NOT NULL,
    version text NOT NULL,
    office text NOT NULL,
    -- Language → subject and body.
    words jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    UNIQUE (case_id, seq, about)
);
CREATE INDEX public_notices_service ON public_notices (service, id);
CREATE INDEX public_notices_office ON public_notices (office, id);
GRANT SELECT, INSERT ON public_notices TO guichet_server;
