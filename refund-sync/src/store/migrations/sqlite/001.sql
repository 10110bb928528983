-- The journal. Instants are microseconds since 1970 UTC; dates and times of 旺店通 are text in Asia/Shanghai.

CREATE TABLE pipeline (
    id              INTEGER PRIMARY KEY,
    name            TEXT    NOT NULL UNIQUE,
    cursor          TEXT,
    began           TEXT,
    read_until      TEXT,
    clock_offset_ms INTEGER NOT NULL DEFAULT 0,
    limiter         TEXT,
    watched_at      INTEGER,
    fired_at        INTEGER,
    paused_at       INTEGER,
    stopped         TEXT
) STRICT;

CREATE TABLE run (
    id       INTEGER PRIMARY KEY,
    pipeline INTEGER NOT NULL REFERENCES pipeline (id),
    command  TEXT    NOT NULL,
    started  INTEGER NOT NULL,
    ended    INTEGER,
    outcome  TEXT
) STRICT;

-- The ledger of windows. A window that is only `read` is walked again until it is `settled`.
CREATE TABLE "window" (
    id        INTEGER PRIMARY KEY,
    pipeline  INTEGER NOT NULL REFERENCES pipeline (id),
    run       INTEGER NOT NULL,
    start     TEXT    NOT NULL,
    "end"     TEXT    NOT NULL,
    state     TEXT    NOT NULL CHECK (state IN ('read', 'settled')),
    total     INTEGER,
    seen      INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    note      TEXT    NOT NULL DEFAULT '',
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX window_place ON "window" (pipeline, state, "end");

-- One call of BatchSave: the documents it carried may still appear while it runs on in 金蝶.
CREATE TABLE batch (
    id       INTEGER PRIMARY KEY,
    pipeline INTEGER NOT NULL REFERENCES pipeline (id),
    at       INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    appeared INTEGER
) STRICT;

CREATE TABLE document (
    id             INTEGER PRIMARY KEY,
    pipeline       INTEGER NOT NULL REFERENCES pipeline (id),
    refund_no      TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('filtered', 'seen', 'mapped', 'intended', 'saved',
                                                     'submitted', 'audited', 'confirmed', 'parked')),
    modified       TEXT,
    asked_at       INTEGER NOT NULL,
    kind           INTEGER,
    process_status INTEGER,
    shop_no        TEXT    NOT NULL DEFAULT '',
    source         TEXT,
    date           TEXT,
    moved_to       TEXT,
    bill           TEXT,
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
    UNIQUE (pipeline, refund_no)
) STRICT;
CREATE INDEX document_state ON document (pipeline, state, id);
CREATE INDEX document_waiting ON document (pipeline) WHERE pending IS NOT NULL;
CREATE INDEX document_number ON document (refund_no);

-- The life of a document, append-only.
CREATE TABLE event (
    id       INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document (id),
    run      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    event    TEXT    NOT NULL,
    detail   TEXT    NOT NULL
) STRICT;
CREATE INDEX event_document ON event (document);
-- What the last day brought.
CREATE INDEX event_confirmed ON event (at) WHERE event = 'confirmed';

-- What a second process asks of the one that holds the journal.
CREATE TABLE request (
    id       INTEGER PRIMARY KEY,
    pipeline INTEGER NOT NULL REFERENCES pipeline (id),
    request  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    taken    INTEGER NOT NULL DEFAULT 0,
    answer   TEXT
) STRICT;

-- What a part of the program has to remember of a pipeline between two starts, in its own words.
CREATE TABLE note (
    pipeline INTEGER NOT NULL REFERENCES pipeline (id),
    topic    TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    PRIMARY KEY (pipeline, topic)
) STRICT;

-- What persons did on the status page, append-only.
CREATE TABLE action (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    remote   TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    pipeline TEXT    NOT NULL,
    subject  TEXT    NOT NULL
) STRICT;
