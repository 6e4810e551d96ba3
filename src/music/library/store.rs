//! The library on disk: `SQLite` in WAL mode, with a version and migrations.
//!
//! `files` is what lies where; `sounds` is what was measured and `overrides` what a person set, both by the hash of
//! the contents, so that a file that was moved or copied keeps them, and one that comes back finds them again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, params};

use super::rows::{TRACK, put_one, put_override, put_sound, range, stored};
use super::tags::TrackTags;
use super::walk_folder::MusicFile;
use crate::music::analysis;
use crate::music::analysis::SoundAnalysis;

/// The steps from an empty file to the newest shape; `user_version` counts those that were taken.
const MIGRATIONS: [&str; 1] = [include_str!("store.sql")];
/// How long a statement waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);

/// The open database.
#[derive(Debug)]
pub struct LibraryStore {
    connection: Connection,
    file: PathBuf,
}

impl LibraryStore {
    /// Opens or makes the file, and brings it to the newest shape.
    ///
    /// # Errors
    /// [`LibraryStoreError`] with the file and a remedy.
    pub fn open(file: &Path) -> Result<Self, LibraryStoreError> {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| LibraryStoreError::Folder {
                folder: folder.to_owned(),
                reason: error.to_string(),
            })?;
        }
        let connection = Connection::open(file).map_err(|error| failed(file, "opened", &error))?;
        Self::prepare(connection, file.to_owned())
    }

    /// A library that is forgotten when the program ends.
    ///
    /// # Errors
    /// [`LibraryStoreError`] if `SQLite` gives none.
    pub fn in_memory() -> Result<Self, LibraryStoreError> {
        let file = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory().map_err(|error| failed(&file, "opened", &error))?;
        Self::prepare(connection, file)
    }

    fn prepare(connection: Connection, file: PathBuf) -> Result<Self, LibraryStoreError> {
        let mut store = Self { connection, file };
        store.run("opened", |connection| {
            connection.busy_timeout(PATIENCE)?;
            // A power cut loses the last moments at most, never the file.
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "normal")?;
            let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if sound == "ok" { Ok(()) } else { Err(corrupt(sound)) }
        })?;
        store.migrate()?;
        Ok(store)
    }

    fn migrate(&mut self) -> Result<(), LibraryStoreError> {
        let version = |connection: &Connection| {
            connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))
        };
        let found = self.run("opened", |connection| version(connection))?;
        if found as usize > MIGRATIONS.len() {
            return Err(LibraryStoreError::Newer { file: self.file.clone(), found, known: MIGRATIONS.len() });
        }
        if found as usize == MIGRATIONS.len() {
            return Ok(());
        }
        self.write("brought to its new shape", |transaction| {
            // Another process may have been quicker.
            let found = version(transaction)? as usize;
            for step in MIGRATIONS.iter().skip(found) {
                transaction.execute_batch(step)?;
            }
            transaction.pragma_update(None, "user_version", MIGRATIONS.len() as u32)
        })
    }

    /// The file of the database.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// All files below a folder.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn known(&self, below: &Path) -> Result<Vec<KnownFile>, LibraryStoreError> {
        let (from, to) = range(below);
        self.run("read", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, path, size, modified, words_modified, reason, retry FROM files
                 WHERE path >= ?1 AND path < ?2",
            )?;
            let rows = statement.query_map(params![from, to], |row| {
                let on_disk = MusicFile {
                    path: PathBuf::from(row.get::<_, String>(1)?),
                    size: row.get(2)?,
                    modified: row.get(3)?,
                    words_modified: row.get(4)?,
                };
                Ok(KnownFile { id: row.get(0)?, on_disk, reason: row.get(5)?, retry: row.get(6)? })
            })?;
            rows.collect()
        })
    }

    /// Writes what was found out about files; those that are new get a number.
    ///
    /// # Errors
    /// [`LibraryStoreError`]; then nothing of it was written.
    pub fn put(&mut self, looked: &[ReadFile]) -> Result<Vec<i64>, LibraryStoreError> {
        self.write("written", |transaction| {
            looked.iter().map(|(on_disk, found)| put_one(transaction, on_disk, found)).collect()
        })
    }

    /// Forgets files that are not there any more. What was measured and set stays, by the contents.
    ///
    /// # Errors
    /// [`LibraryStoreError`]; then none was forgotten.
    pub fn remove(&mut self, ids: &[i64]) -> Result<(), LibraryStoreError> {
        self.write("written", |transaction| {
            let mut statement = transaction.prepare_cached("DELETE FROM files WHERE id = ?1")?;
            ids.iter().try_for_each(|id| statement.execute([id]).map(|_| ()))
        })
    }

    /// At most `most` usable tracks below a folder with a number above `after`, in the order of their numbers.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn tracks(
        &self,
        below: &Path,
        after: i64,
        most: usize,
    ) -> Result<Vec<StoredTrack>, LibraryStoreError> {
        let (from, to) = range(below);
        self.run("read", |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{TRACK} WHERE files.path >= ?1 AND files.path < ?2 AND files.id > ?3
                 AND files.reason IS NULL AND sounds.failure IS NULL ORDER BY files.id LIMIT ?4"
            ))?;
            let rows = statement
                .query_map(params![from, to, after, i64::try_from(most).unwrap_or(i64::MAX)], stored)?;
            rows.collect()
        })
    }

    /// One track by its path.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn track(&self, path: &Path) -> Result<Option<StoredTrack>, LibraryStoreError> {
        self.run("read", |connection| {
            let mut statement = connection
                .prepare_cached(&format!("{TRACK} WHERE files.path = ?1 AND files.reason IS NULL"))?;
            statement.query_row([path.to_string_lossy()], stored).optional()
        })
    }

    /// Files below a folder that cannot be used, with the reason, by path.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn unusable(&self, below: &Path) -> Result<Vec<(PathBuf, String)>, LibraryStoreError> {
        let (from, to) = range(below);
        self.run("read", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT path, coalesce(reason, failure) FROM files LEFT JOIN sounds USING (hash)
                 WHERE path >= ?1 AND path < ?2 AND coalesce(reason, failure) IS NOT NULL ORDER BY path",
            )?;
            let rows = statement.query_map(params![from, to], |row| {
                Ok((PathBuf::from(row.get::<_, String>(0)?), row.get(1)?))
            })?;
            rows.collect()
        })
    }

    /// Usable tracks below a folder, and how many of them were measured.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn count(&self, below: &Path) -> Result<(usize, usize), LibraryStoreError> {
        let (from, to) = range(below);
        self.run("read", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT count(*), coalesce(sum(coalesce(sounds.version, 0) = ?3), 0) FROM files LEFT JOIN sounds USING (hash)
                 WHERE path >= ?1 AND path < ?2 AND reason IS NULL AND failure IS NULL",
            )?;
            statement.query_row(params![from, to, analysis::VERSION], |row| {
                Ok((row.get::<_, i64>(0)? as usize, row.get::<_, i64>(1)? as usize))
            })
        })
    }

    /// Files below a folder with a number above `after` that wait to be measured.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn unmeasured(
        &self,
        below: &Path,
        after: i64,
        most: usize,
    ) -> Result<Vec<(i64, PathBuf)>, LibraryStoreError> {
        let (from, to) = range(below);
        self.run("read", |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, path FROM files LEFT JOIN sounds USING (hash)
                 WHERE path >= ?1 AND path < ?2 AND id > ?3 AND reason IS NULL
                 AND (sounds.version IS NULL OR sounds.version <> ?4) ORDER BY id LIMIT ?5",
            )?;
            let rows = statement.query_map(
                params![from, to, after, analysis::VERSION, i64::try_from(most).unwrap_or(i64::MAX)],
                |row| Ok((row.get(0)?, PathBuf::from(row.get::<_, String>(1)?))),
            )?;
            rows.collect()
        })
    }

    /// Says what the contents of a file are. Returns whether their sound is known already.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn put_hash(&mut self, id: i64, hash: &ContentHash) -> Result<bool, LibraryStoreError> {
        self.write("written", |transaction| {
            transaction.execute("UPDATE files SET hash = ?2 WHERE id = ?1", params![id, hash])?;
            let known = "SELECT 1 FROM sounds WHERE hash = ?1 AND version = ?2";
            let found = transaction.query_row(known, params![hash, analysis::VERSION], |_| Ok(()));
            Ok(found.optional()?.is_some())
        })
    }

    /// The hash of a file, if it was taken.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn hash(&self, path: &Path) -> Result<Option<ContentHash>, LibraryStoreError> {
        self.run("read", |connection| {
            let mut statement = connection.prepare_cached("SELECT hash FROM files WHERE path = ?1")?;
            Ok(statement.query_row([path.to_string_lossy()], |row| row.get(0)).optional()?.flatten())
        })
    }

    /// Keeps what was measured, or why it could not be.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn put_sound(
        &mut self,
        hash: &ContentHash,
        sound: Result<&SoundAnalysis, &str>,
    ) -> Result<(), LibraryStoreError> {
        self.write("written", |transaction| put_sound(transaction, hash, sound))
    }

    /// Keeps what a person set for these contents; what is `None` was not set.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn put_override(&mut self, hash: &ContentHash, set: &TrackOverride) -> Result<(), LibraryStoreError> {
        self.write("written", |transaction| put_override(transaction, hash, set))
    }

    /// Everything that a person set, by contents.
    ///
    /// # Errors
    /// [`LibraryStoreError`].
    pub fn overrides(&self) -> Result<Vec<(ContentHash, TrackOverride)>, LibraryStoreError> {
        self.run("read", |connection| {
            let mut statement =
                connection.prepare("SELECT hash, valence, energy, danceability, bpm FROM overrides")?;
            let rows = statement.query_map([], |row| {
                let set = TrackOverride {
                    valence: row.get(1)?,
                    energy: row.get(2)?,
                    danceability: row.get(3)?,
                    bpm: row.get(4)?,
                };
                Ok((row.get(0)?, set))
            })?;
            rows.collect()
        })
    }

    fn run<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, LibraryStoreError> {
        work(&self.connection).map_err(|error| failed(&self.file, doing, &error))
    }

    /// All or nothing.
    fn write<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LibraryStoreError> {
        let Self { connection, file } = self;
        let done = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).and_then(
            |transaction| {
                let made = work(&transaction)?;
                transaction.commit()?;
                Ok(made)
            },
        );
        done.map_err(|error| failed(file, doing, &error))
    }
}

fn corrupt(reason: String) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(reason))
}

fn failed(file: &Path, doing: &'static str, error: &rusqlite::Error) -> LibraryStoreError {
    let damaged =
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase));
    LibraryStoreError::Failed { file: file.to_owned(), doing, reason: error.to_string(), damaged }
}
