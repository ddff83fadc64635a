-- JSON: what waits for a person, and nothing once the run is over.
ALTER TABLE run ADD COLUMN asks TEXT NOT NULL DEFAULT '[]';

-- Only runs that wait are in it, however many others there are.
CREATE INDEX run_that_waits ON run (started_ms) WHERE asks <> '[]';
