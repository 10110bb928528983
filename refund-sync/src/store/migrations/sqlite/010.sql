-- The facts of an event, packed. What an older program wrote stays the text that it is: a table whose column may hold either
-- is not made anew for it.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'detail   TEXT', 'detail   ANY') WHERE type = 'table' AND name = 'event';
PRAGMA writable_schema = RESET;
