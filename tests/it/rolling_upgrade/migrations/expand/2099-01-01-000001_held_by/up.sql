-- The new name beside the old one. Whichever version of the server writes, a trigger writes the other column.
-- A lock that is waited for holds up every statement behind it: soon, or not at all.
SET LOCAL lock_timeout = '5s';
ALTER TABLE tasks ADD COLUMN held_by uuid;
CREATE FUNCTION tasks_both_holders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.held_by := coalesce(NEW.held_by, NEW.holder);
        NEW.holder := NEW.held_by;
    ELSIF NEW.holder IS DISTINCT FROM OLD.holder THEN
        NEW.held_by := NEW.holder;
    ELSIF NEW.held_by IS DISTINCT FROM OLD.held_by THEN
        NEW.holder := NEW.held_by;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tasks_both_holders BEFORE INSERT OR UPDATE ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_both_holders();
