//! Opening the library, and starting anew where its file is damaged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags};

use super::records::{ContentHash, LibraryStoreError, TrackOverride};
use super::store::LibraryStore;

/// The name of the library in the data folder.
pub const LIBRARY_FILE: &str = "library.db";

/// The same path wherever it is said from: the library knows files by it.
#[must_use]
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Opens the library. A damaged file is given another name, what people set is rescued from it where that can still
/// be read, and an empty library takes its place; then a sentence says so.
///
/// # Errors
/// [`LibraryStoreError`] if there can be no library at this place at all.
pub fn open_or_rebuild(file: &Path) -> Result<(LibraryStore, Option<String>), LibraryStoreError> {
    let damage = match LibraryStore::open(file) {
        Ok(store) => return Ok((store, None)),
        Err(error) if error.is_damage() => error,
        Err(error) => return Err(error),
    };
    let rescued = rescue(file);
    let aside = set_aside(file).map_err(|error| LibraryStoreError::Failed {
        file: file.to_owned(),
        doing: "set aside",
        reason: format!("{error} (and {damage})"),
        damaged: false,
    })?;
    let mut store = LibraryStore::open(file)?;
    for (hash, set) in &rescued {
        store.put_override(hash, set)?;
    }
    let kept = match rescued.len() {
        0 => String::new(),
        1 => ", what was set for one track is kept".to_owned(),
        many => format!(", what was set for {many} tracks is kept"),
    };
    let name = aside.file_name().unwrap_or(aside.as_os_str()).to_string_lossy();
    let words = format!(
        "{}: the library was damaged: it lies beside it as {name} now{kept}, and the music is measured again",
        file.display()
    );
    Ok((store, Some(words)))
}

/// Gives the file, and what `SQLite` keeps beside it, a name that is free.
fn set_aside(file: &Path) -> std::io::Result<PathBuf> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut aside = file.with_extension(format!("damaged-{seconds}.db"));
    let mut again = 1;
    while aside.exists() {
        aside = file.with_extension(format!("damaged-{seconds}-{again}.db"));
        again += 1;
    }
    std::fs::rename(file, &aside)?;
    for part in ["-wal", "-shm"] {
        let of = |base: &Path| PathBuf::from(format!("{}{part}", base.display()));
        let (from, to) = (of(file), of(&aside));
        if from.exists() {
            std::fs::rename(from, to)?;
        }
    }
    Ok(aside)
}

/// What people set, as far as it can still be read: up to a torn page from both ends.
fn rescue(file: &Path) -> Vec<(ContentHash, TrackOverride)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(file, flags) else { return Vec::new() };
    let mut found = BTreeMap::new();
    for order in ["ASC", "DESC"] {
        // What is found before it breaks off counts.
        let _ = rescue_in_order(&connection, order, &mut found);
    }
    found.into_iter().collect()
}

fn rescue_in_order(
    connection: &Connection,
    order: &str,
    found: &mut BTreeMap<ContentHash, TrackOverride>,
) -> rusqlite::Result<()> {
    let sql = format!("SELECT hash, valence, energy, danceability, bpm FROM overrides ORDER BY hash {order}");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let set = TrackOverride {
            valence: row.get(1)?,
            energy: row.get(2)?,
            danceability: row.get(3)?,
            bpm: row.get(4)?,
        };
        found.insert(row.get(0)?, set);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let listing = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
        listing.map(|item| item.file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_that_is_no_database_is_set_aside_and_a_library_takes_its_place() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("deep/library.db");
        std::fs::create_dir(dir.path().join("deep")).expect("made");
        std::fs::write(&file, "this is no database, but it is long enough to be looked at".repeat(99))
            .expect("written");
        let (store, words) = open_or_rebuild(&file).expect("there is a library");
        let words = words.expect("it is said");
        assert!(words.contains("library.db") && words.contains("damaged-"), "{words}");
        assert_eq!(store.count(Path::new("/")).expect("it works"), (0, 0));
        assert!(names(&dir.path().join("deep")).iter().any(|name| name.contains("damaged-")));
        drop(store);
        assert_eq!(open_or_rebuild(&file).expect("whole now").1, None);
    }

    #[test]
    fn what_people_set_is_rescued_from_a_damaged_file() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("library.db");
        let set = TrackOverride { energy: Some(0.7), ..TrackOverride::default() };
        let mut store = LibraryStore::open(&file).expect("made");
        store.put_override(&[7; 32], &set).expect("written");
        drop(store);
        let mut bytes = std::fs::read(&file).expect("read");
        // The pages of the table of files are torn; the head and the overrides are whole.
        let page = u16::from_be_bytes([bytes[16], bytes[17]]) as usize;
        bytes[page..2 * page].fill(0xA5);
        std::fs::write(&file, bytes).expect("written");
        let (store, words) = open_or_rebuild(&file).expect("there is a library");
        assert!(words.expect("it is said").contains("one track is kept"));
        assert_eq!(store.overrides().expect("read"), [([7; 32], set)]);
    }

    #[test]
    fn what_people_set_is_rescued_from_both_sides_of_a_torn_page() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("library.db");
        let mut store = LibraryStore::open(&file).expect("made");
        let set = TrackOverride { bpm: Some(90.0), ..TrackOverride::default() };
        for number in 0..=255 {
            store.put_override(&[number; 32], &set).expect("written");
        }
        drop(store);
        let mut bytes = std::fs::read(&file).expect("read");
        let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        // A page in the middle of the tree of overrides.
        let middle = bytes.windows(32).position(|window| window == [128; 32]).expect("kept") / page;
        bytes[middle * page..(middle + 1) * page].fill(0xA5);
        std::fs::write(&file, bytes).expect("written");
        let (store, words) = open_or_rebuild(&file).expect("there is a library");
        assert!(words.is_some());
        let rescued = store.overrides().expect("read");
        assert!((100..256).contains(&rescued.len()), "{}", rescued.len());
        assert_eq!((rescued[0].0, rescued[rescued.len() - 1].0), ([0; 32], [255; 32]));
    }

    #[test]
    fn a_library_of_a_newer_version_is_left_alone() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("library.db");
        drop(LibraryStore::open(&file).expect("made"));
        Connection::open(&file).and_then(|it| it.pragma_update(None, "user_version", 99)).expect("written");
        let words = open_or_rebuild(&file).unwrap_err().to_string();
        assert!(words.contains("99") && words.contains("--database"), "{words}");
        assert_eq!(names(dir.path()).iter().filter(|name| name.contains("damaged")).count(), 0);
    }
}
