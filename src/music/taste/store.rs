//! Taste on the disk: every event of every profile.
//!
//! Only events are kept. What follows from them is worked out again at each start, so that other settings, or a better
//! way of learning, apply to what was liked before.

use std::path::Path;

use rusqlite::{Connection, Row, named_params, params};

use super::features::{FEATURES, Features};
use super::feedback::FeedbackEvent;
use crate::event::FeedbackKind;
use crate::foundation::{Database, DatabaseError, DatabaseSchema, LocalTime, RebuiltDatabase};

const SCHEMA: DatabaseSchema = DatabaseSchema {
    migrations: &["
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
    "],
    expects: &[SELECT],
};
const SELECT: &str = "SELECT id, profile, at, weekday, hour, sign, file, title, artist, features FROM events";
/// Events that are kept for a profile; older ones have long lost their weight.
const MOST_EVENTS: i64 = 20_000;
/// Rows that are passed over at once in a damaged file; a page holds a few more.
const RESCUE_LEAP: i64 = 8;

/// An open file of taste.
#[derive(Debug)]
pub struct TasteStore {
    database: Database,
}

/// A file of taste that was opened, and what had to be done for that.
#[derive(Debug)]
pub struct OpenedTasteStore {
    pub store: TasteStore,
    /// The file was damaged: one sentence that says where it is now and what was rescued.
    pub damage: Option<String>,
}

impl TasteStore {
    /// Opens the file, or begins a new one. A damaged file is renamed, and what can still be read of it is taken over.
    ///
    /// # Errors
    /// [`DatabaseError`] if there can be no file at this place, or a newer program wrote it.
    pub fn open(file: &Path) -> Result<OpenedTasteStore, DatabaseError> {
        let (database, rebuilt) = Database::open_or_rebuild(file, &SCHEMA, rescue)?;
        let mut store = Self { database };
        let Some(RebuiltDatabase { aside, rescued, .. }) = rebuilt else {
            return Ok(OpenedTasteStore { store, damage: None });
        };
        store.database.write("written", |transaction| {
            rescued.iter().try_for_each(|(profile, event)| put(transaction, profile, event))
        })?;
        let damage = format!(
            "The file with what you like was damaged and is now {}. {} of its entries were rescued, and learning goes on.",
            aside.display(),
            rescued.len()
        );
        Ok(OpenedTasteStore { store, damage: Some(damage) })
    }

    /// Keeps events of a profile. All of them are on the disk, or none.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn add(&mut self, profile: &str, events: &[FeedbackEvent]) -> Result<(), DatabaseError> {
        self.database.write("written", |transaction| {
            events.iter().try_for_each(|event| put(transaction, profile, event))?;
            let sql = "DELETE FROM events WHERE profile = ?1 AND id <= (
                SELECT id FROM events WHERE profile = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
            transaction.execute(sql, params![profile, MOST_EVENTS]).map(|_| ())
        })
    }

    /// All events of a profile, the oldest first.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn events(&self, profile: &str) -> Result<Vec<FeedbackEvent>, DatabaseError> {
        self.database.read("read", |connection| {
            let mut rows = connection.prepare(&format!("{SELECT} WHERE profile = ?1 ORDER BY id"))?;
            rows.query_map([profile], |row| Ok(read(row)?.1))?.collect()
        })
    }

    /// The profiles, and how many events each has.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn profiles(&self) -> Result<Vec<(String, u32)>, DatabaseError> {
        self.database.read("read", |connection| {
            let sql = "SELECT profile, count(*) AS events FROM events GROUP BY profile ORDER BY profile";
            let mut rows = connection.prepare(sql)?;
            rows.query_map([], |row| Ok((row.get("profile")?, row.get("events")?)))?.collect()
        })
    }

    /// Forgets all events of a profile for good, and says how many there were.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn wipe(&mut self, profile: &str) -> Result<usize, DatabaseError> {
        self.database.read("emptied", |connection| {
            connection.pragma_update(None, "secure_delete", "ON")?;
            let count = connection.execute("DELETE FROM events WHERE profile = ?1", [profile])?;
            connection.execute_batch("VACUUM")?;
            // The journal holds older pages until it is emptied.
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            Ok(count)
        })
    }
}

fn put(connection: &Connection, profile: &str, event: &FeedbackEvent) -> rusqlite::Result<()> {
    let FeedbackEvent { at, kind, file, title, artist, features } = event;
    let features: Vec<u8> = features.iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut statement = connection.prepare_cached(
        "INSERT INTO events (profile, at, weekday, hour, sign, file, title, artist, features)
         VALUES (:profile, :at, :weekday, :hour, :sign, :file, :title, :artist, :features)",
    )?;
    statement.execute(named_params! {
        ":profile": profile,
        ":at": at.unix,
        ":weekday": at.weekday,
        ":hour": at.hour,
        ":sign": kind.name(),
        ":file": file,
        ":title": title,
        ":artist": artist,
        ":features": features,
    })?;
    Ok(())
}

fn read(row: &Row) -> rusqlite::Result<(String, FeedbackEvent)> {
    let kind: String = row.get("sign")?;
    let bytes: Vec<u8> = row.get("features")?;
    let event = FeedbackEvent {
        at: LocalTime {
            unix: row.get("at")?,
            weekday: row.get("weekday")?,
            hour: row.get("hour")?,
            steady: None,
        },
        kind: FeedbackKind::from_name(&kind).ok_or_else(|| wrong("an unknown kind of feedback"))?,
        file: row.get("file")?,
        title: row.get("title")?,
        artist: row.get("artist")?,
        features: features(&bytes).ok_or_else(|| wrong("another number of features"))?,
    };
    Ok((row.get("profile")?, event))
}

fn features(bytes: &[u8]) -> Option<Features> {
    let (values, rest) = bytes.as_chunks::<8>();
    if values.len() != FEATURES || !rest.is_empty() {
        return None;
    }
    let mut features: Features = [0.0; FEATURES];
    for (feature, value) in features.iter_mut().zip(values) {
        *feature = f64::from_le_bytes(*value);
    }
    Some(features)
}

fn wrong(what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, what.into())
}

/// What can still be read of a damaged file, the oldest first: torn pages are passed over.
fn rescue(connection: &Connection) -> Vec<(String, FeedbackEvent)> {
    /// After this many leaps without a row nothing more is there.
    const IN_VAIN: i64 = 4 * MOST_EVENTS / RESCUE_LEAP;
    let mut events = Vec::new();
    let (mut last, mut vain) = (0, 0);
    while vain < IN_VAIN {
        let before = events.len();
        if rescue_after(connection, &mut last, &mut events).is_ok() {
            return events;
        }
        last += RESCUE_LEAP;
        vain = if events.len() > before { 0 } else { vain + 1 };
    }
    events
}

/// Reads on after a row, as far as it goes; a row that makes no sense is left out.
fn rescue_after(
    connection: &Connection,
    last: &mut i64,
    events: &mut Vec<(String, FeedbackEvent)>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE id > ?1 ORDER BY id"))?;
    let mut rows = statement.query([*last])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get("id")?;
        if id > *last {
            *last = id;
            events.extend(read(row).ok());
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::music::taste) fn event(number: u32) -> FeedbackEvent {
        let mut features = [0.5; FEATURES];
        features[2] = f64::from(number);
        FeedbackEvent {
            at: LocalTime { steady: None, ..LocalTime::stepped(f64::from(number)) },
            kind: FeedbackKind::ALL[number as usize % FeedbackKind::ALL.len()],
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
        for left in std::fs::read_dir(dir.path().join("deep")).expect("read").flatten() {
            let bytes = std::fs::read(left.path()).expect("read");
            assert!(!bytes.windows(12).any(|part| part == b"folder/1.ogg"), "{:?}", left.path());
        }
    }

    #[test]
    fn a_file_that_is_no_database_is_set_aside_and_a_new_one_begun() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("taste.sqlite3");
        std::fs::write(&file, "these are words, and quite enough of them to be no database at all")
            .expect("written");
        let OpenedTasteStore { mut store, damage } = TasteStore::open(&file).expect("opened");
        assert!(damage.is_some_and(|words| words.contains("taste.damaged-")));
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
        let mut bytes = std::fs::read(&file).expect("read");
        let from = bytes.len() * 3 / 4;
        bytes[from..].fill(0x5a);
        std::fs::write(&file, bytes).expect("written");
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
        let mut bytes = std::fs::read(&file).expect("read");
        let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        for torn in [40, 41, 60] {
            bytes[torn * page..(torn + 1) * page].fill(0x5a);
        }
        std::fs::write(&file, bytes).expect("written");
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
        drop(opened(&file));
        let connection = Connection::open(&file).expect("opened");
        connection.pragma_update(None, "user_version", 99).expect("written");
        drop(connection);
        let words = TasteStore::open(&file).map(|_| ()).expect_err("refused").to_string();
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
