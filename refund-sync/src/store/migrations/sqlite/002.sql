-- Indices for a journal that has grown: nothing that a cycle, the page or a command asks may read through history.

CREATE INDEX window_end ON "window" (pipeline, "end");
CREATE INDEX run_latest ON run (pipeline, id);
CREATE INDEX request_open ON request (pipeline) WHERE taken = 0;
CREATE INDEX document_parked ON document (state, id) WHERE state = 'parked';
CREATE INDEX document_flagged ON document (pipeline) WHERE flags IS NOT NULL;
CREATE INDEX document_filtered ON document (pipeline, kind, process_status, shop_no) WHERE state = 'filtered';
