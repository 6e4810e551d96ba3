//! One way to keep data in `SQLite`: opening with checks, migrations, and recovery of a damaged file.
//!
//! Files are opened in WAL mode, so that a power cut loses the last moments at most, never the file.
//! The version is `PRAGMA user_version`, which counts the migrations that were applied.
//! (`rusqlite_migration` does the same; its newest release needs an older `rusqlite` than ours.)
//!
//! An error is one of two kinds. *Damage* means that the file will never work again: it is no
//! database, it is corrupt, or its tables differ from those of its version. Then
//! [`Database::open_or_rebuild`] renames it, lets the caller rescue what can still be read, and
//! begins a new file. Everything else (locked, full, read-only, no permission, a wrong statement)
//! leaves the file alone, since it may work at the next try.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The tables of a database.
#[derive(Debug, Clone, Copy)]
pub struct DatabaseSchema {
    /// SQL statements; each brings the file from its position in this list to the next version.
    pub migrations: &'static [&'static str],
    /// Statements that can be prepared on every file of the newest version. They tell a file whose
    /// tables are not what its version says, which is damage.
    pub expects: &'static [&'static str],
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("{}: the folder cannot be made: {reason}", folder.display())]
    Folder { folder: PathBuf, reason: io::Error },
    #[error("{}: it is no ordinary file, as a database must be", file.display())]
    NoFile { file: PathBuf },
    #[error("{}: it cannot be {doing}: {reason}", file.display())]
    Failed { file: PathBuf, doing: &'static str, reason: rusqlite::Error },
    #[error("{}: it is damaged: {reason}", file.display())]
    Damaged { file: PathBuf, reason: String },
    #[error(
        "{}: a newer Attune has written it (version {found}, this one knows {known}); update Attune, or use another file",
        file.display()
    )]
    Newer { file: PathBuf, found: usize, known: usize },
    #[error("{}: it is damaged ({damage}), and it cannot be renamed: {reason}", file.display())]
    SetAside { file: PathBuf, damage: String, reason: io::Error },
}

impl DatabaseError {
    /// Whether the file will not work at a later try either.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::SetAside { .. })
    }
}

/// What became of a damaged file.
#[derive(Debug)]
pub struct RebuiltDatabase<T> {
    /// Where the damaged file is now.
    pub aside: PathBuf,
    /// What was wrong with it.
    pub damage: String,
    /// What the caller rescued from it.
    pub rescued: T,
}

/// An open database.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    file: PathBuf,
}

impl Database {
    /// Opens or makes the file and its folder, checks it, and brings it to the newest version.
    ///
    /// # Errors
    /// [`DatabaseError`]; [`is_damage`](DatabaseError::is_damage) if no later try will help.
    pub fn open(file: &Path, schema: &DatabaseSchema) -> Result<Self, DatabaseError> {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)
                .map_err(|reason| DatabaseError::Folder { folder: folder.to_owned(), reason })?;
        }
        // A device reads like a damaged file, and must not be renamed.
        if fs::metadata(file).is_ok_and(|found| !found.is_file()) {
            return Err(DatabaseError::NoFile { file: file.to_owned() });
        }
        let connection = Connection::open(file).map_err(|error| failed(file, "opened", error))?;
        Self::prepare(connection, file.to_owned(), schema)
    }

    /// A database that is gone when it is dropped.
    ///
    /// # Errors
    /// [`DatabaseError`] if `SQLite` gives none.
    pub fn in_memory(schema: &DatabaseSchema) -> Result<Self, DatabaseError> {
        let file = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory().map_err(|error| failed(&file, "opened", error))?;
        Self::prepare(connection, file, schema)
    }

    /// Opens the file. A damaged one is renamed to a free name beside it, `rescue` reads what it
    /// still can from it, and a new file is begun in its place.
    ///
    /// The connection that `rescue` gets is read-only and may fail at every row.
    ///
    /// # Errors
    /// [`DatabaseError`] if there can be no database at this place. The file is then left where it was,
    /// unless it had to be renamed first.
    pub fn open_or_rebuild<T>(
        file: &Path,
        schema: &DatabaseSchema,
        rescue: impl FnOnce(&Connection) -> T,
    ) -> Result<(Self, Option<RebuiltDatabase<T>>), DatabaseError>
    where
        T: Default,
    {
        let damage = match Self::open(file, schema) {
            Ok(database) => return Ok((database, None)),
            Err(DatabaseError::Damaged { reason, .. }) => reason,
            Err(error) => return Err(error),
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let rescued = Connection::open_with_flags(file, flags)
            .map_or_else(|_| T::default(), |connection| rescue(&connection));
        let aside = match set_aside(file) {
            Ok(aside) => aside,
            Err(reason) => return Err(DatabaseError::SetAside { file: file.to_owned(), damage, reason }),
        };
        let database = Self::open(file, schema)?;
        Ok((database, Some(RebuiltDatabase { aside, damage, rescued })))
    }

    /// The file; `:memory:` without one.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Runs statements that read. `doing` is a participle for the error: "read".
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] or [`DatabaseError::Damaged`].
    pub fn read<T>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, DatabaseError> {
        read(&self.connection).map_err(|error| failed(&self.file, doing, error))
    }

    /// Runs statements that write, in one transaction: all of them take effect, or none.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] or [`DatabaseError::Damaged`].
    pub fn write<T>(
        &mut self,
        doing: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, DatabaseError> {
        let run = |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let value = write(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        run(&mut self.connection).map_err(|error| failed(&self.file, doing, error))
    }

    fn prepare(
        connection: Connection,
        file: PathBuf,
        schema: &DatabaseSchema,
    ) -> Result<Self, DatabaseError> {
        let mut database = Self { connection, file };
        database.configure()?;
        database.migrate(schema)?;
        database.check_tables(schema)?;
        Ok(database)
    }

    fn configure(&self) -> Result<(), DatabaseError> {
        let state: String = self.read("opened", |connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        })?;
        if state == "ok" { Ok(()) } else { Err(self.damaged(state)) }
    }

    fn migrate(&mut self, schema: &DatabaseSchema) -> Result<(), DatabaseError> {
        let known = schema.migrations.len();
        let found = self.read("opened", version)?;
        if found > known {
            return Err(DatabaseError::Newer { file: self.file.clone(), found, known });
        }
        if found == known {
            return Ok(());
        }
        self.write("brought to its newest version", |transaction| {
            // Another process may have been quicker.
            for migration in schema.migrations.iter().skip(version(transaction)?) {
                transaction.execute_batch(migration)?;
            }
            transaction.pragma_update(None, "user_version", known as u32)
        })
    }

    fn check_tables(&self, schema: &DatabaseSchema) -> Result<(), DatabaseError> {
        for statement in schema.expects {
            match self.connection.prepare(statement) {
                Ok(_) => {}
                // Only here does a generic error say something about the file: the statement is right.
                Err(error) if is_wrong_statement(&error) => {
                    return Err(self.damaged(format!("its tables are not those of its version: {error}")));
                }
                Err(error) => return Err(failed(&self.file, "opened", error)),
            }
        }
        Ok(())
    }

    fn damaged(&self, reason: String) -> DatabaseError {
        DatabaseError::Damaged { file: self.file.clone(), reason }
    }
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
        .map(|found| found as usize)
}

/// Whether a statement does not fit the tables.
fn is_wrong_statement(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqlInputError { .. })
        || error.sqlite_error_code() == Some(ErrorCode::Unknown)
}

/// Tells damage from everything that may pass.
fn failed(file: &Path, doing: &'static str, reason: rusqlite::Error) -> DatabaseError {
    let file = file.to_owned();
    match reason.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            DatabaseError::Damaged { file, reason: reason.to_string() }
        }
        _ => DatabaseError::Failed { file, doing, reason },
    }
}

/// Renames the file, and what `SQLite` keeps beside it, to `name.damaged-SECONDS.ending`, or to
/// `name.damaged-SECONDS-1.ending` and so on if that exists.
fn set_aside(file: &Path) -> io::Result<PathBuf> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let aside = free_name(file, seconds);
    fs::rename(file, &aside)?;
    for part in ["-wal", "-shm"] {
        let (from, to) = (with_suffix(file, part), with_suffix(&aside, part));
        if from.exists() {
            fs::rename(from, to)?;
        }
    }
    Ok(aside)
}

fn free_name(file: &Path, seconds: u64) -> PathBuf {
    let ending = file.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
    let named = |number: &str| file.with_extension(format!("damaged-{seconds}{number}{ending}"));
    let mut name = named("");
    for number in 1_u32.. {
        if !name.exists() {
            break;
        }
        name = named(&format!("-{number}"));
    }
    name
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device is refused and stays: read as a file it would look damaged, and be renamed.
    #[test]
    fn a_device_is_refused_and_left_alone() {
        let full = Path::new("/dev/full");
        let refused = Database::open_or_rebuild(full, &SCHEMA, |_| ()).unwrap_err().to_string();
        assert!(refused.starts_with("/dev/full: it is no ordinary file"), "{refused}");
        assert!(full.exists());
    }

    const SCHEMA: DatabaseSchema = DatabaseSchema {
        migrations: &["CREATE TABLE lamps (name TEXT NOT NULL, watts REAL NOT NULL)"],
        expects: &["SELECT name, watts FROM lamps"],
    };

    fn names(database: &Database) -> Vec<String> {
        database.read("read", read_names).expect("read")
    }

    fn read_names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
        connection.prepare("SELECT name FROM lamps ORDER BY name")?.query_map([], |row| row.get(0))?.collect()
    }

    fn add(database: &mut Database, name: &str) -> Result<usize, DatabaseError> {
        database.write("written", |transaction| {
            transaction.execute("INSERT INTO lamps (name, watts) VALUES (?1, 4.0)", [name])
        })
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("deep/lamps.db");
        (folder, file)
    }

    fn set_aside_files(file: &Path) -> usize {
        let listing = fs::read_dir(file.parent().expect("a folder")).expect("read");
        listing.flatten().filter(|item| item.file_name().to_string_lossy().contains("damaged-")).count()
    }

    #[test]
    fn what_is_written_is_there_after_opening_again() {
        let (_folder, file) = folder();
        add(&mut Database::open(&file, &SCHEMA).expect("made"), "desk").expect("written");
        assert_eq!(names(&Database::open(&file, &SCHEMA).expect("opened")), ["desk"]);
    }

    #[test]
    fn a_transaction_that_fails_leaves_nothing() {
        let mut database = Database::in_memory(&SCHEMA).expect("made");
        let result = database.write("written", |transaction| {
            transaction.execute("INSERT INTO lamps (name, watts) VALUES ('desk', 4.0)", [])?;
            transaction.execute("INSERT INTO chairs (name) VALUES ('desk')", [])
        });
        assert!(matches!(result, Err(ref error @ DatabaseError::Failed { .. }) if !error.is_damage()));
        assert!(names(&database).is_empty());
    }

    #[test]
    fn an_older_file_is_brought_to_the_newest_version_and_keeps_its_rows() {
        const NEWER: DatabaseSchema = DatabaseSchema {
            migrations: &[SCHEMA.migrations[0], "ALTER TABLE lamps ADD COLUMN colour TEXT"],
            expects: &["SELECT colour FROM lamps"],
        };
        let (_folder, file) = folder();
        add(&mut Database::open(&file, &SCHEMA).expect("made"), "desk").expect("written");
        let database = Database::open(&file, &NEWER).expect("migrated");
        assert_eq!(names(&database), ["desk"]);
        assert_eq!(database.read("read", version).expect("read"), 2);
        drop(database);
        let error = Database::open(&file, &SCHEMA).expect_err("too new");
        assert!(matches!(error, DatabaseError::Newer { found: 2, known: 1, .. }), "{error}");
        assert!(!error.is_damage());
    }

    #[test]
    fn damaged_files_are_set_aside_under_free_names() {
        let (_folder, file) = folder();
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        for count in 1..=3 {
            fs::write(&file, "this is no database, but it is long enough to be read".repeat(99))
                .expect("written");
            let (database, rebuilt) =
                Database::open_or_rebuild(&file, &SCHEMA, |connection| read_names(connection).is_ok())
                    .expect("rebuilt");
            let rebuilt = rebuilt.expect("damage is reported");
            assert!(!rebuilt.rescued && rebuilt.aside.exists());
            assert!(names(&database).is_empty());
            drop(database);
            // Within one second the times are equal, and the names still differ.
            assert_eq!(set_aside_files(&file), count);
        }
        let (_, rebuilt) = Database::open_or_rebuild(&file, &SCHEMA, |_| ()).expect("whole now");
        assert!(rebuilt.is_none());
    }

    #[test]
    fn a_free_name_is_found_where_others_are_taken() {
        let (_folder, file) = folder();
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        for expected in ["lamps.damaged-7.db", "lamps.damaged-7-1.db", "lamps.damaged-7-2.db"] {
            let name = free_name(&file, 7);
            assert_eq!(name.file_name().and_then(|name| name.to_str()), Some(expected));
            fs::write(name, "").expect("written");
        }
    }

    #[test]
    fn what_can_still_be_read_of_a_torn_file_is_rescued() {
        let (_folder, file) = folder();
        let two = DatabaseSchema {
            migrations: &[
                "CREATE TABLE lamps (name TEXT NOT NULL, watts REAL NOT NULL); CREATE TABLE notes (text TEXT)",
            ],
            expects: &[],
        };
        let mut database = Database::open(&file, &two).expect("made");
        add(&mut database, "desk").expect("written");
        let page: usize = database
            .read("read", |connection| {
                connection.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0))
            })
            .expect("read") as usize;
        drop(database);
        let mut bytes = fs::read(&file).expect("read");
        // The third page holds the notes.
        bytes[2 * page..3 * page].fill(0xA5);
        fs::write(&file, bytes).expect("written");
        let (_, rebuilt) =
            Database::open_or_rebuild(&file, &two, |connection| read_names(connection).unwrap_or_default())
                .expect("rebuilt");
        assert_eq!(rebuilt.expect("damage").rescued, ["desk"]);
    }

    #[test]
    fn tables_that_are_not_those_of_the_version_are_damage() {
        let (_folder, file) = folder();
        drop(Database::open(&file, &SCHEMA).expect("made"));
        let connection = Connection::open(&file).expect("opened");
        connection.execute_batch("ALTER TABLE lamps RENAME COLUMN watts TO volts").expect("changed");
        drop(connection);
        let error = Database::open(&file, &SCHEMA).expect_err("damaged");
        assert!(error.is_damage() && error.to_string().contains("watts"), "{error}");
    }

    #[test]
    fn a_locked_file_is_no_damage_and_stays_where_it_is() {
        let (_folder, file) = folder();
        let mut database = Database::open(&file, &SCHEMA).expect("made");
        database.connection.busy_timeout(Duration::ZERO).expect("set");
        let other = Connection::open(&file).expect("opened");
        other.execute_batch("BEGIN IMMEDIATE").expect("locked");
        let error = add(&mut database, "desk").expect_err("locked");
        assert!(!error.is_damage(), "{error}");
        assert_eq!(set_aside_files(&file), 0);
        other.execute_batch("ROLLBACK").expect("free");
        assert!(add(&mut database, "desk").is_ok());
    }

    #[test]
    fn a_wrong_statement_is_no_damage() {
        let database = Database::in_memory(&SCHEMA).expect("made");
        let error = database.read("read", |connection| connection.execute("SELECT * FROM chairs", []));
        assert!(!error.expect_err("no such table").is_damage());
    }

    #[test]
    fn a_place_where_no_folder_can_be_made_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let blocked = folder.path().join("blocked");
        fs::write(&blocked, "a file where a folder should be").expect("written");
        let error = Database::open(&blocked.join("lamps.db"), &SCHEMA).expect_err("no folder");
        assert!(error.to_string().contains("blocked") && !error.is_damage(), "{error}");
    }
}
