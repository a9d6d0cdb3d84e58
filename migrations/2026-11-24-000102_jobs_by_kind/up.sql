-- Each worker takes jobs of its kinds: it must not walk past those of others, however many wait.
CREATE INDEX jobs_due ON jobs (kind, run_at, id) WHERE parked_at IS NULL;
DROP INDEX jobs_ready;
