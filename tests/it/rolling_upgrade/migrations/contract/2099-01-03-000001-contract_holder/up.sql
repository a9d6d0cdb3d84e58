-- Once no server is left that knows the old name.
SET LOCAL lock_timeout = '5s';
DROP TRIGGER tasks_both_holders ON tasks;
DROP FUNCTION tasks_both_holders;
ALTER TABLE tasks DROP COLUMN holder;
