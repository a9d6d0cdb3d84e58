DROP TABLE register_watches;
