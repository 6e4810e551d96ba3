//! `attune library`: shows what is known about the music, and lets a person correct it.

mod show;
mod stats;
mod track_line;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::SettingsArgs;
use super::music_library::{UnreadableFile, describe_unreadable, open_library, path_below, unreadable_files};
use super::print::print_line;
use crate::foundation::{Folders, check_output_file, show_path};
use crate::music::library::{LibrarySync, TrackOverride, absolute, draw, hash, lay};
use crate::settings::Assignment;
use show::show;
use stats::stats;
use track_line::{TrackLine, find};

#[derive(Debug, Clone, Args)]
pub(super) struct LibraryArgs {
    #[command(subcommand)]
    command: Option<LibraryCommand>,
    /// Only tracks below this folder; percentiles are also computed among those.
    #[arg(long, value_name = "DIR", global = true)]
    music: Option<PathBuf>,
    /// The file of the music library. Default: library.db in your data folder.
    #[arg(long, value_name = "FILE", global = true)]
    database: Option<PathBuf>,
    /// Your changes to the shipped settings (RON). Default: settings.ron in your configuration folder.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Another value for one setting in this run, e.g. mixer.volume=0.5. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    set: Vec<Assignment>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    /// Plot the tracks by valence and energy as PNG.
    #[arg(long, value_name = "FILE", global = true)]
    plot: Option<PathBuf>,
}

impl LibraryArgs {
    fn settings(&self) -> SettingsArgs {
        SettingsArgs { config: self.config.clone(), set: self.set.clone() }
    }
}

#[derive(Debug, Clone, Subcommand)]
enum LibraryCommand {
    /// List every track with its descriptors, and every file that cannot be used, with the reason (the default without
    /// a subcommand).
    List,
    /// Show everything that is known about one track, and the source of each value.
    Show {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Set values of a track yourself. They take precedence over tags and measurements, and are kept when the file moves.
    Override(OverrideArgs),
    /// Show the number of tracks, their length, and the distribution of their values.
    Stats,
}

#[derive(Debug, Clone, Args)]
struct OverrideArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// From 0, dark, to 1, bright.
    #[arg(long, value_name = "0..1", value_parser = share)]
    valence: Option<f32>,
    /// From 0, quiet, to 1, loud and dense.
    #[arg(long, value_name = "0..1", value_parser = share)]
    energy: Option<f32>,
    /// From 0 to 1.
    #[arg(long, value_name = "0..1", value_parser = share)]
    danceability: Option<f32>,
    /// In beats per minute.
    #[arg(long, value_name = "BPM", value_parser = tempo)]
    tempo: Option<f32>,
    /// Remove all values that were set for this track, before others are set.
    #[arg(long)]
    clear: bool,
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 1".into()),
    }
}

fn tempo(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (20.0..=400.0).contains(&value) => Ok(value),
        _ => Err("expected beats per minute from 20 to 400".into()),
    }
}

pub(super) fn library(args: &LibraryArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    if let Some(file) = &args.plot {
        check_output_file(file)?;
    }
    let folder = args.music.as_deref().map_or_else(|| PathBuf::from("/"), absolute);
    let mut catalogue = open_library(args.database.as_deref(), &args.settings(), folders)?;
    catalogue.take_scale(&folder)?;
    let text = match args.command.as_ref().unwrap_or(&LibraryCommand::List) {
        LibraryCommand::List => list(&catalogue, &folder, args.json)?,
        LibraryCommand::Show { file } => show(&catalogue, file, args.json)?,
        LibraryCommand::Override(given) => {
            set(&mut catalogue, given)?;
            show(&catalogue, &given.file, args.json)?
        }
        LibraryCommand::Stats => stats(&catalogue, &folder, args.json)?,
    };
    if let Some(file) = &args.plot {
        draw(&catalogue.all_entries(&folder)?, file)?;
    }
    print_line!("{}", text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// What `list` prints as JSON.
#[derive(Debug, Serialize)]
struct TrackList {
    tracks: Vec<TrackLine>,
    unreadable: Vec<UnreadableFile>,
}

fn list(catalogue: &LibrarySync, folder: &Path, json: bool) -> anyhow::Result<String> {
    let entries = catalogue.all_entries(folder)?;
    let unreadable = unreadable_files(catalogue, folder)?;
    if json {
        let tracks = entries.into_iter().map(TrackLine::from).collect();
        return Ok(serde_json::to_string_pretty(&TrackList { tracks, unreadable })?);
    }
    if entries.is_empty() && unreadable.is_empty() {
        let file = catalogue.store.file().display();
        if folder.parent().is_none() {
            bail!("{file}: the library is empty; analyse your music with `attune scan DIR`");
        }
        let folder = show_path(folder);
        bail!("{file}: the library has no track below {folder}; analyse it with `attune scan {folder}`");
    }
    let mut text = "valence  energy  dance   BPM  key   title\n".to_owned();
    for entry in &entries {
        let value = |value: Option<f32>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
        let bpm = entry.track.facts.bpm().map_or("–".to_owned(), |bpm| format!("{bpm:.0}"));
        let by = entry.track.artist.as_ref().map(|artist| format!(" · {artist}")).unwrap_or_default();
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "{:>7}  {:>6}  {:>5}  {bpm:>4}  {:<4}  {}{by}",
            value(entry.valence),
            value(entry.energy),
            value(entry.danceability),
            entry.track.facts.musical_key().map_or("–".to_owned(), |key| key.to_string()),
            entry.track.title
        );
    }
    if !unreadable.is_empty() {
        let _ = writeln!(text, "{}:", describe_unreadable(unreadable.len()));
    }
    for UnreadableFile { file, reason } in &unreadable {
        let _ = writeln!(text, "  {}: {reason}", show_path(path_below(folder, file)));
    }
    Ok(text)
}

fn set(catalogue: &mut LibrarySync, given: &OverrideArgs) -> anyhow::Result<()> {
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
        let taken = taken.with_context(|| format!("{}: cannot be read", show_path(&stored.path)))?;
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
