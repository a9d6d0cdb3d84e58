DROP TABLE business_time, jobs;
