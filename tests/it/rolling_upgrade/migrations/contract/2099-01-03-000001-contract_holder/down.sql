ALTER TABLE tasks ADD COLUMN holder uuid REFERENCES persons (id);
UPDATE tasks SET holder = held_by;
CREATE INDEX tasks_holder ON tasks (holder, due_at, id) WHERE state = 'open' AND holder IS NOT NULL;
