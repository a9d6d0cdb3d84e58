-- What was given up is looked at by those who operate the server: few rows among many that only wait.
CREATE INDEX jobs_parked ON jobs (id) WHERE parked_at IS NOT NULL;
