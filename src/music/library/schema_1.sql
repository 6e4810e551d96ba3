CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    -- Nanoseconds since 1970, of the file and of the words beside it (0: none).
    modified INTEGER NOT NULL,
    words_modified INTEGER NOT NULL,
    -- SHA-256 of the contents; NULL until it was taken.
    hash BLOB,
    title TEXT,
    artist TEXT,
    album TEXT,
    genre TEXT,
    bpm REAL,
    key TEXT,
    moods TEXT NOT NULL,
    valence REAL,
    energy REAL,
    danceability REAL,
    seconds REAL NOT NULL,
    -- Loudness that a ReplayGain or R 128 tag implies.
    lufs REAL,
    -- Of the words, -1 to 1; NULL where there are none in a language that is known.
    sentiment REAL,
    -- Why the file cannot be used, and whether that may change while the file does not.
    reason TEXT,
    retry INTEGER NOT NULL
) STRICT;
CREATE INDEX files_by_hash ON files (hash);

CREATE TABLE sounds (
    hash BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    failure TEXT,
    seconds REAL NOT NULL,
    lufs REAL NOT NULL,
    true_peak REAL NOT NULL,
    intro_end REAL NOT NULL,
    outro_start REAL NOT NULL,
    sound_end REAL NOT NULL,
    bpm REAL,
    beat_first REAL,
    metre INTEGER,
    beat_clarity REAL,
    steadiness REAL,
    tonic INTEGER,
    minor INTEGER,
    key_clarity REAL,
    mode REAL,
    flux REAL NOT NULL,
    onsets REAL NOT NULL,
    centroid REAL NOT NULL,
    roughness REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE overrides (
    hash BLOB PRIMARY KEY,
    valence REAL,
    energy REAL,
    danceability REAL,
    bpm REAL
) STRICT, WITHOUT ROWID;
