CREATE TABLE persons (
    id uuid PRIMARY KEY,
    -- [{script, given, family, full}]; a full name alone is enough. NFC.
    names jsonb NOT NULL CHECK (jsonb_typeof(names) = 'array' AND jsonb_array_length(names) > 0),
    -- A date, or a year alone where no more is known.
    birth_date text CHECK (birth_date ~ '^\d{4}(-\d{2}-\d{2})?$'),
    sex text CHECK (sex IN ('female', 'male', 'other')),
    language text,
    email text,
    phone text,
    died_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE person_identifiers (
    type text NOT NULL,
    issuer text NOT NULL,
    -- HMAC of the normalised value: enough to find a person, not to list numbers.
    value_hash bytea NOT NULL CHECK (length(value_hash) = 32),
    person uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    PRIMARY KEY (type, issuer, value_hash)
);
CREATE INDEX person_identifiers_person ON person_identifiers (person);
CREATE TABLE person_addresses (
    id uuid PRIMARY KEY,
    person uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    lines jsonb NOT NULL,
    area text,
    postcode text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX person_addresses_person ON person_addresses (person);
-- Who an issuer's subject is.
CREATE TABLE identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    person uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_person ON identities (person);

CREATE TABLE organisations (
    id uuid PRIMARY KEY,
    names jsonb NOT NULL CHECK (jsonb_typeof(names) = 'array' AND jsonb_array_length(names) > 0),
    email text,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE organisation_identifiers (
    type text NOT NULL,
    issuer text NOT NULL,
    value_hash bytea NOT NULL CHECK (length(value_hash) = 32),
    organisation uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    PRIMARY KEY (type, issuer, value_hash)
);
CREATE INDEX organisation_identifiers_organisation ON organisation_identifiers (organisation);
CREATE TABLE organisation_addresses (
    id uuid PRIMARY KEY,
    organisation uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    lines jsonb NOT NULL,
    area text,
    postcode text
);
CREATE INDEX organisation_addresses_organisation ON organisation_addresses (organisation);
-- Who may sign for an organisation.
CREATE TABLE mandates (
    person uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    organisation uuid NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    from_day date NOT NULL,
    until_day date,
    PRIMARY KEY (person, organisation, from_day)
);
CREATE INDEX mandates_organisation ON mandates (organisation);

CREATE TABLE authorities (
    id text PRIMARY KEY,
    names jsonb NOT NULL,
    time_zone text NOT NULL,
    main_office text NOT NULL
);
CREATE TABLE offices (
    id text PRIMARY KEY,
    authority text NOT NULL REFERENCES authorities (id),
    names jsonb NOT NULL,
    area text,
    parent text
);
CREATE INDEX offices_authority ON offices (authority);
CREATE TABLE posts (
    id uuid PRIMARY KEY,
    person uuid NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    role text NOT NULL,
    office text NOT NULL REFERENCES offices (id),
    authority text NOT NULL REFERENCES authorities (id),
    from_day date NOT NULL,
    until_day date,
    UNIQUE (person, role, office, from_day)
);
CREATE INDEX posts_office ON posts (office, role);

GRANT SELECT, INSERT, UPDATE ON persons, person_identifiers, person_addresses, identities, organisations,
    organisation_identifiers, organisation_addresses, mandates, authorities, offices, posts TO guichet_server;
GRANT DELETE ON posts, mandates TO guichet_server;
