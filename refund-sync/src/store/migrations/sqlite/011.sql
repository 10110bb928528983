-- What waits, by cause and shop, with its money: sums of a list are read from here alone. The cause as `listing` takes it out
-- of the text, word for word: another expression would not find it.
CREATE INDEX document_sums ON document (pipeline, (iif(substr(parking, 1, 10) IN ('{"cause":"', '[{"kind":"'),
                 substr(parking, 11, instr(substr(parking, 11), '"') - 1), 'unknown')), shop_no, amount)
    WHERE state = 'parked';
