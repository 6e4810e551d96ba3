-- A file that was there and is not now, e.g. on a network folder that is gone for a minute: it is kept and not played.
ALTER TABLE files ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;
