-- What arrived of returns (销售退货入库单). A row without a number says that the return was looked up for one.
CREATE TABLE stockin (
    id         INTEGER PRIMARY KEY,
    pipeline   INTEGER NOT NULL REFERENCES pipeline (id),
    refund_no  TEXT    NOT NULL,
    stockin_no TEXT    NOT NULL,
    modified   TEXT,
    content    TEXT,
    UNIQUE (pipeline, refund_no, stockin_no)
) STRICT;
