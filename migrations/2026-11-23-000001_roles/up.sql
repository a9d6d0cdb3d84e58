-- The server works under a role that may not change what is append-only; erasing has a role of its own.
-- Roles belong to the whole cluster: another database of the same cluster may have made them already.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guichet_server') THEN
        CREATE ROLE guichet_server NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guichet_eraser') THEN
        CREATE ROLE guichet_eraser NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO guichet_server, guichet_eraser;
