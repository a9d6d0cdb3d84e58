DROP TABLE contact_choices, message_deliveries;
