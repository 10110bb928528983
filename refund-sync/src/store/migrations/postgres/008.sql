-- What a person decided about a return.
ALTER TABLE document ADD COLUMN decision TEXT;
ALTER TABLE document DROP CONSTRAINT document_state_check;
ALTER TABLE document ADD CONSTRAINT document_state_check CHECK (state IN ('filtered', 'seen', 'mapped', 'intended', 'saved',
    'submitted', 'audited', 'confirmed', 'parked', 'decided'));

DROP INDEX document_broken;
-- Documents that contradict themselves. Empty, unless somebody edits the journal by hand.
CREATE INDEX document_broken ON document (pipeline) WHERE ((state <> 'filtered' AND state <> 'seen' AND state <> 'mapped'
        AND state <> 'intended' AND state <> 'saved' AND state <> 'submitted' AND state <> 'audited'
        AND state <> 'confirmed' AND state <> 'parked' AND state <> 'decided')
    OR ((state = 'mapped' OR state = 'intended') AND mark IS NULL)
    OR (state = 'intended' AND sends = 0)
    OR ((state = 'saved' OR state = 'submitted' OR state = 'audited' OR state = 'confirmed') AND fid IS NULL)
    OR ((state = 'filtered' OR state = 'seen' OR state = 'mapped' OR state = 'intended') AND fid IS NOT NULL)
    OR (state = 'parked' AND parking IS NULL)
    OR (state = 'decided' AND (parking IS NULL OR decision IS NULL))
    OR attempts < 0 OR sends < 0);

-- Who did what on the status page.
ALTER TABLE action ADD COLUMN person TEXT NOT NULL DEFAULT '';
