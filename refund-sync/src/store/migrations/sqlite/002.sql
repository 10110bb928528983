-- Indices for a journal that has grown: nothing that a cycle, the page or a command asks may read through history.

CREATE INDEX window_end ON "window" (pipeline, "end");
CREATE INDEX run_latest ON run (pipeline, id);
CREATE INDEX request_open ON request (pipeline) WHERE taken = 0;
CREATE INDEX document_parked ON document (state, id) WHERE state = 'parked';
CREATE INDEX document_flagged ON document (pipeline) WHERE flags IS NOT NULL;
CREATE INDEX document_filtered ON document (pipeline, kind, process_status, shop_no) WHERE state = 'filtered';

-- Documents that contradict themselves. Empty, unless somebody edits the journal by hand.
CREATE INDEX document_broken ON document (pipeline) WHERE (state NOT IN ('filtered', 'seen', 'mapped', 'intended', 'saved',
        'submitted', 'audited', 'confirmed', 'parked')
    OR (state = 'seen' AND source IS NULL)
    OR (state IN ('mapped', 'intended') AND (source IS NULL OR bill IS NULL OR mark IS NULL))
    OR (state = 'intended' AND sends = 0)
    OR (state IN ('saved', 'submitted', 'audited') AND bill IS NULL)
    OR (state IN ('saved', 'submitted', 'audited', 'confirmed') AND fid IS NULL)
    OR (state IN ('filtered', 'seen', 'mapped', 'intended') AND fid IS NOT NULL)
    OR (state = 'parked' AND parking IS NULL)
    OR attempts < 0 OR sends < 0);
