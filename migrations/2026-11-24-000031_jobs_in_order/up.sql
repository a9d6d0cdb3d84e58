-- Jobs of one case, kind and lane are performed one after the other, in the order in which they were queued.
ALTER TABLE jobs ADD COLUMN lane text NOT NULL DEFAULT '';
CREATE INDEX jobs_in_order ON jobs (case_id, kind, lane, id) WHERE parked_at IS NULL;
