-- Records by what stands in their fields: whether another one has what only one may have.
CREATE INDEX register_records_fields ON register_records USING gin (record jsonb_path_ops);
