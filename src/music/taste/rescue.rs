//! What can still be read of a damaged file of taste.

use std::path::Path;

use rusqlite::Connection;

use super::feedback::FeedbackEvent;
use super::store::{MOST_EVENTS, SELECT, read};

/// Whatever can still be read of a damaged file, the oldest first: pages that are torn are leapt over.
pub(super) fn rescue(file: &Path) -> Vec<(String, FeedbackEvent)> {
    /// Rows that are leapt over at once; a page holds a few more.
    const LEAP: i64 = 8;
    /// After so many leaps in vain nothing more is there.
    const IN_VAIN: i64 = 4 * MOST_EVENTS / LEAP;
    let mut events = Vec::new();
    let Ok(connection) = Connection::open(file) else { return events };
    let (mut last, mut vain) = (0, 0);
    while vain < IN_VAIN {
        let before = events.len();
        if rescue_after(&connection, &mut last, &mut events).is_ok() {
            return events;
        }
        last += LEAP;
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
        let id: i64 = row.get(9)?;
        if id > *last {
            *last = id;
            events.extend(read(row).ok());
        }
    }
    Ok(())
}
