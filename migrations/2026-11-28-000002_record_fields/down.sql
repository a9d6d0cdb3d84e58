DROP INDEX register_records_fields;
