//! Rows of the library: how files, sounds and overrides are written and read.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::FromSql;
use rusqlite::{Row, Transaction, named_params, params};

use super::records::{ContentHash, StoredTrack, TrackOverride};
use super::track_tags::TrackTags;
use super::walk_folder::MusicFile;
use crate::foundation::{path_of_text, text_of_path};
use crate::music::analysis::{self, AnalysedTrack, MeasuredBeat, MeasuredKey, SoundAnalysis};
use crate::music::units::{Dbfs, Lufs};

/// The paths below a folder lie between these two.
pub(super) fn range(below: &Path) -> (String, String) {
    let folder = text_of_path(below);
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
                            valence, energy, danceability, seconds, lufs, sentiment, spoken, reason, retry)
         VALUES (:path, :size, :modified, :words_modified, :title, :artist, :album, :genre, :bpm, :key, :moods,
                 :valence, :energy, :danceability, :seconds, :lufs, :sentiment, :spoken, :reason, :retry)
         ON CONFLICT (path) DO UPDATE SET
             hash = CASE WHEN size = excluded.size AND modified = excluded.modified THEN hash END,
             size = excluded.size, modified = excluded.modified, words_modified = excluded.words_modified,
             title = excluded.title, artist = excluded.artist, album = excluded.album, genre = excluded.genre,
             bpm = excluded.bpm, key = excluded.key, moods = excluded.moods, valence = excluded.valence,
             energy = excluded.energy, danceability = excluded.danceability, seconds = excluded.seconds,
             lufs = excluded.lufs, sentiment = excluded.sentiment, spoken = excluded.spoken,
             reason = excluded.reason, retry = excluded.retry, missing = 0
         RETURNING id",
    )?;
    statement.query_row(
        named_params! {
            ":path": text_of_path(&on_disk.path),
            ":size": on_disk.size,
            ":modified": on_disk.modified,
            ":words_modified": on_disk.words_modified,
            ":title": tags.title,
            ":artist": joined(&tags.artists),
            ":album": tags.album,
            ":genre": joined(&tags.genres),
            ":bpm": tags.bpm,
            ":key": tags.key,
            ":moods": tags.moods.join(" "),
            ":valence": tags.valence,
            ":energy": tags.energy,
            ":danceability": tags.danceability,
            ":seconds": tags.duration.as_secs_f64(),
            ":lufs": tags.lufs.map(|Lufs(lufs)| lufs),
            ":sentiment": sentiment,
            ":spoken": tags.spoken,
            ":reason": reason,
            ":retry": retry,
        },
        |row| row.get("id"),
    )
}

/// Several values of a tag in one column. Values are on one line, so a line break divides them.
fn joined(values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| values.join("\n"))
}

fn divided(values: Option<String>) -> Vec<String> {
    values.map_or_else(Vec::new, |values| values.split('\n').map(str::to_owned).collect())
}

/// Writes what was measured, or why it could not be.
pub(super) fn put_sound(
    transaction: &Transaction<'_>,
    hash: &ContentHash,
    sound: Result<&AnalysedTrack, &str>,
) -> rusqlite::Result<()> {
    let silent = AnalysedTrack::default();
    let (track, failure) = match sound {
        Ok(track) => (track, None),
        Err(reason) => (&silent, Some(reason)),
    };
    let AnalysedTrack { sound, envelope } = track;
    let (beat, key) = (sound.beat, sound.key);
    // What is no number would be NULL in the database.
    let number = |value: f32| if value.is_finite() { value } else { 0.0 };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO sounds (
                 hash, version, failure, seconds, lufs, true_peak, intro_end, outro_start, sound_end,
                 bpm, beat_first, metre, beat_clarity, steadiness, tonic, minor, key_clarity, mode,
                 flux, onsets, centroid, roughness, envelope)
             VALUES (
                 :hash, :version, :failure, :seconds, :lufs, :true_peak, :intro_end, :outro_start, :sound_end,
                 :bpm, :beat_first, :metre, :beat_clarity, :steadiness, :tonic, :minor, :key_clarity, :mode,
                 :flux, :onsets, :centroid, :roughness, :envelope)",
        )?
        .execute(named_params! {
            ":hash": hash,
            ":version": analysis::VERSION,
            ":failure": failure,
            ":seconds": number(sound.seconds),
            ":lufs": number(sound.lufs.0),
            ":true_peak": number(sound.true_peak.0),
            ":intro_end": number(sound.intro_end),
            ":outro_start": number(sound.outro_start),
            ":sound_end": number(sound.sound_end),
            ":bpm": beat.map(|beat| number(beat.bpm)),
            ":beat_first": beat.map(|beat| number(beat.first)),
            ":metre": beat.map(|beat| beat.metre),
            ":beat_clarity": beat.map(|beat| number(beat.clarity)),
            ":steadiness": beat.map(|beat| number(beat.steadiness)),
            ":tonic": key.map(|key| key.tonic),
            ":minor": key.map(|key| key.minor),
            ":key_clarity": key.map(|key| number(key.clarity)),
            ":mode": key.map(|key| number(key.mode)),
            ":flux": number(sound.flux),
            ":onsets": number(sound.onsets),
            ":centroid": number(sound.centroid),
            ":roughness": number(sound.roughness),
            ":envelope": failure.is_none().then(|| envelope.to_bytes()),
        })
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
    let values = named_params! {
        ":hash": hash,
        ":valence": set.valence,
        ":energy": set.energy,
        ":danceability": set.danceability,
        ":bpm": set.bpm,
    };
    let sql = "INSERT OR REPLACE INTO overrides (hash, valence, energy, danceability, bpm)
               VALUES (:hash, :valence, :energy, :danceability, :bpm)";
    transaction.execute(sql, values).map(|_| ())
}

/// Everything that a person set.
pub(super) const OVERRIDES: &str = "SELECT hash, valence, energy, danceability, bpm FROM overrides";

/// A row of [`OVERRIDES`].
pub(super) fn read_override(row: &Row<'_>) -> rusqlite::Result<(ContentHash, TrackOverride)> {
    let set = TrackOverride {
        valence: row.get("valence")?,
        energy: row.get("energy")?,
        danceability: row.get("danceability")?,
        bpm: row.get("bpm")?,
    };
    Ok((row.get("hash")?, set))
}

/// Makes an enum of columns and the SELECT that has them in this order. Names are looked up by the compiler: a library
/// of 100,000 tracks reads 40 columns of each, and a search by name for each value would take seconds.
macro_rules! columns {
    ($name:ident, $select:ident, $first:ident = $first_sql:literal, $($column:ident = $sql:literal,)+; $from:literal) => {
        #[derive(Clone, Copy)]
        enum $name { $first, $($column,)+ }

        /// Everything that is known about a file.
        pub(super) const $select: &str = concat!("SELECT ", $first_sql, $(", ", $sql,)+ " ", $from);
    };
}

columns! {
    TrackColumn, TRACK,
    Id = "files.id",
    Path = "files.path",
    Title = "files.title",
    Artist = "files.artist",
    Album = "files.album",
    Genre = "files.genre",
    TagBpm = "files.bpm",
    TagKey = "files.key",
    Moods = "files.moods",
    TagValence = "files.valence",
    TagEnergy = "files.energy",
    TagDanceability = "files.danceability",
    TagSeconds = "files.seconds",
    TagLufs = "files.lufs",
    Sentiment = "files.sentiment",
    Spoken = "files.spoken",
    Hash = "files.hash",
    IsMeasured = "sounds.hash IS NOT NULL AND sounds.failure IS NULL",
    Seconds = "sounds.seconds",
    Lufs = "sounds.lufs",
    TruePeak = "sounds.true_peak",
    IntroEnd = "sounds.intro_end",
    OutroStart = "sounds.outro_start",
    SoundEnd = "sounds.sound_end",
    Bpm = "sounds.bpm",
    BeatFirst = "sounds.beat_first",
    Metre = "sounds.metre",
    BeatClarity = "sounds.beat_clarity",
    Steadiness = "sounds.steadiness",
    Tonic = "sounds.tonic",
    Minor = "sounds.minor",
    KeyClarity = "sounds.key_clarity",
    Mode = "sounds.mode",
    Flux = "sounds.flux",
    Onsets = "sounds.onsets",
    Centroid = "sounds.centroid",
    Roughness = "sounds.roughness",
    SetValence = "overrides.valence",
    SetEnergy = "overrides.energy",
    SetDanceability = "overrides.danceability",
    SetBpm = "overrides.bpm",
    ;
    "FROM files LEFT JOIN sounds ON sounds.hash = files.hash LEFT JOIN overrides ON overrides.hash = files.hash"
}

fn get<T: FromSql>(row: &Row<'_>, column: TrackColumn) -> rusqlite::Result<T> {
    row.get(column as usize)
}

/// A row of [`TRACK`].
pub(super) fn read_track(row: &Row<'_>) -> rusqlite::Result<StoredTrack> {
    use TrackColumn as Column;
    let moods: String = get(row, Column::Moods)?;
    let tags = TrackTags {
        title: get(row, Column::Title)?,
        artists: divided(get(row, Column::Artist)?),
        album: get(row, Column::Album)?,
        genres: divided(get(row, Column::Genre)?),
        bpm: get(row, Column::TagBpm)?,
        key: get(row, Column::TagKey)?,
        moods: moods.split(' ').filter(|mood| !mood.is_empty()).map(str::to_owned).collect(),
        valence: get(row, Column::TagValence)?,
        energy: get(row, Column::TagEnergy)?,
        danceability: get(row, Column::TagDanceability)?,
        duration: Duration::try_from_secs_f64(get(row, Column::TagSeconds)?).unwrap_or_default(),
        lufs: get::<Option<f32>>(row, Column::TagLufs)?.map(Lufs),
        lyrics: None,
        spoken: get(row, Column::Spoken)?,
    };
    let sound = if get(row, Column::IsMeasured)? { Some(read_sound(row)?) } else { None };
    let set = TrackOverride {
        valence: get(row, Column::SetValence)?,
        energy: get(row, Column::SetEnergy)?,
        danceability: get(row, Column::SetDanceability)?,
        bpm: get(row, Column::SetBpm)?,
    };
    let path = path_of_text(&get::<String>(row, Column::Path)?);
    Ok(StoredTrack {
        id: get(row, Column::Id)?,
        path,
        tags,
        sentiment: get(row, Column::Sentiment)?,
        sound,
        set,
        hash: get(row, Column::Hash)?,
    })
}

fn read_sound(row: &Row<'_>) -> rusqlite::Result<SoundAnalysis> {
    use TrackColumn as Column;
    let beat = match get::<Option<f32>>(row, Column::Bpm)? {
        Some(bpm) => Some(MeasuredBeat {
            bpm,
            first: get(row, Column::BeatFirst)?,
            metre: get(row, Column::Metre)?,
            clarity: get(row, Column::BeatClarity)?,
            steadiness: get(row, Column::Steadiness)?,
        }),
        None => None,
    };
    let key = match get::<Option<u8>>(row, Column::Tonic)? {
        Some(tonic) => Some(MeasuredKey {
            tonic,
            minor: get(row, Column::Minor)?,
            clarity: get(row, Column::KeyClarity)?,
            mode: get(row, Column::Mode)?,
        }),
        None => None,
    };
    Ok(SoundAnalysis {
        seconds: get(row, Column::Seconds)?,
        lufs: Lufs(get(row, Column::Lufs)?),
        true_peak: Dbfs(get(row, Column::TruePeak)?),
        intro_end: get(row, Column::IntroEnd)?,
        outro_start: get(row, Column::OutroStart)?,
        sound_end: get(row, Column::SoundEnd)?,
        beat,
        key,
        flux: get(row, Column::Flux)?,
        onsets: get(row, Column::Onsets)?,
        centroid: get(row, Column::Centroid)?,
        roughness: get(row, Column::Roughness)?,
    })
}
