ALTER TABLE tasks DROP CONSTRAINT tasks_held_by_fkey;
