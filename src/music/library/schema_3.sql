-- A file that was there and is not now, e.g. on a network folder that is gone for a minute: it is kept and not played.
ALTER TABLE files ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;
-- What tells that a file is spoken word, which is played only if a setting says so; NULL for music.
ALTER TABLE files ADD COLUMN spoken TEXT;
-- More formats are read than before, and albums with a CUE sheet by their tracks: every file is looked at once more.
UPDATE files SET retry = 1;
