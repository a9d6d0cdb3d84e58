DROP INDEX jobs_parked;
