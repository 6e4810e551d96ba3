-- Loudness and peak of each 100 ms, a byte each (`music/loudness_envelope.rs`); NULL where nothing was measured.
ALTER TABLE sounds ADD COLUMN envelope BLOB;
-- Tags are read in more ways than before: every file is looked at once more.
UPDATE files SET retry = 1;
