//! `attune library`: what is known about your music, and what you know better.

mod show;
mod stats;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::render::can_hold;
use super::scan::{NotRead, not_read, open};
use crate::music::LibraryEntry;
use crate::music::library::{LibraryIndex, StoredTrack, TrackOverride, absolute, draw, hash, lay};
use show::show;
use stats::stats;

#[derive(Debug, Clone, Args)]
pub(super) struct LibraryArgs {
    #[command(subcommand)]
    command: Option<LibraryCommand>,
    /// Only what lies below this folder; percentiles are taken there, too.
    #[arg(long, value_name = "DIR", global = true)]
    music: Option<PathBuf>,
    /// Where the library is kept. Default: library.db in your data folder.
    #[arg(long, value_name = "FILE", global = true)]
    database: Option<PathBuf>,
    /// Settings that differ from the shipped ones (RON). Default: settings.ron in your configuration folder.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Print JSON instead of lines.
    #[arg(long, global = true)]
    json: bool,
    /// Draw the tracks in the plane of valence and energy as PNG.
    #[arg(long, value_name = "FILE", global = true)]
    plot: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
enum LibraryCommand {
    /// Every track with its descriptors, and every file that cannot be used, with the reason (this is also what happens
    /// without a subcommand).
    List,
    /// Everything that is known about one track, and where it comes from.
    Show {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Say what you know better; it wins over tags and measurements, and stays when the file moves.
    TrackOverride(OverrideArgs),
    /// How many tracks, how long, how they are spread.
    Stats,
}

#[derive(Debug, Clone, Args)]
struct OverrideArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// 0 dark to 1 bright.
    #[arg(long, value_name = "0..1", value_parser = share)]
    valence: Option<f32>,
    /// 0 quiet to 1 loud and dense.
    #[arg(long, value_name = "0..1", value_parser = share)]
    energy: Option<f32>,
    /// 0 to 1.
    #[arg(long, value_name = "0..1", value_parser = share)]
    danceability: Option<f32>,
    /// In beats per minute.
    #[arg(long, value_name = "BPM", value_parser = tempo)]
    tempo: Option<f32>,
    /// Forget all that was set for this track, before anything else is set.
    #[arg(long)]
    clear: bool,
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("a number from 0 to 1 is needed".into()),
    }
}

fn tempo(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (20.0..=400.0).contains(&value) => Ok(value),
        _ => Err("beats per minute from 20 to 400 are needed".into()),
    }
}

/// One line of the list; the values are the effective ones.
#[derive(Debug, Serialize)]
struct Line {
    file: PathBuf,
    title: String,
    artist: Option<String>,
    album: Option<String>,
    genre: Option<String>,
    moods: Vec<String>,
    seconds: f64,
    valence: Option<f32>,
    energy: Option<f32>,
    danceability: Option<f32>,
    bpm: Option<f32>,
    key: Option<String>,
    lufs: Option<f32>,
}

impl From<LibraryEntry> for Line {
    fn from(entry: LibraryEntry) -> Self {
        Self {
            file: entry.track.path,
            title: entry.track.title,
            artist: entry.track.artist,
            album: entry.album,
            genre: entry.genre,
            moods: entry.moods,
            seconds: entry.track.duration.as_secs_f64(),
            valence: entry.valence,
            energy: entry.energy,
            danceability: entry.danceability,
            bpm: entry.track.bpm,
            key: entry.track.facts.key.map(|key| key.value.to_string()),
            lufs: entry.track.facts.loudness.map(|loudness| loudness.value),
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub(super) fn library(args: &LibraryArgs) -> anyhow::Result<ExitCode> {
    if let Some(file) = &args.plot {
        can_hold(file)?;
    }
    let folder = args.music.as_deref().map_or_else(|| PathBuf::from("/"), absolute);
    let mut catalogue = open(args.database.as_deref(), args.config.as_deref())?;
    catalogue.take_scale(&folder)?;
    let text = match args.command.as_ref().unwrap_or(&LibraryCommand::List) {
        LibraryCommand::List => list(&catalogue, &folder, args.json)?,
        LibraryCommand::Show { file } => show(&catalogue, file, args.json)?,
        LibraryCommand::TrackOverride(given) => {
            set(&mut catalogue, given)?;
            show(&catalogue, &given.file, args.json)?
        }
        LibraryCommand::Stats => stats(&catalogue, &folder, args.json)?,
    };
    println!("{}", text.trim_end());
    if let Some(file) = &args.plot {
        draw(&catalogue.all_entries(&folder)?, file)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What `list` prints as JSON.
#[derive(Debug, Serialize)]
struct Listed {
    tracks: Vec<Line>,
    unreadable: Vec<NotRead>,
}

fn list(catalogue: &LibraryIndex, folder: &Path, json: bool) -> anyhow::Result<String> {
    let entries = catalogue.all_entries(folder)?;
    let unreadable = not_read(catalogue, folder)?;
    if json {
        let tracks = entries.into_iter().map(Line::from).collect();
        return Ok(serde_json::to_string_pretty(&Listed { tracks, unreadable })?);
    }
    if entries.is_empty() && unreadable.is_empty() {
        let file = catalogue.store.file().display();
        if folder.parent().is_none() {
            bail!("{file}: the library is empty; read your music with `attune scan DIR`");
        }
        let folder = folder.display();
        bail!("{file}: the library knows no track below {folder}; read it with `attune scan {folder}`");
    }
    let mut text = "valence  energy  dance   BPM  key   title\n".to_owned();
    for entry in &entries {
        let value = |value: Option<f32>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
        let bpm = entry.track.bpm.map_or("–".to_owned(), |bpm| format!("{bpm:.0}"));
        let by = entry.track.artist.as_ref().map(|artist| format!(" · {artist}")).unwrap_or_default();
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "{:>7}  {:>6}  {:>5}  {bpm:>4}  {:<4}  {}{by}",
            value(entry.valence),
            value(entry.energy),
            value(entry.danceability),
            entry.key.as_deref().unwrap_or("–"),
            entry.track.title
        );
    }
    if !unreadable.is_empty() {
        let _ = writeln!(text, "{} files cannot be used:", unreadable.len());
    }
    for NotRead { file, reason } in &unreadable {
        let _ = writeln!(text, "  {}: {reason}", file.strip_prefix(folder).unwrap_or(file).display());
    }
    Ok(text)
}

fn find(catalogue: &LibraryIndex, file: &Path) -> anyhow::Result<StoredTrack> {
    let file = absolute(file);
    let name = file.display();
    if let Some(stored) = catalogue.store.track(&file)? {
        return Ok(stored);
    }
    let unusable = not_read(catalogue, file.parent().unwrap_or(&file))?;
    if let Some(NotRead { reason, .. }) = unusable.iter().find(|known| known.file == file) {
        bail!("{name}: this file cannot be used: {reason}");
    }
    // Nobody wants a whole disk to be read for the sake of a name that was mistyped.
    let folder = file.parent().filter(|folder| file.is_file() && folder.parent().is_some());
    match folder {
        Some(folder) => {
            bail!(
                "{name}: the library does not know this file; read it with `attune scan {}`",
                folder.display()
            )
        }
        None if file.is_file() => {
            bail!(
                "{name}: the library does not know this file; put it into a folder of music and read that with `attune scan DIR`"
            )
        }
        None => bail!("{name}: there is no such file; `attune library list` names those that are known"),
    }
}

fn set(catalogue: &mut LibraryIndex, given: &OverrideArgs) -> anyhow::Result<()> {
    let now = TrackOverride {
        valence: given.valence,
        energy: given.energy,
        danceability: given.danceability,
        bpm: given.tempo,
    };
    if now == TrackOverride::default() && !given.clear {
        bail!("nothing to set: name --valence, --energy, --danceability, --tempo or --clear");
    }
    let stored = find(catalogue, &given.file)?;
    let known = catalogue.store.hash(&stored.path)?;
    let contents = if let Some(contents) = known {
        contents
    } else {
        let taken = hash(&stored.path, || true);
        let taken = taken.with_context(|| format!("{}: cannot be read", stored.path.display()))?;
        let contents = taken.context("the file was not read to its end")?;
        catalogue.store.put_hash(stored.id, &contents)?;
        contents
    };
    let before = if given.clear { TrackOverride::default() } else { stored.set };
    catalogue.store.put_override(&contents, &lay(before, now))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_and_a_tempo_are_within_their_ranges() {
        assert_eq!((share("0.5"), tempo("120")), (Ok(0.5), Ok(120.0)));
        for wrong in ["-0.1", "1.1", "nan", "high"] {
            assert!(share(wrong).is_err() && tempo(wrong).is_err(), "{wrong}");
        }
    }
}
