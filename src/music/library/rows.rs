//! Rows of the library: how files, sounds and overrides are written and read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Row, Transaction, params};

use crate::music::analysis;
use crate::music::analysis::{MeasuredBeat, MeasuredKey, SoundAnalysis};
use crate::music::library::records::{ContentHash, StoredTrack, TrackOverride};
use crate::music::library::tags::TrackTags;
use crate::music::library::walk_folder::MusicFile;

/// The paths below a folder lie between these two.
pub(super) fn range(below: &Path) -> (String, String) {
    let folder = below.to_string_lossy();
    let folder = folder.trim_end_matches('/');
    // '0' follows '/'.
    (format!("{folder}/"), format!("{folder}0"))
}

/// Writes a file that was looked at; its number.
pub(super) fn put_one(
    transaction: &Transaction<'_>,
    on_disk: &MusicFile,
    found: &Result<(TrackTags, Option<f32>), (String, bool)>,
) -> rusqlite::Result<i64> {
    let empty = TrackTags::default();
    let (tags, sentiment, reason, retry) = match found {
        Ok((tags, sentiment)) => (tags, *sentiment, None, false),
        Err((reason, retry)) => (&empty, None, Some(reason), *retry),
    };
    // Only other words beside the file leave its contents, and so their hash, as they are.
    let mut statement = transaction.prepare_cached(
        "INSERT INTO files (path, size, modified, words_modified, title, artist, album, genre, bpm, key, moods,
                            valence, energy, danceability, seconds, lufs, sentiment, reason, retry)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
         ON CONFLICT (path) DO UPDATE SET
             hash = CASE WHEN size = excluded.size AND modified = excluded.modified THEN hash END,
             size = excluded.size, modified = excluded.modified, words_modified = excluded.words_modified,
             title = excluded.title, artist = excluded.artist, album = excluded.album, genre = excluded.genre,
             bpm = excluded.bpm, key = excluded.key, moods = excluded.moods, valence = excluded.valence,
             energy = excluded.energy, danceability = excluded.danceability, seconds = excluded.seconds,
             lufs = excluded.lufs, sentiment = excluded.sentiment, reason = excluded.reason,
             retry = excluded.retry
         RETURNING id",
    )?;
    statement.query_row(
        params![
            on_disk.path.to_string_lossy(),
            on_disk.size,
            on_disk.modified,
            on_disk.words_modified,
            tags.title,
            tags.artist,
            tags.album,
            tags.genre,
            tags.bpm,
            tags.key,
            tags.moods.join(" "),
            tags.valence,
            tags.energy,
            tags.danceability,
            tags.duration.as_secs_f64(),
            tags.lufs,
            sentiment,
            reason,
            retry,
        ],
        |row| row.get(0),
    )
}

/// Writes what was measured, or why it could not be.
pub(super) fn put_sound(
    transaction: &Transaction<'_>,
    hash: &ContentHash,
    sound: Result<&SoundAnalysis, &str>,
) -> rusqlite::Result<()> {
    let silent = SoundAnalysis::default();
    let (measured, failure) = match sound {
        Ok(measured) => (measured, None),
        Err(reason) => (&silent, Some(reason)),
    };
    let (beat, key) = (measured.beat, measured.key);
    // What is no number would be NULL in the database.
    let number = |value: f32| if value.is_finite() { value } else { 0.0 };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO sounds VALUES
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
        )?
        .execute(params![
            hash,
            analysis::VERSION,
            failure,
            number(measured.seconds),
            number(measured.lufs),
            number(measured.true_peak),
            number(measured.intro_end),
            number(measured.outro_start),
            number(measured.sound_end),
            beat.map(|beat| number(beat.bpm)),
            beat.map(|beat| number(beat.first)),
            beat.map(|beat| beat.metre),
            beat.map(|beat| number(beat.clarity)),
            beat.map(|beat| number(beat.steadiness)),
            key.map(|key| key.tonic),
            key.map(|key| key.minor),
            key.map(|key| number(key.clarity)),
            key.map(|key| number(key.mode)),
            number(measured.flux),
            number(measured.onsets),
            number(measured.centroid),
            number(measured.roughness),
        ])
        .map(|_| ())
}

/// Writes what a person set; nothing set is no row.
pub(super) fn put_override(
    transaction: &Transaction<'_>,
    hash: &ContentHash,
    set: &TrackOverride,
) -> rusqlite::Result<()> {
    if *set == TrackOverride::default() {
        return transaction.execute("DELETE FROM overrides WHERE hash = ?1", params![hash]).map(|_| ());
    }
    let values = params![hash, set.valence, set.energy, set.danceability, set.bpm];
    transaction.execute("INSERT OR REPLACE INTO overrides VALUES (?1, ?2, ?3, ?4, ?5)", values).map(|_| ())
}

/// Everything that is known about a file.
pub(super) const TRACK: &str = "
    SELECT files.id, files.path, files.title, files.artist, files.album, files.genre, files.bpm, files.key,
           files.moods, files.valence, files.energy, files.danceability, files.seconds, files.lufs,
           files.sentiment,
           sounds.hash IS NOT NULL AND sounds.failure IS NULL, sounds.seconds, sounds.lufs, sounds.true_peak,
           sounds.intro_end, sounds.outro_start, sounds.sound_end, sounds.bpm, sounds.beat_first, sounds.metre,
           sounds.beat_clarity, sounds.steadiness, sounds.tonic, sounds.minor, sounds.key_clarity, sounds.mode,
           sounds.flux, sounds.onsets, sounds.centroid, sounds.roughness,
           overrides.valence, overrides.energy, overrides.danceability, overrides.bpm
    FROM files LEFT JOIN sounds ON sounds.hash = files.hash LEFT JOIN overrides ON overrides.hash = files.hash";

/// The columns of [`TRACK`].
pub(super) fn stored(row: &Row<'_>) -> rusqlite::Result<StoredTrack> {
    let tags = TrackTags {
        title: row.get(2)?,
        artist: row.get(3)?,
        album: row.get(4)?,
        genre: row.get(5)?,
        bpm: row.get(6)?,
        key: row.get(7)?,
        moods: row
            .get_ref(8)?
            .as_str()?
            .split(' ')
            .filter(|mood| !mood.is_empty())
            .map(str::to_owned)
            .collect(),
        valence: row.get(9)?,
        energy: row.get(10)?,
        danceability: row.get(11)?,
        duration: Duration::try_from_secs_f64(row.get(12)?).unwrap_or_default(),
        lufs: row.get(13)?,
        lyrics: None,
    };
    let sound = if row.get(15)? { Some(measured(row)?) } else { None };
    let set = TrackOverride {
        valence: row.get(35)?,
        energy: row.get(36)?,
        danceability: row.get(37)?,
        bpm: row.get(38)?,
    };
    let path = PathBuf::from(row.get_ref(1)?.as_str()?);
    Ok(StoredTrack { id: row.get(0)?, path, tags, sentiment: row.get(14)?, sound, set })
}

fn measured(row: &Row<'_>) -> rusqlite::Result<SoundAnalysis> {
    let beat = match row.get::<_, Option<f32>>(22)? {
        Some(bpm) => Some(MeasuredBeat {
            bpm,
            first: row.get(23)?,
            metre: row.get(24)?,
            clarity: row.get(25)?,
            steadiness: row.get(26)?,
        }),
        None => None,
    };
    let key = match row.get::<_, Option<u8>>(27)? {
        Some(tonic) => {
            Some(MeasuredKey { tonic, minor: row.get(28)?, clarity: row.get(29)?, mode: row.get(30)? })
        }
        None => None,
    };
    Ok(SoundAnalysis {
        seconds: row.get(16)?,
        lufs: row.get(17)?,
        true_peak: row.get(18)?,
        intro_end: row.get(19)?,
        outro_start: row.get(20)?,
        sound_end: row.get(21)?,
        beat,
        key,
        flux: row.get(31)?,
        onsets: row.get(32)?,
        centroid: row.get(33)?,
        roughness: row.get(34)?,
    })
}
