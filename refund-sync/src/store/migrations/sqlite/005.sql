-- How often a parked document was tried again by itself; when next is its due_at.
ALTER TABLE document ADD COLUMN retries TEXT;
-- FDocumentStatus as it was last read: what a bill had reached when it was confirmed.
ALTER TABLE document ADD COLUMN bill_status TEXT;
CREATE INDEX document_retry ON document (pipeline, due_at) WHERE state = 'parked' AND due_at IS NOT NULL;

-- What was parked before this for a cause that only a change in 金蝶 can lift: the first attempt is in an hour.
UPDATE document SET
    retries = json_object('since', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), 'tries', 0),
    due_at = (unixepoch('now') + 3600) * 1000000
WHERE state = 'parked' AND due_at IS NULL
    AND (CASE WHEN json_valid(parking) THEN parking ->> 'cause' END IN ('missing_in_kingdee', 'stock', 'refused', 'busy', 'no_verdict', 'hidden', 'interaction', 'workflow',
        'unverified', 'not_audited', 'wrong_status')
    -- What the mapping refuses has no bill; this one 金蝶 said.
    OR (CASE WHEN json_valid(parking) THEN parking ->> 'cause' END = 'closed_period' AND bill IS NOT NULL));
