DROP TRIGGER register_versions_append_only ON register_versions;
DROP TRIGGER case_events_append_only ON case_events;
DROP TABLE audit_subjects, audit_payloads, audit_entries;
DROP FUNCTION append_only();
