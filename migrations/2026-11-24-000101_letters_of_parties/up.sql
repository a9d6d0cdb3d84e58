-- A letter has a side, not a person: everybody on it reads what the office writes to it and what one of them wrote.
-- Of words to the office it is the party that wrote; of words of the office, the party they are for.
ALTER TABLE messages ADD COLUMN party text;
ALTER TABLE messages DROP CONSTRAINT messages_check;
ALTER TABLE messages ADD CONSTRAINT messages_addressed
    CHECK (num_nonnulls(person, office) <= 1 AND num_nonnulls(person, office, party) > 0);
