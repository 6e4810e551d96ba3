//! Taste on the disk: one `SQLite` file with every sign of every profile.
//!
//! Only signs are kept. What follows from them is worked out again at each start, so that other settings, or
//! a better way of learning, apply to what was liked before.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, ErrorCode, Row, params};

use super::features::{FEATURES, Features};
use super::feedback::{FeedbackEvent, FeedbackKind};
use super::rescue::rescue;
use crate::foundation::LocalTime;

/// Each brings the file from its position in this list to the next.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        profile TEXT NOT NULL,
        at INTEGER NOT NULL,
        weekday INTEGER NOT NULL,
        hour REAL NOT NULL,
        sign TEXT NOT NULL,
        file TEXT NOT NULL,
        title TEXT NOT NULL,
        artist TEXT,
        features BLOB NOT NULL
    );
    CREATE INDEX events_by_profile ON events (profile, id);
"];
/// Signs that are kept for a profile; older ones have long lost their weight.
pub(super) const MOST_EVENTS: i64 = 20_000;
/// How long another program may be writing.
const PATIENCE: Duration = Duration::from_secs(2);

/// What keeps taste from being read or written.
#[derive(Debug, thiserror::Error)]
pub enum TasteStoreError {
    #[error("{file}: {reason}")]
    File { file: PathBuf, reason: std::io::Error },
    #[error("{file}: {reason}")]
    Database { file: PathBuf, reason: rusqlite::Error },
    #[error("{file}: was written by a newer Attune (version {found} of the file, this one knows {known})")]
    Newer { file: PathBuf, found: usize, known: usize },
}

/// An open file of taste.
pub struct TasteStore {
    file: PathBuf,
    connection: Connection,
}

/// A file of taste that was opened, and what had to be done for that.
pub struct OpenedTasteStore {
    pub store: TasteStore,
    /// The file was damaged: one sentence that says where it is now and what was rescued.
    pub damage: Option<String>,
}

impl TasteStore {
    /// Opens the file, or begins a new one. A damaged file is set aside, and what can still be read of it is
    /// taken over.
    ///
    /// # Errors
    /// [`TasteStoreError`] if there can be no file at this place, or a newer program wrote it.
    pub fn open(file: &Path) -> Result<OpenedTasteStore, TasteStoreError> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|reason| at(file, reason))?;
        }
        match Self::open_whole(file) {
            Err(TasteStoreError::Database { reason, .. }) if is_damage(&reason) => Self::begin_again(file),
            result => Ok(OpenedTasteStore { store: result?, damage: None }),
        }
    }

    fn open_whole(file: &Path) -> Result<Self, TasteStoreError> {
        let in_database = |reason| TasteStoreError::Database { file: file.to_owned(), reason };
        let connection = Connection::open(file).map_err(in_database)?;
        let mut store = Self { file: file.to_owned(), connection };
        store.prepare().map_err(in_database)?;
        let found: u32 = store
            .connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(in_database)?;
        let found = found as usize;
        if found > MIGRATIONS.len() {
            return Err(TasteStoreError::Newer { file: file.to_owned(), found, known: MIGRATIONS.len() });
        }
        store.migrate(found).map_err(in_database)?;
        Ok(store)
    }

    fn prepare(&mut self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(PATIENCE)?;
        self.connection.pragma_update(None, "journal_mode", "WAL")?;
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        let state: String = self.connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if state == "ok" {
            return Ok(());
        }
        let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        Err(rusqlite::Error::SqliteFailure(error, Some(state)))
    }

    fn migrate(&mut self, found: usize) -> rusqlite::Result<()> {
        for (version, step) in (1_u32..).zip(MIGRATIONS).skip(found) {
            let transaction = self.connection.transaction()?;
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
        Ok(())
    }

    /// Sets the damaged file aside, and begins a new one with what could be rescued.
    fn begin_again(file: &Path) -> Result<OpenedTasteStore, TasteStoreError> {
        let rescued = rescue(file);
        let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |t| t.as_secs());
        let aside = with_ending(file, &format!(".damaged-{seconds}"));
        fs::rename(file, &aside).map_err(|reason| at(file, reason))?;
        for ending in ["-wal", "-shm"] {
            let left = with_ending(file, ending);
            if left.exists() {
                fs::rename(&left, with_ending(&aside, ending)).map_err(|reason| at(&left, reason))?;
            }
        }
        let mut store = Self::open_whole(file)?;
        store.put_all(&rescued).map_err(|reason| store.error(reason))?;
        let damage = format!(
            "what was learned about taste was damaged and is kept as {}; {} of its signs were rescued, and \
             learning goes on",
            aside.display(),
            rescued.len()
        );
        Ok(OpenedTasteStore { store, damage: Some(damage) })
    }

    fn put_all(&mut self, events: &[(String, FeedbackEvent)]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for (profile, event) in events {
            put(&transaction, profile, event)?;
        }
        transaction.commit()
    }

    /// Keeps signs of a profile. All of them are on the disk, or none.
    ///
    /// # Errors
    /// [`TasteStoreError::Database`].
    pub fn add(&mut self, profile: &str, events: &[FeedbackEvent]) -> Result<(), TasteStoreError> {
        self.write_events(profile, events).map_err(|reason| self.error(reason))
    }

    fn write_events(&mut self, profile: &str, events: &[FeedbackEvent]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for event in events {
            put(&transaction, profile, event)?;
        }
        transaction.execute(
            "DELETE FROM events WHERE profile = ?1 AND id <= (
                SELECT id FROM events WHERE profile = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            params![profile, MOST_EVENTS],
        )?;
        transaction.commit()
    }

    /// All signs of a profile, the oldest first.
    ///
    /// # Errors
    /// [`TasteStoreError::Database`].
    pub fn events(&self, profile: &str) -> Result<Vec<FeedbackEvent>, TasteStoreError> {
        self.read_events(profile).map_err(|reason| self.error(reason))
    }

    fn read_events(&self, profile: &str) -> rusqlite::Result<Vec<FeedbackEvent>> {
        let mut rows = self.connection.prepare(&format!("{SELECT} WHERE profile = ?1 ORDER BY id"))?;
        rows.query_map([profile], |row| Ok(read(row)?.1))?.collect()
    }

    /// The profiles, and how many signs each has.
    ///
    /// # Errors
    /// [`TasteStoreError::Database`].
    pub fn profiles(&self) -> Result<Vec<(String, u32)>, TasteStoreError> {
        self.read_profiles().map_err(|reason| self.error(reason))
    }

    fn read_profiles(&self) -> rusqlite::Result<Vec<(String, u32)>> {
        let sql = "SELECT profile, COUNT(*) FROM events GROUP BY profile ORDER BY profile";
        let mut rows = self.connection.prepare(sql)?;
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }

    /// Forgets all signs of a profile for good, and says how many there were.
    ///
    /// # Errors
    /// [`TasteStoreError::Database`].
    pub fn wipe(&mut self, profile: &str) -> Result<usize, TasteStoreError> {
        self.erase(profile).map_err(|reason| self.error(reason))
    }

    fn erase(&mut self, profile: &str) -> rusqlite::Result<usize> {
        self.connection.pragma_update(None, "secure_delete", "ON")?;
        let count = self.connection.execute("DELETE FROM events WHERE profile = ?1", [profile])?;
        self.connection.execute_batch("VACUUM")?;
        // The journal holds older pages until it is emptied.
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(count)
    }

    fn error(&self, reason: rusqlite::Error) -> TasteStoreError {
        TasteStoreError::Database { file: self.file.clone(), reason }
    }
}

fn at(file: &Path, reason: std::io::Error) -> TasteStoreError {
    TasteStoreError::File { file: file.to_owned(), reason }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let corrupt = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
    // A table of another shape than the version says is damage, too.
    error.sqlite_error_code().is_some_and(|code| corrupt.contains(&code) || code == ErrorCode::Unknown)
}

pub(super) const SELECT: &str =
    "SELECT profile, at, weekday, hour, sign, file, title, artist, features, id FROM events";

fn put(connection: &Connection, profile: &str, event: &FeedbackEvent) -> rusqlite::Result<()> {
    let FeedbackEvent { at, sign, file, title, artist, features } = event;
    let features: Vec<u8> = features.iter().flat_map(|value| value.to_le_bytes()).collect();
    connection.execute(
        "INSERT INTO events (profile, at, weekday, hour, sign, file, title, artist, features)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![profile, at.unix, at.weekday, at.hour, sign.name(), file, title, artist, features],
    )?;
    Ok(())
}

pub(super) fn read(row: &Row) -> rusqlite::Result<(String, FeedbackEvent)> {
    let sign: String = row.get(4)?;
    let bytes: Vec<u8> = row.get(8)?;
    let wrong = |column, what: &str| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
    };
    let mut features: Features = [0.0; FEATURES];
    let (values, rest) = bytes.as_chunks::<8>();
    if values.len() != FEATURES || !rest.is_empty() {
        return Err(wrong(8, "another number of features"));
    }
    for (feature, value) in features.iter_mut().zip(values) {
        *feature = f64::from_le_bytes(*value);
    }
    let event = FeedbackEvent {
        at: LocalTime { unix: row.get(1)?, weekday: row.get(2)?, hour: row.get(3)? },
        sign: FeedbackKind::from_name(&sign).ok_or_else(|| wrong(4, "an unknown sign"))?,
        file: row.get(5)?,
        title: row.get(6)?,
        artist: row.get(7)?,
        features,
    };
    Ok((row.get(0)?, event))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::music::taste) fn event(number: u32) -> FeedbackEvent {
        let mut features = [0.5; FEATURES];
        features[2] = f64::from(number);
        FeedbackEvent {
            at: LocalTime::stepped(f64::from(number)),
            sign: FeedbackKind::ALL[number as usize % FeedbackKind::ALL.len()],
            file: format!("folder/{number}.ogg"),
            title: format!("Ä {number}"),
            artist: number.is_multiple_of(2).then(|| "The Lamps".to_owned()),
            features,
        }
    }

    fn opened(file: &Path) -> TasteStore {
        let opened = TasteStore::open(file).expect("opened");
        assert_eq!(opened.damage, None);
        opened.store
    }

    #[test]
    fn signs_are_kept_for_each_profile_and_wiped_for_one() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("deep/taste.sqlite3");
        let events: Vec<FeedbackEvent> = (0..9).map(event).collect();
        let mut store = opened(&file);
        store.add("ada", &events[..5]).expect("kept");
        store.add("bob", &events[5..]).expect("kept");
        drop(store);
        let mut store = opened(&file);
        assert_eq!(store.events("ada").expect("read"), events[..5]);
        assert_eq!(store.profiles().expect("read"), [("ada".into(), 5), ("bob".into(), 4)]);
        assert_eq!(store.wipe("ada").expect("wiped"), 5);
        assert_eq!(store.events("ada").expect("read"), []);
        assert_eq!(store.events("bob").expect("read"), events[5..]);
        drop(store);
        for left in fs::read_dir(dir.path().join("deep")).expect("read").flatten() {
            let bytes = fs::read(left.path()).expect("read");
            assert!(!bytes.windows(12).any(|part| part == b"folder/1.ogg"), "{:?}", left.path());
        }
    }

    #[test]
    fn a_file_that_is_no_database_is_set_aside_and_a_new_one_begun() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("taste.sqlite3");
        fs::write(&file, "these are words, and quite enough of them to be no database at all")
            .expect("written");
        let OpenedTasteStore { mut store, damage } = TasteStore::open(&file).expect("opened");
        assert!(damage.is_some_and(|words| words.contains("taste.sqlite3.damaged-")));
        store.add("ada", &[event(1)]).expect("kept");
        assert_eq!(store.events("ada").expect("read").len(), 1);
    }

    /// Some of the events, in their order, and none twice.
    fn assert_in_order(some: &[FeedbackEvent], events: &[FeedbackEvent]) {
        let mut left = events.iter();
        assert!(some.iter().all(|event| left.any(|other| other == event)));
    }

    #[test]
    fn what_can_be_read_of_a_damaged_file_is_rescued() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("taste.sqlite3");
        let events: Vec<FeedbackEvent> = (0..400).map(event).collect();
        opened(&file).add("ada", &events).expect("kept");
        let mut bytes = fs::read(&file).expect("read");
        let from = bytes.len() * 3 / 4;
        bytes[from..].fill(0x5a);
        fs::write(&file, bytes).expect("written");
        let OpenedTasteStore { store, damage } = TasteStore::open(&file).expect("opened");
        assert!(damage.is_some());
        let rescued = store.events("ada").expect("read");
        assert!(rescued.len() > 50, "{} rescued", rescued.len());
        assert_in_order(&rescued, &events);
    }

    #[test]
    fn signs_before_and_behind_a_torn_page_are_rescued() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("taste.sqlite3");
        let events: Vec<FeedbackEvent> = (0..2_000).map(event).collect();
        opened(&file).add("ada", &events).expect("kept");
        let mut bytes = fs::read(&file).expect("read");
        let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        for torn in [40, 41, 60] {
            bytes[torn * page..(torn + 1) * page].fill(0x5a);
        }
        fs::write(&file, bytes).expect("written");
        let OpenedTasteStore { store, damage } = TasteStore::open(&file).expect("opened");
        let rescued = store.events("ada").expect("read");
        assert!(damage.is_some_and(|words| words.contains(&rescued.len().to_string())));
        assert!(rescued.len() > 1_800, "{} rescued", rescued.len());
        assert_eq!((rescued.first(), rescued.last()), (events.first(), events.last()));
        let mut left = events.iter();
        assert!(
            rescued.iter().all(|event| left.any(|other| other == event)),
            "in their order, and none twice"
        );
    }

    #[test]
    fn the_file_of_a_newer_program_is_left_alone() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("taste.sqlite3");
        let store = opened(&file);
        store.connection.pragma_update(None, "user_version", 99).expect("written");
        drop(store);
        let words = TasteStore::open(&file).err().expect("refused").to_string();
        assert!(words.contains("taste.sqlite3") && words.contains("newer"), "{words}");
    }

    #[test]
    fn old_signs_go_when_there_are_too_many() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut store = opened(&dir.path().join("taste.sqlite3"));
        let events: Vec<FeedbackEvent> = (0..MOST_EVENTS as u32 + 30).map(event).collect();
        store.add("ada", &events).expect("kept");
        let kept = store.events("ada").expect("read");
        assert_eq!(kept.len(), MOST_EVENTS as usize);
        assert_eq!(kept.last(), events.last());
    }
}
