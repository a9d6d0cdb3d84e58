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
