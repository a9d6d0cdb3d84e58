DROP INDEX jobs_in_order;
ALTER TABLE jobs DROP COLUMN lane;
