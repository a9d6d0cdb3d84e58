ALTER TABLE cases RESET (toast_tuple_target);
ALTER TABLE cases DROP COLUMN around;
