-- The return and its bill, packed. What an older program wrote stays the text that it is, until it changes.

CREATE TABLE content_9 (
    document INTEGER PRIMARY KEY REFERENCES document (id),
    source   ANY,
    bill     ANY
) STRICT;
INSERT INTO content_9 (document, source, bill) SELECT document, source, bill FROM content ORDER BY document;
DROP TABLE content;
ALTER TABLE content_9 RENAME TO content;
