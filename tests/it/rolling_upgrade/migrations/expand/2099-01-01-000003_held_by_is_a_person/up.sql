-- Two tables are locked, in the order in which the server writes them: the other way round the two would meet.
SET LOCAL lock_timeout = '5s';
LOCK TABLE persons IN SHARE ROW EXCLUSIVE MODE;
-- New rows are checked from now on, those that are there once they are moved.
ALTER TABLE tasks ADD CONSTRAINT tasks_held_by_fkey FOREIGN KEY (held_by) REFERENCES persons (id) NOT VALID;
