REVOKE UPDATE (at, body_hash, resource) ON idempotency_keys FROM guichet_server;
DROP TRIGGER text_corrections_append_only ON text_corrections;
DROP TRIGGER countries_append_only ON countries;
DROP TRIGGER audit_subjects_append_only ON audit_subjects;
DROP TRIGGER audit_payloads_append_only ON audit_payloads;
