DROP TABLE register_numbers, register_versions, register_records, checked_definitions, text_corrections,
    service_versions, countries;
