//! `attune playlists check`: which tracks of a music folder each playlist finds.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::args::SettingsArgs;
use super::music_library::known_music;
use super::print::{PrintError, print_line};
use super::setup::PLAYLISTS;
use crate::foundation::{Folders, tell};
use crate::music::playlists::{LoadedPlaylists, PlaylistCoverage, check};
use crate::music::{PlaylistPolicy, shipped_album};

#[derive(Debug, Clone, Args)]
pub(super) struct PlaylistsArgs {
    #[command(subcommand)]
    command: PlaylistsCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum PlaylistsCommand {
    /// Count the tracks that each playlist finds. The exit status is 1 if a file is wrong or a playlist finds none.
    Check(CheckArgs),
}

#[derive(Debug, Clone, Args)]
struct CheckArgs {
    /// The music folder. Default: the starter album.
    #[arg(long, value_name = "DIR")]
    music: Option<PathBuf>,
    /// Your changes to the shipped playlists. Default: playlists.ron in your configuration folder.
    #[arg(long, value_name = "FILE")]
    playlists: Option<PathBuf>,
}

pub(super) fn playlists(args: &PlaylistsArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    let PlaylistsCommand::Check(args) = &args.command;
    let folder = args.music.clone().unwrap_or_else(shipped_album);
    let file = args.playlists.clone().or_else(|| folders.existing_config_file(PLAYLISTS));
    let loaded = match LoadedPlaylists::load(file.as_deref(), &folder) {
        Ok(loaded) => loaded,
        Err(error) => {
            tell!("attune: {error}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let entries = known_music(&folder, &SettingsArgs::default(), folders)?;
    let found = check(&loaded.playlists, &loaded.lists, &entries);
    print(&found, entries.len(), &loaded.problems)?;
    let whole = loaded.problems.is_empty() && !found.iter().any(PlaylistCoverage::is_empty);
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(found: &[PlaylistCoverage], tracks: usize, problems: &[String]) -> Result<(), PrintError> {
    print_line!("{:10} {:7} {:>8} {:>6}   of {tracks} tracks", "playlist", "policy", "by rules", "near")?;
    for found in found {
        print_line!("{}", line(found))?;
        for note in notes(found) {
            print_line!("           {note}")?;
        }
    }
    for problem in problems {
        print_line!("missing    {problem}")?;
    }
    Ok(())
}

fn line(found: &PlaylistCoverage) -> String {
    let policy = match found.policy {
        PlaylistPolicy::Match => "match",
        PlaylistPolicy::Lift => "lift",
        PlaylistPolicy::Calm => "calm",
        PlaylistPolicy::Hold => "hold",
    };
    format!("{:10} {policy:7} {:>8} {:>6}", found.name.name(), found.by_rules, found.near)
}

fn notes(found: &PlaylistCoverage) -> Vec<String> {
    let mut notes = Vec::new();
    if found.is_empty() {
        let nearest: Vec<String> =
            found.nearest.iter().map(|(title, away)| format!("{title} ({away:.1} tolerances off)")).collect();
        let nearest = if nearest.is_empty() { "no track is analysed".to_owned() } else { nearest.join(", ") };
        notes.push(format!("▲ finds no track, so others are used; nearest: {nearest}"));
    } else if found.by_rules == 0 {
        notes.push("no rule finds a track; tracks near the target are used".to_owned());
    }
    for (from, to) in &found.empty_hours {
        notes.push(format!("no rule finds a track from {from} to {to}"));
    }
    for (from, to) in &found.empty_days {
        notes.push(format!("no rule finds a track from {from} to {to} (month-day)"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::PlaylistName;

    #[test]
    fn an_empty_playlist_is_told_with_what_comes_nearest() {
        let mut found = PlaylistCoverage {
            name: PlaylistName::EMPTY,
            policy: PlaylistPolicy::Hold,
            by_rules: 0,
            near: 0,
            empty_hours: Vec::new(),
            empty_days: Vec::new(),
            nearest: vec![("Low Tide".to_owned(), 1.26)],
        };
        assert!(line(&found).starts_with("empty      hold "));
        let notes = notes(&found);
        assert!(notes[0].contains("finds no track") && notes[0].contains("Low Tide (1.3 tolerances off)"));
        found.near = 2;
        assert!(super::notes(&found)[0].contains("near the target"));
    }
}
