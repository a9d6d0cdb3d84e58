-- Reads the whole table, and lets everybody write meanwhile.
ALTER TABLE tasks VALIDATE CONSTRAINT tasks_held_by_fkey;
