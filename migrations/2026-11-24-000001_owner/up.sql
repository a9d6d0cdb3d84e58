-- The server's connections sign in as the owner and then work as guichet_server: the owner must be a member of it, which
-- only a superuser is without being told. From PostgreSQL 16 on a member may also lack the right to SET ROLE, as
-- somebody who made the roles with CREATEROLE does at first.
DO $$
DECLARE
    wanted text;
    needed text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['guichet_server', 'guichet_eraser'] LOOP
        IF NOT pg_has_role(current_user, wanted, needed) THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            EXCEPTION WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'role % must be a member of %; as a superuser: GRANT guichet_server, guichet_eraser TO %',
                    current_user, wanted, quote_ident(current_user) USING ERRCODE = 'insufficient_privilege';
            END;
        END IF;
    END LOOP;
END $$;

-- Not by an owner's slip either. Payloads may be deleted, by the eraser; nothing else of the log may.
CREATE TRIGGER audit_payloads_append_only BEFORE UPDATE OR TRUNCATE ON audit_payloads
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_subjects_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_subjects
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER countries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON countries
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER text_corrections_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON text_corrections
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- A key whose day has passed is used anew in one statement.
GRANT UPDATE (at, body_hash, resource) ON idempotency_keys TO guichet_server;
