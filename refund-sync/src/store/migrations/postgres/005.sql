-- How often a parked document was tried again by itself; when next is its due_at.
ALTER TABLE document ADD COLUMN retries TEXT;
-- FDocumentStatus as it was last read: what a bill had reached when it was confirmed.
ALTER TABLE document ADD COLUMN bill_status TEXT;
CREATE INDEX document_retry ON document (pipeline, due_at) WHERE state = 'parked' AND due_at IS NOT NULL;

-- What was parked before this for a cause that only a change in 金蝶 can lift: the first attempt is in an hour.
UPDATE document SET
    retries = json_build_object('since', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'tries', 0)::text,
    due_at = (extract(epoch FROM now())::bigint + 3600) * 1000000
WHERE state = 'parked' AND due_at IS NULL
    -- {"cause":"…", as it is written; a text that somebody edited must not end the migration.
    AND (split_part(parking, '"', 4) IN ('missing_in_kingdee', 'stock', 'refused', 'busy', 'no_verdict', 'hidden', 'interaction', 'workflow',
        'unverified', 'not_audited', 'wrong_status')
    -- What the mapping refuses has no bill; this one 金蝶 said.
    OR (split_part(parking, '"', 4) = 'closed_period' AND bill IS NOT NULL));
