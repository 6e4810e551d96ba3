//! Reads the loudness over time of single tracks from the library, for the mixer: in memory it would be the largest
//! part of a large library, and it is needed for two tracks at a time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use crate::foundation::{show_path, text_of_path};
use crate::music::analysis;
use crate::music::loudness_envelope::LoudnessEnvelope;

/// How long a look waits for the thread that writes.
const BUSY_TIMEOUT: Duration = Duration::from_millis(500);

/// A connection of its own to the library, which only reads. Meant for a worker: it reads from the disk.
#[derive(Debug)]
pub struct EnvelopeReader {
    file: PathBuf,
    connection: Option<Connection>,
}

impl EnvelopeReader {
    /// For the library in this file, which may come to be later.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self { file, connection: None }
    }

    /// The envelope of a track, by the path that its [`Track`](crate::music::Track) has. `None` if it was not analysed
    /// yet, or the library cannot be read now; the rooms that keep the library say so.
    pub fn read(&mut self, track: &Path) -> Option<LoudnessEnvelope> {
        let read = self.connect()?.and_then(|connection| find(connection, track));
        // A file that was replaced, e.g. because it was damaged, is opened again for the next track.
        read.inspect_err(|error| {
            bevy::log::debug!("{}: {error}", show_path(&self.file));
            self.connection = None;
        })
        .ok()?
    }

    fn connect(&mut self) -> Option<rusqlite::Result<&Connection>> {
        if self.connection.is_none() {
            if !self.file.is_file() {
                return None;
            }
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let opened = Connection::open_with_flags(&self.file, flags);
            match opened.and_then(|connection| connection.busy_timeout(BUSY_TIMEOUT).map(|()| connection)) {
                Ok(connection) => self.connection = Some(connection),
                Err(error) => return Some(Err(error)),
            }
        }
        self.connection.as_ref().map(Ok)
    }
}

fn find(connection: &Connection, track: &Path) -> rusqlite::Result<Option<LoudnessEnvelope>> {
    let mut statement = connection.prepare_cached(
        "SELECT envelope FROM files JOIN sounds USING (hash) WHERE path = ?1 AND version = ?2",
    )?;
    let row = statement.query_row(params![text_of_path(track), analysis::VERSION], |row| {
        row.get::<_, Option<Vec<u8>>>("envelope")
    });
    Ok(row.optional()?.flatten().map(|bytes| LoudnessEnvelope::from_bytes(&bytes)))
}
