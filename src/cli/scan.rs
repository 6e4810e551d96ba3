//! `attune scan`: analyses a folder of music, with progress.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::bail;
use clap::Args;
use cpu_time::ThreadTime;
use indicatif::ProgressBar;
use serde::Serialize;

use super::args::SettingsArgs;
use super::music_library::{
    UnreadableFile, describe_unreadable, format_length, open_library, path_below, unreadable_files,
};
use super::print::print_line;
use crate::app::terminal::progress_bar;
use crate::foundation::{Folders, serialize_path, show_name, show_path, tell};
use crate::music::library::{BATCH, LibrarySync, absolute, compare, hash, look, measure};
use crate::music::playable_formats;

#[derive(Debug, Clone, Args)]
pub(super) struct ScanArgs {
    #[arg(value_name = "DIR", help = format!("A folder of music: {}", playable_formats()))]
    folder: PathBuf,
    /// The file of the music library. Default: library.db in your data folder.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Number of tracks to analyse at the same time. Default: one for each core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Read only the tags, and analyse the sound later.
    #[arg(long)]
    tags_only: bool,
    /// Forget files that are not there any more. Without it they are kept, since a drive or a network folder may be back
    /// later.
    #[arg(long)]
    forget_missing: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The results of a scan, as `--json` prints them.
#[derive(Debug, Serialize)]
struct ScanSummary {
    #[serde(serialize_with = "serialize_path")]
    folder: PathBuf,
    #[serde(serialize_with = "serialize_path")]
    database: PathBuf,
    /// Usable tracks, and how many of them are analysed.
    tracks: usize,
    measured: usize,
    /// Files that were new or changed, and files that were there at the last look and are not now.
    read: usize,
    gone: usize,
    /// Tracks that were there before, are not now, and are kept.
    missing: usize,
    work: MeasuringWork,
    unreadable: Vec<UnreadableFile>,
}

/// What was analysed in this scan.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct MeasuringWork {
    tracks: usize,
    /// Length of the music in seconds.
    seconds_of_music: f64,
    /// Wall time, and CPU time of one core, in seconds.
    seconds: f64,
    cpu_seconds: f64,
}

impl MeasuringWork {
    /// Seconds of music for each second of one core, including decoding.
    fn times_real_time(&self) -> f64 {
        self.seconds_of_music / self.cpu_seconds.max(f64::MIN_POSITIVE)
    }
}

pub(super) fn scan(args: &ScanArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    if !args.folder.is_dir() {
        bail!("{}: not a folder; name a folder with music", show_path(&args.folder));
    }
    let folder = absolute(&args.folder);
    let mut catalogue = open_library(args.database.as_deref(), &args.settings, folders)?;
    let (read, gone) = read_tags(&mut catalogue, &folder)?;
    if args.forget_missing {
        catalogue.store.forget_missing(&folder)?;
    }
    let catalogue = Mutex::new(catalogue);
    let jobs = args.jobs.map_or_else(cores, usize::from);
    let work =
        if args.tags_only { MeasuringWork::default() } else { measure_all(&catalogue, &folder, jobs)? };
    let catalogue = catalogue.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (tracks, measured) = catalogue.store.count(&folder)?;
    let missing = catalogue.store.missing(&folder)?.len();
    let unreadable = unreadable_files(&catalogue, &folder)?;
    let database = catalogue.store.file().to_owned();
    let summary = ScanSummary { folder, database, tracks, measured, read, gone, missing, work, unreadable };
    if args.json {
        print_line!("{}", serde_json::to_string_pretty(&summary)?)?;
    } else {
        print_line!("{}", words(&summary).trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Reads the tags of new and changed files. Returns their number, and the number of files that are not there any more.
fn read_tags(catalogue: &mut LibrarySync, folder: &Path) -> anyhow::Result<(usize, usize)> {
    let difference = compare(folder, catalogue.store.known(folder)?)?;
    catalogue.take_difference(&difference)?;
    let bar =
        progress_bar(Some(difference.look.len() as u64), "{bar:30} {pos} of {len} files read, {eta} left");
    let count = difference.look.len();
    let mut left = difference.look.into_iter().peekable();
    while left.peek().is_some() {
        let files: Vec<_> = left.by_ref().take(BATCH).collect();
        bar.inc(files.len() as u64);
        let looked: Vec<_> = files.into_iter().flat_map(look).collect();
        catalogue.keep(&looked, folder)?;
    }
    bar.finish_and_clear();
    Ok((count, difference.gone.len()))
}

/// Analyses all tracks that are not analysed yet. Each result is stored at once, so that an interrupted scan
/// continues where it stopped.
fn measure_all(catalogue: &Mutex<LibrarySync>, folder: &Path, jobs: usize) -> anyhow::Result<MeasuringWork> {
    let waiting = lock(catalogue).store.unmeasured(folder, 0, usize::MAX >> 1)?;
    let bar = progress_bar(
        Some(waiting.len() as u64),
        "{bar:30} {pos} of {len} tracks analysed, {eta} left  {wide_msg}",
    );
    let waiting = Mutex::new(VecDeque::from(waiting));
    let begin = Instant::now();
    let worked = thread::scope(|scope| -> anyhow::Result<Vec<MeasuringWork>> {
        let workers: Vec<_> = (0..jobs.max(1))
            .map(|_| scope.spawn(|| measure_some(catalogue, folder, &waiting, &bar)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| bail!("the analysis ended early")))
            .collect()
    })?;
    bar.finish_and_clear();
    let mut all = MeasuringWork { seconds: begin.elapsed().as_secs_f64(), ..MeasuringWork::default() };
    for one in worked {
        all.tracks += one.tracks;
        all.seconds_of_music += one.seconds_of_music;
        all.cpu_seconds += one.cpu_seconds;
    }
    Ok(all)
}

fn measure_some(
    catalogue: &Mutex<LibrarySync>,
    folder: &Path,
    waiting: &Mutex<VecDeque<(i64, PathBuf)>>,
    bar: &ProgressBar,
) -> anyhow::Result<MeasuringWork> {
    let mut work = MeasuringWork::default();
    loop {
        let Some((id, file)) = lock(waiting).pop_front() else { return Ok(work) };
        bar.set_message(show_name(file.file_name().unwrap_or_default()));
        let begin = ThreadTime::now();
        match hash(&file, || true) {
            Err(error) => {
                bar.suspend(|| tell!("attune: {}: cannot be read: {error}", show_path(&file)));
            }
            Ok(None) => {}
            Ok(Some(hash)) => {
                let known = lock(catalogue).store.put_hash(id, &hash)?;
                if let Some(sound) = (!known).then(|| measure(&file, || true)).flatten() {
                    work.tracks += 1;
                    work.seconds_of_music +=
                        sound.as_ref().map_or(0.0, |measured| f64::from(measured.sound.seconds));
                    lock(catalogue).keep_sound(&file, &hash, &sound, folder)?;
                }
            }
        }
        work.cpu_seconds += begin.elapsed().as_secs_f64();
        bar.inc(1);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn words(summary: &ScanSummary) -> String {
    let ScanSummary { folder, database, tracks, measured, read, gone, missing, work, unreadable } = summary;
    let mut lines = vec![
        format!("{}: {tracks} tracks, {measured} of them analysed", show_path(folder)),
        format!("{read} files were new or changed, {gone} are not there any more"),
    ];
    if *missing > 0 {
        lines.push(format!(
            "{missing} tracks that were there before are missing; they are kept in case their drive or network folder \
             comes back. If you removed them: attune scan {} --forget-missing",
            show_path(folder)
        ));
    }
    if work.tracks > 0 {
        lines.push(format!(
            "analysed {} of music in {:.1} s: {:.0} times real time on one core",
            format_length(work.seconds_of_music),
            work.seconds,
            work.times_real_time()
        ));
    }
    if !unreadable.is_empty() {
        lines.push(format!("{}:", describe_unreadable(unreadable.len())));
    }
    lines.extend(unreadable.iter().map(|UnreadableFile { file, reason }| {
        format!("  {}: {reason}", show_path(path_below(folder, file)))
    }));
    lines.push(format!("library: {}\n", database.display()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(folder: &Path, database: &Path) -> ScanSummary {
        let mut catalogue =
            open_library(Some(database), &SettingsArgs::default(), &Folders::default()).expect("a library");
        let (read, gone) = read_tags(&mut catalogue, folder).expect("read");
        let catalogue = Mutex::new(catalogue);
        let work = measure_all(&catalogue, folder, 2).expect("measured");
        let catalogue = catalogue.into_inner().expect("whole");
        let (tracks, measured) = catalogue.store.count(folder).expect("counted");
        let missing = catalogue.store.missing(folder).expect("read").len();
        let unreadable = unreadable_files(&catalogue, folder).expect("read");
        let database = database.to_owned();
        let folder = folder.to_owned();
        ScanSummary { folder, database, tracks, measured, read, gone, missing, work, unreadable }
    }

    #[test]
    fn a_scan_measures_once_and_lists_what_cannot_be_used() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let music = dir.path().join("music");
        std::fs::create_dir(&music).expect("made");
        for tone in ["tone.ogg", "tone.flac", "tone.mp3", "tone.m4a"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/music").join(tone);
            std::fs::copy(from, music.join(tone)).expect("copied");
        }
        std::fs::write(music.join("words.mp3"), "no music").expect("written");
        let database = dir.path().join("library.db");
        let first = scanned(&music, &database);
        assert_eq!((first.tracks, first.measured, first.read, first.work.tracks), (4, 4, 5, 4));
        let text = words(&first);
        assert!(text.contains("words.mp3: its contents") && text.contains("times real time"), "{text}");
        let second = scanned(&music, &database);
        assert_eq!((second.tracks, second.read, second.work.tracks), (4, 0, 0));
    }
}
