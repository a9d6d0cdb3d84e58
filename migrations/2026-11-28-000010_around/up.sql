SET LOCAL lock_timeout = '5s';
-- What hangs on the case and every look at it needs: parties, tasks, whether it issued certificates. A copy, so that a
-- look reads one row; it counts only where the `seq` in it is that of the row, else the tables are read.
ALTER TABLE cases ADD COLUMN around json;
-- Rows of a case stay whole up to this size: to take a row apart and to compress it costs each act and each look more.
ALTER TABLE cases SET (toast_tuple_target = 8160);
