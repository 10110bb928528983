-- What never changes apart from what moves: a step of a document writes a short row, under as few indices as its queries
-- need.

-- The return and its bill, as JSON.
CREATE TABLE content (
    document BIGINT PRIMARY KEY REFERENCES document (id),
    source   TEXT,
    bill     TEXT
);
INSERT INTO content (document, source, bill)
    SELECT id, source, bill FROM document WHERE source IS NOT NULL OR bill IS NOT NULL ORDER BY id;

DROP INDEX document_broken;
DROP INDEX document_number;
ALTER TABLE document DROP COLUMN source, DROP COLUMN bill;

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

-- The life of each document, append-only; `n` counts on through the pipeline.
ALTER TABLE pipeline ADD COLUMN events BIGINT NOT NULL DEFAULT 0;
UPDATE pipeline SET events = (SELECT coalesce(max(id), 0) FROM event);
DROP INDEX event_document;
DROP INDEX event_confirmed;
ALTER TABLE event DROP CONSTRAINT event_pkey;
ALTER TABLE event ALTER COLUMN id DROP IDENTITY;
ALTER TABLE event RENAME COLUMN id TO n;
ALTER TABLE event ADD PRIMARY KEY (document, n);
-- What the last day brought; and by when the life of a document that is at rest may be over: what brings it to rest, and
-- what happens to it there.
CREATE INDEX event_rest ON event (at, document) WHERE event = 'confirmed' OR event = 'read_filtered' OR event = 'waiting'
    OR event = 'noticed' OR event = 'reversed' OR event = 'restored';
