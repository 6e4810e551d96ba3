//! Looks into the music folder: at once in a stepped run, on a thread of its own in a live one.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use super::library::{Entry, Library, Unreadable};

/// Messages that may wait; the scan pauses when nobody takes them.
const WAITING: usize = 8;
/// Tracks told at once while a large folder is being read.
const BATCH: usize = 64;

/// Which folders hold the music.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folders {
    /// The folder that a person asked for.
    pub(super) asked: Option<PathBuf>,
    /// The shipped album, which takes its place.
    pub(super) album: PathBuf,
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// Some tracks, while the scan goes on. The first of a folder replace what was known before.
    Some { entries: Vec<Entry>, first: bool },
    /// A folder is read to its end.
    Whole { library: Library, problem: Option<String> },
}

impl Folders {
    /// Reads the folder that was asked for, else the album. `tell` returns `false` when nobody listens.
    pub(super) fn scan(&self, mut tell: impl FnMut(Found) -> bool) -> Option<String> {
        let mut problem = None;
        if let Some(asked) = &self.asked {
            match read(asked, &mut tell) {
                Ok(library) if !library.entries.is_empty() => {
                    tell(Found::Whole { library, problem: None });
                    return None;
                }
                Ok(library) => problem = Some(no_music(asked, &library.unreadable)),
                Err(error) => {
                    problem = Some(format!("the music folder {} cannot be read: {error}", asked.display()))
                }
            }
        }
        let remedy = "put OGG, FLAC, MP3 or WAV files there, or choose another with --music";
        let library = match read(&self.album, &mut tell) {
            Ok(library) if library.entries.is_empty() => {
                let words = problem.unwrap_or_else(|| no_music(&self.album, &library.unreadable));
                problem =
                    Some(format!("{words}, and there is no album in its place: it stays quiet; {remedy}"));
                library
            }
            Ok(library) => {
                problem = problem.map(|words| format!("{words}: the shipped album plays instead; {remedy}"));
                library
            }
            Err(error) => {
                let words =
                    problem.unwrap_or_else(|| format!("{} cannot be read: {error}", self.album.display()));
                problem =
                    Some(format!("{words}, and there is no album in its place: it stays quiet; {remedy}"));
                Library::default()
            }
        };
        tell(Found::Whole { library, problem: problem.clone() });
        problem
    }
}

fn no_music(folder: &Path, unreadable: &[Unreadable]) -> String {
    match unreadable {
        [] => format!("the music folder {} is empty", folder.display()),
        files => format!("none of the {} music files in {} can be read", files.len(), folder.display()),
    }
}

fn read(folder: &Path, tell: &mut impl FnMut(Found) -> bool) -> std::io::Result<Library> {
    let mut batch = Vec::new();
    let mut first = true;
    Library::scan(folder, |entry| {
        batch.push(entry.clone());
        // A few at once to begin with, so that music starts while a large folder is being read.
        if batch.len() >= if first { BATCH / 4 } else { BATCH } {
            tell(Found::Some { entries: std::mem::take(&mut batch), first });
            first = false;
        }
    })
}

/// A scan on a thread of its own. Dropping it ends the thread.
pub(super) struct Scanner {
    pub(super) found: Receiver<Found>,
    _stop: Sender<()>,
}

impl Scanner {
    /// Starts to look. While something is wrong with the folder, it is looked into again and again.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(folders: Folders, look_again: Duration) -> std::io::Result<Self> {
        let (sender, found) = sync_channel(WAITING);
        let (stop, stopped) = channel();
        let work = move || look(&folders, look_again, &sender, &stopped);
        thread::Builder::new().name("library".to_owned()).spawn(work)?;
        Ok(Self { found, _stop: stop })
    }
}

fn look(folders: &Folders, look_again: Duration, found: &SyncSender<Found>, stopped: &Receiver<()>) {
    let mut told = None;
    loop {
        let problem = folders.scan(|news| {
            // The same problem with the same album again is no news.
            let same = matches!(&news, Found::Whole { problem, .. } if problem.is_some() && *problem == told);
            let partial = matches!(news, Found::Some { .. }) && told.is_some();
            same || partial || found.send(news).is_ok()
        });
        if problem.is_none() || stopped.recv_timeout(look_again) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        told = problem;
    }
}
