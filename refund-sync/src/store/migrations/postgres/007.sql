-- What lists show of a document: its money in ten-thousandths of a yuan, when it first came up for a person, and when it was
-- last tried again.
ALTER TABLE document ADD COLUMN amount BIGINT, ADD COLUMN first_parked BIGINT, ADD COLUMN last_tried BIGINT;

-- The numbers by which people look for a return, in capitals: `journal::number` says which; its own where it is written
-- otherwise. Nothing is taken out: a return is found by a number that it had once, too. Documents are never deleted.
CREATE TABLE search (
    key      TEXT     COLLATE "C" NOT NULL,
    kind     SMALLINT NOT NULL,
    document BIGINT   NOT NULL,
    PRIMARY KEY (key, kind, document)
);

-- What shops and warehouses are called in 旺店通.
CREATE TABLE shop (
    pipeline BIGINT NOT NULL REFERENCES pipeline (id),
    no       TEXT   COLLATE "C" NOT NULL,
    name     TEXT   NOT NULL,
    PRIMARY KEY (pipeline, no)
);
CREATE TABLE warehouse (
    pipeline BIGINT NOT NULL REFERENCES pipeline (id),
    no       TEXT   COLLATE "C" NOT NULL,
    name     TEXT   NOT NULL,
    PRIMARY KEY (pipeline, no)
);

-- The texts are taken apart by what they look like: one that somebody edited into nonsense must not end the migration.
UPDATE document SET amount = (trunc(coalesce(
        (SELECT sum(line[1]::numeric) FROM regexp_matches(bill, '"amount":"(-?[0-9]{1,11}(?:[.][0-9]*)?)"', 'g') AS line),
        substring(source FROM '"refund_amount":"(-?[0-9]{1,11}(?:[.][0-9]*)?)"')::numeric,
        substring(source FROM '"actual_refund_amount":"(-?[0-9]{1,11}(?:[.][0-9]*)?)"')::numeric) * 10000))::bigint
FROM content WHERE content.document = document.id;

UPDATE document SET first_parked = (
    SELECT min(at) FROM event
    WHERE event.document = document.id
        AND event.event IN ('read_unreadable', 'refused', 'rejected', 'conflict', 'broken')
        AND n > coalesce((SELECT max(n) FROM event AS over
                          WHERE over.document = document.id AND over.event IN ('read_filtered', 'confirmed')), -1))
WHERE state = 'parked';

UPDATE document SET last_tried = (
    SELECT max(at) FROM event WHERE event.document = document.id AND event.event IN ('requeued', 'intended'))
WHERE state <> 'confirmed' AND state <> 'filtered';

-- Several orders of one return are separated by commas.
INSERT INTO search (key, kind, document)
    SELECT DISTINCT left(upper(btrim(part)), 64), kind, document
    FROM (
        SELECT document, 1 AS kind, substring(source FROM '"tid":"([^"\\]*)"') AS text FROM content
        UNION ALL SELECT document, 2, substring(source FROM '"src_no":"([^"\\]*)"') FROM content
        UNION ALL SELECT document, 3, substring(source FROM '"sales_tid":"([^"\\]*)"') FROM content
        UNION ALL SELECT document, 4, substring(source FROM '"logistics_no":"([^"\\]*)"') FROM content
        UNION ALL SELECT document, 4, substring(source FROM '"return_logistics_no":"([^"\\]*)"') FROM content
        UNION ALL SELECT document, 5, number FROM (
            SELECT document, substring(bill FROM '"number":"([^"\\]*)"') AS number FROM content) AS named
            JOIN document ON document.id = named.document WHERE upper(number) <> refund_no
        UNION ALL SELECT id, 0, refund_no FROM document WHERE upper(refund_no) <> refund_no
        UNION ALL SELECT id, 6, fid FROM document WHERE fid IS NOT NULL
    ) AS told, regexp_split_to_table(text, '[,，]') AS part
    WHERE btrim(part) <> '' ORDER BY 1, 2, 3;

-- The latest name of each.
INSERT INTO shop (pipeline, no, name)
    SELECT DISTINCT ON (pipeline, shop_no) pipeline, shop_no, name
    FROM (SELECT document, substring(source FROM '"shop_name":"([^"\\]+)"') AS name FROM content) AS named
        JOIN document ON document.id = named.document
    WHERE name IS NOT NULL ORDER BY pipeline, shop_no, document.id DESC;

-- What `status` counts, and how much money that is.
DROP INDEX document_filtered;
CREATE INDEX document_filtered ON document (pipeline, kind, process_status, shop_no, amount) WHERE state = 'filtered';
