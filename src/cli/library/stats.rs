//! `attune library stats`: number and length of the tracks, and the distribution of their values.

use std::path::Path;

use serde::Serialize;

use crate::cli::music_library::{describe_unreadable, format_length};
use crate::foundation::stats::quantile;
use crate::music::library::LibrarySync;

#[derive(Debug, Default, Serialize)]
struct LibraryStats {
    tracks: usize,
    measured: usize,
    unreadable: usize,
    seconds: f64,
    artists: usize,
    /// Tracks in each quadrant of valence and energy.
    bright_and_lively: usize,
    bright_and_quiet: usize,
    dark_and_lively: usize,
    dark_and_quiet: usize,
    /// Minimum, median and maximum.
    bpm: Option<[f32; 3]>,
    lufs: Option<[f32; 3]>,
}

pub(super) fn stats(catalogue: &LibrarySync, folder: &Path, json: bool) -> anyhow::Result<String> {
    let entries = catalogue.all_entries(folder)?;
    let (tracks, measured) = catalogue.store.count(folder)?;
    let mut stats = LibraryStats {
        tracks,
        measured,
        unreadable: catalogue.unreadable(folder)?.len(),
        seconds: entries.iter().map(|entry| entry.track.duration.as_secs_f64()).sum(),
        bpm: spread(entries.iter().filter_map(|entry| entry.track.facts.bpm())),
        lufs: spread(entries.iter().filter_map(|entry| Some(entry.track.facts.lufs()?.0))),
        ..LibraryStats::default()
    };
    let mut artists: Vec<&String> = entries.iter().filter_map(|entry| entry.track.artist.as_ref()).collect();
    artists.sort();
    artists.dedup();
    stats.artists = artists.len();
    for entry in &entries {
        match (entry.valence.map(|it| it >= 0.5), entry.energy.map(|it| it >= 0.5)) {
            (Some(true), Some(true)) => stats.bright_and_lively += 1,
            (Some(true), Some(false)) => stats.bright_and_quiet += 1,
            (Some(false), Some(true)) => stats.dark_and_lively += 1,
            (Some(false), Some(false)) => stats.dark_and_quiet += 1,
            _ => {}
        }
    }
    if json {
        return Ok(serde_json::to_string_pretty(&stats)?);
    }
    let range = |range: Option<[f32; 3]>, unit| {
        range.map_or("–".to_owned(), |[least, median, most]| {
            format!("{least:.0} to {most:.0} {unit}, median {median:.0}")
        })
    };
    Ok(format!(
        "tracks        {tracks}, {measured} of them analysed; {}\n\
         length        {}\n\
         artists       {}\n\
         tempo         {}\n\
         loudness      {}\n\
         bright        {} lively, {} quiet\n\
         dark          {} lively, {} quiet\n",
        describe_unreadable(stats.unreadable),
        format_length(stats.seconds),
        stats.artists,
        range(stats.bpm, "BPM"),
        range(stats.lufs, "LUFS"),
        stats.bright_and_lively,
        stats.bright_and_quiet,
        stats.dark_and_lively,
        stats.dark_and_quiet
    ))
}

/// Minimum, median and maximum.
fn spread(values: impl Iterator<Item = f32>) -> Option<[f32; 3]> {
    let mut values: Vec<f32> = values.collect();
    let mut at = |share| quantile(&mut values, share).map(|value| value as f32);
    Some([at(0.0)?, at(0.5)?, at(1.0)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_needs_a_value() {
        assert_eq!(spread([3.0, 1.0, 2.0].into_iter()), Some([1.0, 2.0, 3.0]));
        assert_eq!(spread(std::iter::empty()), None);
    }
}
