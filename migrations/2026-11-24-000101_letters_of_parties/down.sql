UPDATE messages m SET person = c.started_by FROM cases c
    WHERE c.id = m.case_id AND m.person IS NULL AND m.office IS NULL;
ALTER TABLE messages DROP CONSTRAINT messages_addressed;
ALTER TABLE messages DROP COLUMN party;
ALTER TABLE messages ADD CONSTRAINT messages_check CHECK (num_nonnulls(person, office) = 1);
