-- Nothing to undo: the old column was written all along.
SELECT 1;
