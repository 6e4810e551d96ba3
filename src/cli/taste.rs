//! `attune taste`: shows, exports and wipes what was learned from likes and skips.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::{SettingsArgs, profile};
use super::print::print_line;
use super::setup::configure;
use crate::event::FeedbackKind;
use crate::foundation::{Folders, check_output_file, tell, write_output_file};
use crate::music::taste::{
    FeedbackEvent, HOUSEHOLD, NAMES, OpenedTasteStore, TASTE_FILE, Taste, TasteSettings, TasteStore,
};
use crate::settings::Assignment;

#[derive(Debug, Clone, Args)]
pub(super) struct TasteArgs {
    #[command(subcommand)]
    command: Option<TasteCommand>,
    /// The profile: whose taste.
    #[arg(long, global = true, value_name = "NAME", default_value = HOUSEHOLD, value_parser = profile)]
    profile: String,
    /// Your changes to the shipped settings (RON). Default: settings.ron in your configuration folder.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Another value for one setting in this run, e.g. mixer.volume=0.5. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    set: Vec<Assignment>,
}

impl TasteArgs {
    fn settings(&self) -> SettingsArgs {
        SettingsArgs { config: self.config.clone(), set: self.set.clone() }
    }
}

#[derive(Debug, Clone, Subcommand)]
enum TasteCommand {
    /// Show what was learned (the default without a subcommand).
    Show,
    /// Write all events and what was learned from them as JSON.
    Export { file: PathBuf },
    /// Delete it permanently.
    Wipe,
}

/// A learned weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct LearnedWeight {
    feature: &'static str,
    weight: f64,
    deviation: f64,
}

/// The content of an export.
#[derive(Debug, Serialize)]
struct TasteExport<'a> {
    profile: &'a str,
    weights: Vec<LearnedWeight>,
    events: &'a [FeedbackEvent],
}

pub(super) fn taste(args: &TasteArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    let settings = configure(&args.settings(), folders)?.settings.music.taste;
    let file = folders.data_file(TASTE_FILE).context("this system names no data folder")?;
    if !file.exists() {
        print_line!("nothing was learned yet; it will be stored in {}", file.display())?;
        return Ok(ExitCode::SUCCESS);
    }
    let OpenedTasteStore { mut store, damage } = TasteStore::open(&file)?;
    if let Some(damage) = damage {
        tell!("attune: {damage}");
    }
    match &args.command {
        None | Some(TasteCommand::Show) => {
            let profiles = store.profiles()?;
            let others: Vec<String> = profiles
                .iter()
                .filter(|(name, _)| *name != args.profile)
                .map(|(name, _)| name.clone())
                .collect();
            let events = store.events(&args.profile)?;
            for line in lines(&args.profile, &events, &settings) {
                print_line!("{line}")?;
            }
            if !others.is_empty() {
                print_line!("other profiles: {}", others.join(", "))?;
            }
        }
        Some(TasteCommand::Export { file }) => {
            export(file, &args.profile, &store.events(&args.profile)?, &settings)?;
        }
        Some(TasteCommand::Wipe) => {
            let count = store.wipe(&args.profile)?;
            print_line!("{count} events of {} were deleted", args.profile)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn export(
    file: &Path,
    profile: &str,
    events: &[FeedbackEvent],
    settings: &TasteSettings,
) -> anyhow::Result<()> {
    check_output_file(file)?;
    let weights = learned(&Taste::from_events(settings, events));
    let text = serde_json::to_string_pretty(&TasteExport { profile, weights, events })? + "\n";
    write_output_file(file, text.as_bytes())?;
    print_line!("{} events of {profile} were written to {}", events.len(), file.display())?;
    Ok(())
}

fn learned(taste: &Taste) -> Vec<LearnedWeight> {
    let (weights, deviations) = taste.bandit().weights();
    let both = weights.into_iter().zip(deviations);
    NAMES
        .into_iter()
        .zip(both)
        .map(|(feature, (weight, deviation))| LearnedWeight { feature, weight, deviation })
        .collect()
}

fn lines(profile: &str, events: &[FeedbackEvent], settings: &TasteSettings) -> Vec<String> {
    let taste = Taste::from_events(settings, events);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        *counts.entry(event.kind.name()).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(name, count)| format!("{count} {name}")).collect();
    let counts = if counts.is_empty() { "nothing yet".to_owned() } else { counts.join(", ") };
    let mut lines = vec![format!("{profile}: {counts}")];
    let mut liked: Vec<&str> = events
        .iter()
        .rev()
        .filter(|event| event.kind == FeedbackKind::Liked)
        .map(|event| event.title.as_str())
        .collect();
    liked.truncate(5);
    if !liked.is_empty() {
        lines.push(format!("liked last: {}", liked.join(", ")));
    }
    if taste.bandit().lessons() > 0 {
        lines.push("what influences the choice, most certain first (weight ± deviation):".to_owned());
        let mut weights = learned(&taste);
        weights.sort_by(|a, b| (b.weight / b.deviation).abs().total_cmp(&(a.weight / a.deviation).abs()));
        let line =
            |it: &LearnedWeight| format!("  {:18} {:+.2} ± {:.2}", it.feature, it.weight, it.deviation);
        lines.extend(weights.iter().map(line));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::profile;
    use crate::foundation::LocalTime;
    use crate::music::MusicSettings;
    use crate::music::taste::FEATURES;

    #[test]
    fn what_was_learned_is_said_in_lines() {
        let settings = MusicSettings::default().taste;
        assert_eq!(lines("ada", &[], &settings), ["ada: nothing yet"]);
        let mut features = [0.0; FEATURES];
        features[3] = 1.0;
        let event = FeedbackEvent {
            at: LocalTime::stepped(0.0),
            kind: FeedbackKind::Liked,
            file: "a.ogg".into(),
            title: "Low Tide".into(),
            artist: None,
            features,
        };
        let lines = lines("ada", &vec![event; 30], &settings);
        assert_eq!(lines[0], "ada: 30 liked");
        assert!(lines[1].contains("Low Tide"));
        assert!(lines[3..5].iter().any(|line| line.contains("energy") && line.contains('+')), "{lines:?}");
    }

    #[test]
    fn a_profile_has_a_name_of_some_length() {
        assert_eq!(profile(" ada "), Ok("ada".to_owned()));
        assert!(profile("  ").is_err() && profile(&"x".repeat(65)).is_err());
    }
}
