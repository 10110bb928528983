-- How often a parked document was tried again by itself; when next is its due_at.
ALTER TABLE document ADD COLUMN retries TEXT;
CREATE INDEX document_retry ON document (pipeline, due_at) WHERE state = 'parked' AND due_at IS NOT NULL;
