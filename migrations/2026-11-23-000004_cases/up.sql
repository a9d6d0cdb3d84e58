CREATE TABLE cases (
    id uuid PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    service text NOT NULL,
    -- Pinned when the case is submitted; a draft follows the version in force.
    version text NOT NULL,
    authority text NOT NULL,
    -- The competent office.
    office text NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'open', 'closed')),
    ending text,
    result text CHECK (result IN ('favourable', 'adverse', 'neutral')),
    -- One of eight ordered levels, 1 public … 8 top secret.
    level smallint NOT NULL DEFAULT 4 CHECK (level BETWEEN 1 AND 8),
    language text NOT NULL,
    started_by uuid NOT NULL REFERENCES persons (id),
    organisation uuid REFERENCES organisations (id),
    helper uuid REFERENCES persons (id),
    seq integer NOT NULL DEFAULT 0,
    flow jsonb NOT NULL,
    -- The newest row of case_data.
    revision integer NOT NULL DEFAULT 0,
    next_due timestamptz,
    created_at timestamptz NOT NULL,
    submitted_at timestamptz,
    decided_at timestamptz,
    closed_at timestamptz,
    -- Drafts end by themselves.
    draft_until timestamptz,
    -- Set on closing, by the retention of the service.
    retain_until date,
    retain_then text CHECK (retain_then IN ('erase', 'archive')),
    CHECK (status <> 'draft' OR draft_until IS NOT NULL),
    CHECK (status <> 'closed' OR (ending IS NOT NULL AND retain_until IS NOT NULL))
);
CREATE INDEX cases_due ON cases (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX cases_office ON cases (office, id);
CREATE INDEX cases_draft ON cases (draft_until) WHERE status = 'draft';

CREATE TABLE case_parties (
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    role text NOT NULL,
    ordinal integer NOT NULL DEFAULT 0,
    authority text NOT NULL,
    person uuid REFERENCES persons (id),
    organisation uuid REFERENCES organisations (id),
    share numeric CHECK (share > 0),
    represented_by uuid REFERENCES persons (id),
    PRIMARY KEY (case_id, role, ordinal),
    CHECK (num_nonnulls(person, organisation) = 1)
);
-- The cases of a person, newest first: ids are ordered by time.
CREATE INDEX case_parties_person ON case_parties (person, case_id) WHERE person IS NOT NULL;
CREATE INDEX case_parties_organisation ON case_parties (organisation, case_id) WHERE organisation IS NOT NULL;
CREATE INDEX case_parties_represented ON case_parties (represented_by, case_id) WHERE represented_by IS NOT NULL;

CREATE TABLE case_events (
    case_id uuid NOT NULL,
    seq integer NOT NULL,
    -- When it took effect, and when it was written.
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    actor jsonb NOT NULL,
    PRIMARY KEY (case_id, seq)
);
-- What people state. Erasing or encrypting it leaves the events and their replay whole.
CREATE TABLE case_data (
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    revision integer NOT NULL,
    -- Which key the bytes are encrypted under; 0: none.
    key_id integer NOT NULL DEFAULT 0,
    bytes bytea NOT NULL,
    PRIMARY KEY (case_id, revision)
);

-- The open and past steps that wait for somebody: what queues are read from.
CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    token integer NOT NULL,
    authority text NOT NULL,
    service text NOT NULL,
    version text NOT NULL,
    step text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('task', 'ask', 'charge')),
    -- Of an officer's task.
    office text,
    role text,
    -- Of a party's.
    party text,
    state text NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
    holder uuid REFERENCES persons (id),
    entered_at timestamptz NOT NULL,
    -- The officer's target or, for a party, the last moment; far in the future where there is none.
    due_at timestamptz NOT NULL,
    overdue boolean NOT NULL DEFAULT false,
    outcome text,
    done_at timestamptz,
    UNIQUE (case_id, token),
    CHECK ((kind = 'task') = (office IS NOT NULL AND role IS NOT NULL))
);
CREATE INDEX tasks_queue ON tasks (office, role, due_at, id) WHERE state = 'open' AND kind = 'task';
CREATE INDEX tasks_holder ON tasks (holder, due_at, id) WHERE state = 'open' AND holder IS NOT NULL;

CREATE TABLE documents (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    authority text NOT NULL,
    level smallint NOT NULL DEFAULT 4 CHECK (level BETWEEN 1 AND 8),
    -- Its name in the definition.
    kind text NOT NULL,
    -- Which one of the party it is about.
    ordinal integer NOT NULL DEFAULT 0,
    file_name text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
    media_type text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    state text NOT NULL CHECK (state IN ('received', 'scanned', 'refused')),
    issued date,
    added_by uuid NOT NULL REFERENCES persons (id),
    added_at timestamptz NOT NULL
);
CREATE INDEX documents_case ON documents (case_id, id);
CREATE INDEX documents_content ON documents (sha256);
CREATE INDEX documents_unscanned ON documents (id) WHERE state = 'received';

CREATE TABLE demands (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    token integer NOT NULL,
    authority text NOT NULL,
    fee text NOT NULL,
    amount numeric NOT NULL CHECK (amount > 0),
    currency text NOT NULL CHECK (length(currency) = 3),
    items jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('due', 'paid', 'void', 'returned')),
    demanded_at timestamptz NOT NULL,
    until timestamptz,
    UNIQUE (case_id, token)
);
CREATE TABLE payments (
    id uuid PRIMARY KEY,
    demand uuid NOT NULL REFERENCES demands (id) ON DELETE CASCADE,
    direction text NOT NULL CHECK (direction IN ('in', 'back')),
    provider text NOT NULL,
    -- The provider's own number, once it has acknowledged.
    provider_ref text,
    amount numeric NOT NULL CHECK (amount > 0),
    currency text NOT NULL CHECK (length(currency) = 3),
    state text NOT NULL CHECK (state IN ('asked', 'acknowledged', 'succeeded', 'cancelled', 'timed_out', 'failed')),
    payer uuid REFERENCES persons (id),
    asked_at timestamptz NOT NULL,
    ended_at timestamptz,
    UNIQUE (provider, provider_ref)
);
-- A fee waits for one payment at a time.
CREATE UNIQUE INDEX payments_under_way ON payments (demand) WHERE direction = 'in' AND state IN ('asked', 'acknowledged');
CREATE INDEX payments_demand ON payments (demand);

CREATE TABLE certificates (
    id uuid PRIMARY KEY,
    -- 128 random bits: who holds the paper holds the code.
    code text NOT NULL UNIQUE,
    case_id uuid NOT NULL REFERENCES cases (id),
    authority text NOT NULL,
    service text NOT NULL,
    version text NOT NULL,
    template text NOT NULL,
    token integer NOT NULL,
    -- What it says: the data as they were on issuing.
    content jsonb NOT NULL,
    issued_at timestamptz NOT NULL,
    valid_until timestamptz,
    revoked_at timestamptz,
    revoked_for text
);
CREATE INDEX certificates_case ON certificates (case_id);

-- Notices of the product and words between applicant and office: a person's message box.
CREATE TABLE messages (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    -- The event a notice is about; null for words that somebody wrote.
    seq integer,
    about text NOT NULL,
    -- Who it is for: a person, or the office that has the case.
    person uuid REFERENCES persons (id),
    office text,
    -- Who wrote it; null for the product.
    author uuid REFERENCES persons (id),
    subject text NOT NULL,
    body text NOT NULL,
    language text NOT NULL,
    sent_at timestamptz NOT NULL,
    read_at timestamptz,
    CHECK (num_nonnulls(person, office) = 1)
);
CREATE INDEX messages_person ON messages (person, id) WHERE person IS NOT NULL;
CREATE INDEX messages_case ON messages (case_id, id);
-- An effect that is performed twice sends one notice.
CREATE UNIQUE INDEX messages_once ON messages (case_id, seq, about, person) WHERE seq IS NOT NULL;

CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    route text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    body_hash bytea NOT NULL CHECK (length(body_hash) = 32),
    resource uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, route, key)
);
CREATE INDEX idempotency_keys_at ON idempotency_keys (at);

GRANT SELECT, INSERT, UPDATE ON cases, case_parties, tasks, documents, demands, payments, certificates, messages TO guichet_server;
GRANT DELETE ON cases, case_parties, case_data, documents, tasks, messages, idempotency_keys TO guichet_server;
GRANT SELECT, INSERT ON case_events, case_data, idempotency_keys TO guichet_server;
