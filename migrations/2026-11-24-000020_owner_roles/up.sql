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
