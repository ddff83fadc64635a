-- A run, and what a list shows of it.
CREATE TABLE run (
    id            TEXT    NOT NULL PRIMARY KEY,
    workflow      TEXT    NOT NULL,
    package       TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    directory     TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    started_ms    INTEGER NOT NULL,
    updated_ms    INTEGER NOT NULL,
    -- Grows with every lease: appends of an earlier holder no longer fit.
    owner_epoch   INTEGER NOT NULL,
    -- The end of the chain: a lost tail shows.
    last_seq      INTEGER NOT NULL,
    head          BLOB    NOT NULL,
    tasks         INTEGER NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_usd      REAL,
    -- JSON: the tasks at work and their states.
    open          TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX run_by_start ON run (started_ms);

CREATE TABLE event (
    run_id  TEXT    NOT NULL REFERENCES run (id),
    seq     INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    at_ms   INTEGER NOT NULL,
    -- JSON; see `blobs` for texts that are not in it.
    payload TEXT    NOT NULL,
    -- JSON: JSON pointer into the payload -> digest.
    blobs   TEXT,
    -- SHA-256 of the previous event's hash and of this row.
    hash    BLOB    NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- What other processes tell the one that drives a run.
CREATE TABLE inbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id  TEXT    NOT NULL REFERENCES run (id),
    message TEXT    NOT NULL
) STRICT;

CREATE INDEX inbox_by_run ON inbox (run_id);
