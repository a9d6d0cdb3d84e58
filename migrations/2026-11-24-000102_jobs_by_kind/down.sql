CREATE INDEX jobs_ready ON jobs (run_at, id) WHERE parked_at IS NULL;
DROP INDEX jobs_due;
