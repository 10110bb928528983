-- When the past was last pruned, and up to when the history of a document was.
ALTER TABLE pipeline ADD COLUMN pruned_at BIGINT;
ALTER TABLE document ADD COLUMN pruned_until BIGINT;
