-- What lists show of a document: its money in ten-thousandths of a yuan, when it first came up for a person, and when it was
-- last tried again.
ALTER TABLE document ADD COLUMN amount INTEGER;
ALTER TABLE document ADD COLUMN first_parked INTEGER;
ALTER TABLE document ADD COLUMN last_tried INTEGER;

-- The numbers by which people look for a return, in capitals: `journal::number` says which; its own where it is written
-- otherwise. Nothing is taken out: a return is found by a number that it had once, too. Documents are never deleted.
CREATE TABLE search (
    key      TEXT    NOT NULL,
    kind     INTEGER NOT NULL,
    document INTEGER NOT NULL,
    PRIMARY KEY (key, kind, document)
) STRICT, WITHOUT ROWID;

-- What shops and warehouses are called in 旺店通.
CREATE TABLE shop (
    pipeline INTEGER NOT NULL REFERENCES pipeline (id),
    no       TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    PRIMARY KEY (pipeline, no)
) STRICT, WITHOUT ROWID;
CREATE TABLE warehouse (
    pipeline INTEGER NOT NULL REFERENCES pipeline (id),
    no       TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    PRIMARY KEY (pipeline, no)
) STRICT, WITHOUT ROWID;

-- Money is text such as -12.5: its figures before the point and four behind it are the number. What somebody edited into
-- nonsense has none.
WITH told (document, line, text) AS (
    SELECT document, NULL, coalesce(source ->> 'refund_amount', source ->> 'actual_refund_amount')
        FROM content WHERE json_valid(source)
    UNION ALL
    SELECT document, line.key, line.value ->> 'amount'
        FROM content, json_each(iif(json_valid(bill), bill, '{}'), '$.lines') AS line
), figure (document, line, units) AS (
    SELECT document, line, CAST(substr(text, 1, instr(text || '.', '.') - 1)
            || substr(substr(text, instr(text || '.', '.') + 1) || '0000', 1, 4) AS INTEGER)
        FROM told WHERE text GLOB '[-0-9]*' AND instr(text || '.', '.') <= 12
), money (document, units) AS (
    SELECT document, coalesce(sum(units) FILTER (WHERE line IS NOT NULL), max(units)) FROM figure GROUP BY document
)
UPDATE document SET amount = money.units FROM money WHERE document.id = money.document;

UPDATE document SET first_parked = (
    SELECT min(at) FROM event
    WHERE event.document = document.id AND event IN ('read_unreadable', 'refused', 'rejected', 'conflict', 'broken')
        AND n > coalesce((SELECT max(n) FROM event AS over
                          WHERE over.document = document.id AND over.event IN ('read_filtered', 'confirmed')), -1))
WHERE state = 'parked';

UPDATE document SET last_tried = (
    SELECT max(at) FROM event WHERE event.document = document.id AND event IN ('requeued', 'intended'))
WHERE state <> 'confirmed' AND state <> 'filtered';

-- Several orders of one return are separated by commas.
WITH RECURSIVE told (document, kind, text) AS (
    SELECT document, 1, source ->> 'tid' FROM content WHERE json_valid(source)
    UNION ALL SELECT document, 2, source ->> 'src_no' FROM content WHERE json_valid(source)
    UNION ALL SELECT document, 3, source ->> 'sales_tid' FROM content WHERE json_valid(source)
    UNION ALL SELECT document, 4, source ->> '$.further.logistics_no' FROM content WHERE json_valid(source)
    UNION ALL SELECT document, 4, source ->> '$.further.return_logistics_no' FROM content WHERE json_valid(source)
    UNION ALL SELECT document, 5, bill ->> 'number' FROM content JOIN document ON document.id = content.document
        WHERE json_valid(bill) AND upper(bill ->> 'number') <> refund_no
    UNION ALL SELECT id, 0, refund_no FROM document WHERE upper(refund_no) <> refund_no
    UNION ALL SELECT id, 6, fid FROM document WHERE fid IS NOT NULL
), part (document, kind, key, rest) AS (
    SELECT document, kind, '', replace(text, '，', ',') || ',' FROM told WHERE text <> ''
    UNION ALL
    SELECT document, kind, substr(rest, 1, instr(rest, ',') - 1), substr(rest, instr(rest, ',') + 1)
        FROM part WHERE rest <> ''
)
INSERT OR IGNORE INTO search (key, kind, document)
    SELECT substr(upper(trim(key)), 1, 64), kind, document FROM part WHERE trim(key) <> '' ORDER BY 1, 2, 3;

-- The latest name of each.
INSERT INTO shop (pipeline, no, name)
    SELECT pipeline, no, name FROM (
        SELECT pipeline, shop_no AS no, source ->> '$.further.shop_name' AS name, max(document.id)
        FROM content JOIN document ON document.id = content.document
        WHERE json_valid(source) AND source ->> '$.further.shop_name' <> '' GROUP BY pipeline, shop_no);

-- What `status` counts, and how much money that is.
DROP INDEX document_filtered;
CREATE INDEX document_filtered ON document (pipeline, kind, process_status, shop_no, amount) WHERE state = 'filtered';
