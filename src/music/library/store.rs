//! The library on disk.
//!
//! `files` has a row for each path. `sounds` (analysis results) and `overrides` (values set by a person) are keyed by the
//! hash of the contents, so they survive when a file is moved, copied, or removed and restored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, named_params, params};

use super::records::{ContentHash, KnownFile, ScannedFile, StoredTrack, TrackOverride};
use super::rows::{OVERRIDES, TRACK, put_one, put_override, put_sound, range, read_override, read_track};
use super::tags::spoken_reason;
use super::walk_folder::MusicFile;
use crate::foundation::{
    Database, DatabaseError, DatabaseSchema, RebuiltDatabase, path_of_text, show_name, show_path,
    text_of_path,
};
use crate::music::analysis::{self, AnalysedTrack};

/// The tables of the library.
const SCHEMA: DatabaseSchema = DatabaseSchema {
    migrations: &[include_str!("schema_1.sql"), include_str!("schema_2.sql"), include_str!("schema_3.sql")],
    expects: &[
        TRACK,
        OVERRIDES,
        "SELECT size, modified, words_modified, reason, retry, missing FROM files",
        "SELECT version, failure, envelope FROM sounds",
    ],
};
/// The name of the library in the data folder.
pub const LIBRARY_FILE: &str = "library.db";

/// The open library.
#[derive(Debug)]
pub struct LibraryStore {
    database: Database,
    /// Whether spoken word is among the tracks.
    with_spoken_word: bool,
}

/// A file that is there and is a track; the parameter `:spoken` says whether spoken word is one.
const IS_USABLE: &str = "(NOT files.missing AND files.reason IS NULL AND (files.spoken IS NULL OR :spoken))";

impl LibraryStore {
    /// Opens or makes the file, and brings it to the newest version.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn open(file: &Path) -> Result<Self, DatabaseError> {
        Ok(Self::over(Database::open(file, &SCHEMA)?))
    }

    /// Opens the library. A damaged file is renamed, what people set is rescued from it where that can still be read,
    /// and an empty library takes its place; then one sentence says so.
    ///
    /// # Errors
    /// [`DatabaseError`] if there can be no library at this place at all.
    pub fn open_or_rebuild(file: &Path) -> Result<(Self, Option<String>), DatabaseError> {
        let (database, rebuilt) = Database::open_or_rebuild(file, &SCHEMA, rescue_overrides)?;
        let mut store = Self::over(database);
        let Some(RebuiltDatabase { aside, rescued, .. }) = rebuilt else { return Ok((store, None)) };
        for (hash, set) in &rescued {
            store.put_override(hash, set)?;
        }
        let kept = match rescued.len() {
            0 => String::new(),
            1 => " What you set for one track was kept.".to_owned(),
            many => format!(" What you set for {many} tracks was kept."),
        };
        let name = show_name(aside.file_name().unwrap_or(aside.as_os_str()));
        let words = format!(
            "The music library {} was damaged and is now {name} in the same folder. A new one is built.{kept}",
            show_path(file)
        );
        Ok((store, Some(words)))
    }

    /// A library that is forgotten when the program ends.
    ///
    /// # Errors
    /// [`DatabaseError`] if `SQLite` gives none.
    pub fn in_memory() -> Result<Self, DatabaseError> {
        Ok(Self::over(Database::in_memory(&SCHEMA)?))
    }

    fn over(database: Database) -> Self {
        Self { database, with_spoken_word: false }
    }

    /// Whether spoken word is among the tracks from now on.
    pub fn include_spoken_word(&mut self, include: bool) {
        self.with_spoken_word = include;
    }

    /// The file of the database.
    #[must_use]
    pub fn file(&self) -> &Path {
        self.database.file()
    }

    /// All files below a folder.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn known(&self, below: &Path) -> Result<Vec<KnownFile>, DatabaseError> {
        let (from, to) = range(below);
        self.database.read("read", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, path, size, modified, words_modified, reason, retry, missing FROM files
                 WHERE path >= ?1 AND path < ?2",
            )?;
            let rows = statement.query_map(params![from, to], |row| {
                let on_disk = MusicFile {
                    path: path_of_text(&row.get::<_, String>("path")?),
                    size: row.get("size")?,
                    modified: row.get("modified")?,
                    words_modified: row.get("words_modified")?,
                };
                Ok(KnownFile {
                    id: row.get("id")?,
                    on_disk,
                    reason: row.get("reason")?,
                    retry: row.get("retry")?,
                    missing: row.get("missing")?,
                })
            })?;
            rows.collect()
        })
    }

    /// Writes what was found out about files; those that are new get a number.
    ///
    /// # Errors
    /// [`DatabaseError`]; then nothing of it was written.
    pub fn put(&mut self, looked: &[&ScannedFile]) -> Result<Vec<i64>, DatabaseError> {
        self.database.write("written", |transaction| {
            looked.iter().map(|(on_disk, found)| put_one(transaction, on_disk, found)).collect()
        })
    }

    /// Forgets tracks. What was measured and set stays, by the contents.
    ///
    /// # Errors
    /// [`DatabaseError`]; then none was forgotten.
    pub fn remove(&mut self, ids: &[i64]) -> Result<(), DatabaseError> {
        self.database.write("written", |transaction| {
            let mut statement = transaction.prepare_cached("DELETE FROM files WHERE id = ?1")?;
            ids.iter().try_for_each(|id| statement.execute([id]).map(|_| ()))
        })
    }

    /// Notes that files are not there now, or are there again. All that is known of them is kept: a network folder or a
    /// drive may be gone for a minute.
    ///
    /// # Errors
    /// [`DatabaseError`]; then nothing was noted.
    pub fn put_missing(&mut self, ids: &[i64], missing: bool) -> Result<(), DatabaseError> {
        self.database.write("written", |transaction| {
            let mut statement = transaction.prepare_cached("UPDATE files SET missing = ?2 WHERE id = ?1")?;
            ids.iter().try_for_each(|id| statement.execute(params![id, missing]).map(|_| ()))
        })
    }

    /// Files below a folder that were there and are not now, by path; without those whose contents are at another path.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn missing(&self, below: &Path) -> Result<Vec<PathBuf>, DatabaseError> {
        let (from, to) = range(below);
        self.database.read("read", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT path FROM files WHERE path >= ?1 AND path < ?2 AND missing AND reason IS NULL
                 AND NOT EXISTS (SELECT 1 FROM files AS other WHERE other.hash = files.hash AND NOT other.missing)
                 ORDER BY path",
            )?;
            let rows = statement
                .query_map(params![from, to], |row| Ok(PathBuf::from(row.get::<_, String>("path")?)))?;
            rows.collect()
        })
    }

    /// Forgets the files below a folder that are not there now, and says how many. What was measured and set stays, by
    /// the contents.
    ///
    /// # Errors
    /// [`DatabaseError`]; then none was forgotten.
    pub fn forget_missing(&mut self, below: &Path) -> Result<usize, DatabaseError> {
        let (from, to) = range(below);
        self.database.write("written", |transaction| {
            transaction
                .execute("DELETE FROM files WHERE path >= ?1 AND path < ?2 AND missing", params![from, to])
        })
    }

    /// Forgets files by their paths. Returns the numbers that they had.
    ///
    /// # Errors
    /// [`DatabaseError`]; then none was forgotten.
    pub fn remove_paths<'a>(
        &mut self,
        paths: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Vec<i64>, DatabaseError> {
        let mut paths = paths.into_iter().peekable();
        if paths.peek().is_none() {
            return Ok(Vec::new());
        }
        self.database.write("written", |transaction| {
            let mut statement =
                transaction.prepare_cached("DELETE FROM files WHERE path = ?1 RETURNING id")?;
            let mut gone = Vec::new();
            for path in paths {
                gone.extend(
                    statement.query_row([text_of_path(path)], |row| row.get::<_, i64>("id")).optional()?,
                );
            }
            Ok(gone)
        })
    }

    /// At most `most` usable tracks below a folder with a number above `after`, in the order of their numbers.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn tracks(&self, below: &Path, after: i64, most: usize) -> Result<Vec<StoredTrack>, DatabaseError> {
        let spoken = self.with_spoken_word;
        let (from, to) = range(below);
        self.database.read("read", |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{TRACK} WHERE files.path >= :from AND files.path < :to AND files.id > :after
                 AND {IS_USABLE} AND sounds.failure IS NULL ORDER BY files.id LIMIT :most"
            ))?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(
                named_params! { ":from": from, ":to": to, ":after": after, ":most": most, ":spoken": spoken },
                read_track,
            )?;
            rows.collect()
        })
    }

    /// One track by its path.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn track(&self, path: &Path) -> Result<Option<StoredTrack>, DatabaseError> {
        let spoken = self.with_spoken_word;
        self.database.read("read", |connection| {
            let mut statement =
                connection.prepare_cached(&format!("{TRACK} WHERE files.path = :path AND {IS_USABLE}"))?;
            let values = named_params! { ":path": text_of_path(path), ":spoken": spoken };
            statement.query_row(values, read_track).optional()
        })
    }

    /// Files below a folder that cannot be used, with the reason, by path.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn unusable(&self, below: &Path) -> Result<Vec<(PathBuf, String)>, DatabaseError> {
        let spoken = self.with_spoken_word;
        let (from, to) = range(below);
        self.database.read("read", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT path, coalesce(reason, failure) AS why, spoken FROM files LEFT JOIN sounds USING (hash)
                 WHERE path >= :from AND path < :to AND NOT missing
                 AND (coalesce(reason, failure) IS NOT NULL OR (spoken IS NOT NULL AND NOT :spoken))
                 ORDER BY path",
            )?;
            let values = named_params! { ":from": from, ":to": to, ":spoken": spoken };
            let rows = statement.query_map(values, |row| {
                let (why, sign): (Option<String>, Option<String>) = (row.get("why")?, row.get("spoken")?);
                let why = why.or_else(|| sign.map(|sign| spoken_reason(&sign))).unwrap_or_default();
                Ok((path_of_text(&row.get::<_, String>("path")?), why))
            })?;
            rows.collect()
        })
    }

    /// Usable tracks below a folder, and how many of them were measured.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn count(&self, below: &Path) -> Result<(usize, usize), DatabaseError> {
        let spoken = self.with_spoken_word;
        let (from, to) = range(below);
        self.database.read("read", |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT count(*) AS tracks, coalesce(sum(coalesce(sounds.version, 0) = :version), 0) AS measured
                 FROM files LEFT JOIN sounds USING (hash)
                 WHERE path >= :from AND path < :to AND {IS_USABLE} AND failure IS NULL",
            ))?;
            let values =
                named_params! { ":from": from, ":to": to, ":version": analysis::VERSION, ":spoken": spoken };
            statement.query_row(values, |row| {
                Ok((row.get::<_, i64>("tracks")? as usize, row.get::<_, i64>("measured")? as usize))
            })
        })
    }

    /// Files below a folder with a number above `after` that wait to be measured.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn unmeasured(
        &self,
        below: &Path,
        after: i64,
        most: usize,
    ) -> Result<Vec<(i64, PathBuf)>, DatabaseError> {
        let spoken = self.with_spoken_word;
        let (from, to) = range(below);
        self.database.read("read", |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT id, path FROM files LEFT JOIN sounds USING (hash)
                 WHERE path >= :from AND path < :to AND id > :after AND {IS_USABLE}
                 AND (sounds.version IS NULL OR sounds.version <> :version) ORDER BY id LIMIT :most",
            ))?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(
                named_params! {
                    ":from": from, ":to": to, ":after": after, ":most": most,
                    ":version": analysis::VERSION, ":spoken": spoken,
                },
                |row| Ok((row.get("id")?, path_of_text(&row.get::<_, String>("path")?))),
            )?;
            rows.collect()
        })
    }

    /// Says what the contents of a file are. Returns whether their sound is known already.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn put_hash(&mut self, id: i64, hash: &ContentHash) -> Result<bool, DatabaseError> {
        self.database.write("written", |transaction| {
            transaction.execute("UPDATE files SET hash = ?2 WHERE id = ?1", params![id, hash])?;
            let known = "SELECT 1 FROM sounds WHERE hash = ?1 AND version = ?2";
            let found = transaction.query_row(known, params![hash, analysis::VERSION], |_| Ok(()));
            Ok(found.optional()?.is_some())
        })
    }

    /// The hash of a file, if it was taken.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn hash(&self, path: &Path) -> Result<Option<ContentHash>, DatabaseError> {
        self.database.read("read", |connection| {
            let mut statement = connection.prepare_cached("SELECT hash FROM files WHERE path = ?1")?;
            Ok(statement.query_row([text_of_path(path)], |row| row.get("hash")).optional()?.flatten())
        })
    }

    /// Keeps what was measured, or why it could not be.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn put_sound(
        &mut self,
        hash: &ContentHash,
        sound: Result<&AnalysedTrack, &str>,
    ) -> Result<(), DatabaseError> {
        self.database.write("written", |transaction| put_sound(transaction, hash, sound))
    }

    /// Keeps what a person set for these contents; what is `None` was not set.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn put_override(&mut self, hash: &ContentHash, set: &TrackOverride) -> Result<(), DatabaseError> {
        self.database.write("written", |transaction| put_override(transaction, hash, set))
    }

    /// Everything that a person set, by contents.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn overrides(&self) -> Result<Vec<(ContentHash, TrackOverride)>, DatabaseError> {
        self.database.read("read", |connection| {
            let mut statement = connection.prepare(OVERRIDES)?;
            let rows = statement.query_map([], read_override)?;
            rows.collect()
        })
    }
}

/// What people set, as far as it can still be read: up to a torn page from both ends.
fn rescue_overrides(connection: &Connection) -> BTreeMap<ContentHash, TrackOverride> {
    let mut found = BTreeMap::new();
    for order in ["ASC", "DESC"] {
        let rows = connection.prepare(&format!("{OVERRIDES} ORDER BY hash {order}"));
        let Ok(mut statement) = rows else { continue };
        let Ok(rows) = statement.query_map([], read_override) else { continue };
        // What is found before it breaks off counts.
        found.extend(rows.map_while(Result::ok));
    }
    found
}
