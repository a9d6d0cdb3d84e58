-- What became of a message on each way out of the message box.
CREATE TABLE message_deliveries (
    message uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'delivered', 'failed')),
    -- The words, where they are others than those of the message.
    words text,
    -- The gateway's own number.
    reference text CHECK (length(reference) BETWEEN 1 AND 200),
    -- When it came into this state.
    at timestamptz NOT NULL,
    PRIMARY KEY (message, channel)
);
CREATE INDEX message_deliveries_reference ON message_deliveries (reference) WHERE reference IS NOT NULL;

-- How a person wants to be told. Without a row: as the country does.
CREATE TABLE contact_choices (
    person uuid PRIMARY KEY REFERENCES persons (id) ON DELETE CASCADE,
    -- Which ways beside the message box; null: e-mail where there is an address, else SMS.
    channels text[] CHECK (channels <@ ARRAY['email', 'sms']),
    language text,
    -- Local time; both the same: no quiet hours.
    quiet_from time,
    quiet_until time,
    revision integer NOT NULL CHECK (revision > 0),
    CHECK (num_nonnulls(quiet_from, quiet_until) <> 1)
);
GRANT SELECT, INSERT, UPDATE ON message_deliveries, contact_choices TO guichet_server;
