-- What never changes apart from what moves: a step of a document writes a short row, under as few indices as its queries
-- need. No list (`x IN (…)`) in a check or an index: SQLite would build it anew at every write.

CREATE TABLE document_6 (
    id             INTEGER PRIMARY KEY,
    pipeline       INTEGER NOT NULL REFERENCES pipeline (id),
    refund_no      TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state = 'filtered' OR state = 'seen' OR state = 'mapped' OR state = 'intended'
        OR state = 'saved' OR state = 'submitted' OR state = 'audited' OR state = 'confirmed' OR state = 'parked'),
    modified       TEXT,
    asked_at       INTEGER NOT NULL,
    kind           INTEGER,
    process_status INTEGER,
    shop_no        TEXT    NOT NULL DEFAULT '',
    date           TEXT,
    moved_to       TEXT,
    mark           TEXT,
    rules          TEXT,
    fid            TEXT,
    pending        TEXT,
    parking        TEXT,
    flags          TEXT,
    attempts       INTEGER NOT NULL DEFAULT 0,
    sends          INTEGER NOT NULL DEFAULT 0,
    due_at         INTEGER,
    unknown_since  INTEGER,
    batch          INTEGER REFERENCES batch (id),
    retries        TEXT,
    bill_status    TEXT,
    pruned_until   INTEGER,
    UNIQUE (pipeline, refund_no)
) STRICT;
INSERT INTO document_6 (id, pipeline, refund_no, state, modified, asked_at, kind, process_status, shop_no, date, moved_to, mark,
        rules, fid, pending, parking, flags, attempts, sends, due_at, unknown_since, batch, retries, bill_status, pruned_until)
    SELECT id, pipeline, refund_no, state, modified, asked_at, kind, process_status, shop_no, date, moved_to, mark,
        rules, fid, pending, parking, flags, attempts, sends, due_at, unknown_since, batch, retries, bill_status, pruned_until
    FROM document ORDER BY id;

-- The return and its bill, as JSON.
CREATE TABLE content (
    document INTEGER PRIMARY KEY REFERENCES document (id),
    source   TEXT,
    bill     TEXT
) STRICT;
INSERT INTO content (document, source, bill)
    SELECT id, source, bill FROM document WHERE source IS NOT NULL OR bill IS NOT NULL ORDER BY id;

-- The life of each document, append-only; `n` counts on through the pipeline.
ALTER TABLE pipeline ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
UPDATE pipeline SET events = (SELECT coalesce(max(id), 0) FROM event);
CREATE TABLE event_6 (
    document INTEGER NOT NULL REFERENCES document (id),
    n        INTEGER NOT NULL,
    run      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    event    TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    PRIMARY KEY (document, n)
) STRICT, WITHOUT ROWID;
INSERT INTO event_6 (document, n, run, at, event, detail)
    SELECT document, id, run, at, event, detail FROM event ORDER BY document, id;

DROP TABLE event;
DROP TABLE document;
ALTER TABLE document_6 RENAME TO document;
ALTER TABLE event_6 RENAME TO event;

-- What is due, how many there are of each state, what is parked.
CREATE INDEX document_state ON document (pipeline, state, id);
-- What is parked, of all pipelines; what of it is tried by itself.
CREATE INDEX document_parked ON document (id) WHERE state = 'parked';
CREATE INDEX document_retry ON document (pipeline, due_at) WHERE state = 'parked' AND due_at IS NOT NULL;
-- Rows that wait for the fate of a bill.
CREATE INDEX document_waiting ON document (pipeline) WHERE pending IS NOT NULL;
-- What `status` counts.
CREATE INDEX document_flagged ON document (pipeline) WHERE flags IS NOT NULL;
CREATE INDEX document_filtered ON document (pipeline, kind, process_status, shop_no) WHERE state = 'filtered';
-- Documents that contradict themselves. Empty, unless somebody edits the journal by hand.
CREATE INDEX document_broken ON document (pipeline) WHERE ((state <> 'filtered' AND state <> 'seen' AND state <> 'mapped'
        AND state <> 'intended' AND state <> 'saved' AND state <> 'submitted' AND state <> 'audited'
        AND state <> 'confirmed' AND state <> 'parked')
    OR ((state = 'mapped' OR state = 'intended') AND mark IS NULL)
    OR (state = 'intended' AND sends = 0)
    OR ((state = 'saved' OR state = 'submitted' OR state = 'audited' OR state = 'confirmed') AND fid IS NULL)
    OR ((state = 'filtered' OR state = 'seen' OR state = 'mapped' OR state = 'intended') AND fid IS NOT NULL)
    OR (state = 'parked' AND parking IS NULL)
    OR attempts < 0 OR sends < 0);
-- What the last day brought; and by when the life of a document that is at rest may be over: what brings it to rest, and
-- what happens to it there.
CREATE INDEX event_rest ON event (at, document) WHERE event = 'confirmed' OR event = 'read_filtered' OR event = 'waiting'
    OR event = 'noticed' OR event = 'reversed' OR event = 'restored';
