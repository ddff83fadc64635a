-- Whether nothing new is sent out until somebody continues.
ALTER TABLE run ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
