//! What changes in the measured run: scenes, tracks, and many new music files at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bevy::prelude::*;

use crate::command::{Command, Request};
use crate::foundation::{Worker, WorkerError, WorkerEvent, WorkerOptions};
use crate::music::shipped_album;

/// App time between two changes of scene, and between two tracks.
const SCENE_EVERY: Duration = Duration::from_secs(10);
const TRACK_EVERY: Duration = Duration::from_secs(15);
/// Files that are added in the middle of the run.
const NEW_FILES: usize = 2_000;

/// A temporary folder of music; it is removed when this is dropped.
#[derive(Debug)]
pub(super) struct MusicCopy {
    folder: PathBuf,
}

impl MusicCopy {
    /// Copies the shipped album.
    pub(super) fn copied() -> io::Result<Self> {
        let folder = std::env::temp_dir().join(format!("attune-smooth-{}", std::process::id()));
        let music = Self { folder };
        fs::create_dir_all(music.path())?;
        for file in fs::read_dir(shipped_album())? {
            let file = file?;
            if file.file_type()?.is_file() {
                fs::copy(file.path(), music.path().join(file.file_name()))?;
            }
        }
        Ok(music)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join("music")
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("library.db")
    }
}

impl Drop for MusicCopy {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            warn!("{}: the temporary folder stays: {error}", self.folder.display());
        }
    }
}

/// Adds hard links to the same music under other names.
fn add_links(folder: &Path, count: usize) -> io::Result<()> {
    let files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect::<io::Result<Vec<_>>>()?;
    for (number, file) in files.iter().cycle().take(if files.is_empty() { 0 } else { count }).enumerate() {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        fs::hard_link(file, folder.join(format!("new-{number:04}-{name}")))?;
    }
    Ok(())
}

/// When the next changes are due, in app time.
#[derive(Resource, Debug, Clone)]
pub(super) struct ChangeSchedule {
    scene: Duration,
    track: Duration,
    /// When new music is added, and to which folder.
    music: Option<(Duration, PathBuf)>,
}

impl ChangeSchedule {
    /// New music is added to `folder` at `middle`.
    pub(super) fn new(folder: PathBuf, middle: Duration) -> Self {
        Self { scene: SCENE_EVERY, track: TRACK_EVERY, music: Some((middle, folder)) }
    }

    /// The changes that are due at `now`; each is returned once.
    fn due(&mut self, now: Duration) -> (Vec<Command>, Option<PathBuf>) {
        let mut commands = Vec::new();
        for (next, every, command) in [
            (&mut self.scene, SCENE_EVERY, Command::NextScene),
            (&mut self.track, TRACK_EVERY, Command::NextTrack),
        ] {
            if now >= *next {
                commands.push(command);
                *next = now + every;
            }
        }
        let music = self.music.take_if(|(at, _)| now >= *at).map(|(_, folder)| folder);
        (commands, music)
    }
}

/// Adds new music on a thread of its own, since linking thousands of files takes longer than a frame.
type LinkWorker = Worker<PathBuf, io::Result<()>>;

/// Requests the changes that are due.
pub(super) fn request_changes(
    mut schedule: ResMut<ChangeSchedule>,
    time: Res<Time>,
    mut requests: MessageWriter<Request>,
    mut linking: Local<Option<LinkWorker>>,
) {
    let (due, music) = schedule.due(time.elapsed());
    requests.write_batch(due.into_iter().map(Request::script));
    if let Some(folder) = music {
        match start_linking(folder) {
            Ok(worker) => *linking = Some(worker),
            Err(error) => warn!("the new music cannot be added: {error}"),
        }
    }
    match linking.as_ref().and_then(Worker::poll) {
        Some(WorkerEvent::News(Err(error))) => warn!("the new music cannot be added: {error}"),
        Some(WorkerEvent::Panicked(text)) => warn!("adding the new music failed: {text}"),
        Some(WorkerEvent::News(Ok(()))) | None => {}
    }
}

fn start_linking(folder: PathBuf) -> Result<LinkWorker, WorkerError> {
    let worker = Worker::answering(WorkerOptions::named("new music"), |folder: PathBuf| {
        add_links(&folder, NEW_FILES)
    })?;
    // The queue of a new worker is empty, so that the job always fits.
    let _ = worker.send(folder);
    Ok(worker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_tracks_and_music_come_at_their_times_and_once() {
        let mut schedule = ChangeSchedule::new("there".into(), Duration::from_secs(20));
        let (mut scenes, mut tracks, mut music) = (0, 0, 0);
        for tenth in 0..=600 {
            let (due, folder) = schedule.due(Duration::from_millis(tenth * 100));
            scenes += due.iter().filter(|command| **command == Command::NextScene).count();
            tracks += due.iter().filter(|command| **command == Command::NextTrack).count();
            music += usize::from(folder.is_some());
        }
        assert_eq!((scenes, tracks, music), (6, 4, 1));
    }

    #[test]
    fn new_music_is_the_old_under_other_names() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::write(dir.path().join("one.ogg"), "sound").expect("written");
        add_links(dir.path(), 3).expect("linked");
        let count = fs::read_dir(dir.path()).expect("there").count();
        assert_eq!(count, 4);
        assert_eq!(fs::read_to_string(dir.path().join("new-0002-one.ogg")).expect("there"), "sound");
    }
}
