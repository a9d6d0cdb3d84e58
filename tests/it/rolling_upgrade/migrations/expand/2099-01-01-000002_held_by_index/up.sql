CREATE INDEX CONCURRENTLY tasks_held_by ON tasks (held_by, due_at, id) WHERE state = 'open' AND held_by IS NOT NULL;
