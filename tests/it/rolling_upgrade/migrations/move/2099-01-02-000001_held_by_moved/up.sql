-- A batch is a transaction: no row is locked for long, and a move that was cut off is simply begun again.
-- (Seven rows, so that a test has several batches; a real table takes some thousands.)
DO $$
DECLARE
    last uuid := '00000000-0000-0000-0000-000000000000';
    next uuid;
BEGIN
    LOOP
        WITH batch AS (SELECT id FROM tasks WHERE id > last ORDER BY id LIMIT 7 FOR UPDATE),
            moved AS (UPDATE tasks t SET held_by = t.holder FROM batch b
                WHERE t.id = b.id AND t.held_by IS DISTINCT FROM t.holder)
        SELECT id INTO next FROM batch ORDER BY id DESC LIMIT 1;
        COMMIT;
        EXIT WHEN next IS NULL;
        last := next;
    END LOOP;
END $$;
