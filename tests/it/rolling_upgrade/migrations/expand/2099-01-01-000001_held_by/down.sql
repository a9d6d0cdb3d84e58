DROP TRIGGER tasks_both_holders ON tasks;
DROP FUNCTION tasks_both_holders;
ALTER TABLE tasks DROP COLUMN held_by;
