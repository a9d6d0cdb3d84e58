DROP INDEX tasks_held_by;
