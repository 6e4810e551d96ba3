//! `attune library show`: everything that is known about one track, and the source of each value.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::track_line::{TrackLine, find};
use crate::cli::music_library::format_length;
use crate::foundation::show_path;
use crate::music::library::LibrarySync;
use crate::music::{Dbfs, Lufs};

/// A value and its source.
#[derive(Debug, Serialize)]
struct SourcedValue<T> {
    value: T,
    by: &'static str,
}

fn first_known<T>(
    set: Option<T>,
    tag: Option<T>,
    measured: Option<T>,
    how: &'static str,
) -> Option<SourcedValue<T>> {
    set.map(|value| SourcedValue { value, by: "you" })
        .or(tag.map(|value| SourcedValue { value, by: "its tag" }))
        .or(measured.map(|value| SourcedValue { value, by: how }))
}

#[derive(Debug, Serialize)]
struct TrackDetails {
    #[serde(flatten)]
    line: TrackLine,
    /// The source of each value: you, its tag, measured or estimated.
    valence_by: Option<&'static str>,
    energy_by: Option<&'static str>,
    danceability_by: Option<&'static str>,
    bpm_by: Option<&'static str>,
    true_peak: Option<f32>,
    intro_end: Option<f32>,
    outro_start: Option<f32>,
    sound_end: Option<f32>,
    metre: Option<u8>,
    beat_confidence: Option<f32>,
    /// Loudness that its `ReplayGain` tag implies, in LUFS.
    tag_lufs: Option<f32>,
    /// Sentiment of the lyrics, −1..=1.
    lyrics: Option<f32>,
}

pub(super) fn show(catalogue: &LibrarySync, file: &Path, json: bool) -> anyhow::Result<String> {
    let stored = find(catalogue, file)?;
    let folder = stored.path.parent().map(Path::to_owned).unwrap_or_default();
    let (tags, set, lyrics) = (stored.tags.clone(), stored.set, stored.sentiment);
    let entry = catalogue.entry(stored, &folder);
    let facts = entry.track.facts;
    let by = |set: Option<f32>, tag: Option<f32>, value: Option<f32>, how| {
        first_known(set, tag, value, how).map(|known| known.by)
    };
    let shown = TrackDetails {
        valence_by: by(set.valence, tags.valence, entry.valence, "estimated"),
        energy_by: by(set.energy, tags.energy, entry.energy, "measured"),
        danceability_by: by(set.danceability, tags.danceability, entry.danceability, "measured"),
        bpm_by: by(set.bpm, tags.bpm, facts.bpm(), "measured"),
        true_peak: facts.true_peak.map(|Dbfs(level)| level),
        intro_end: facts.edges.map(|edges| edges.intro_end),
        outro_start: facts.edges.map(|edges| edges.outro_start),
        sound_end: facts.edges.map(|edges| edges.sound_end),
        metre: facts.beat_grid().map(|beats| beats.metre),
        beat_confidence: facts.beat_grid().map(|beats| beats.confidence),
        tag_lufs: tags.lufs.map(|Lufs(lufs)| lufs),
        lyrics,
        line: TrackLine::from(entry),
    };
    if json { Ok(serde_json::to_string_pretty(&shown)?) } else { Ok(describe(&shown)) }
}

fn describe(shown: &TrackDetails) -> String {
    let line = &shown.line;
    let folder = line.file.parent().unwrap_or(&line.file);
    let value = |value: Option<f32>, by: Option<&str>| match (value, by) {
        (Some(value), Some(by)) => format!("{value:.2} ({by})"),
        _ => format!("not analysed yet: `attune scan {}`", show_path(folder)),
    };
    let mut rows = vec![
        ("file", show_path(&line.file)),
        ("title", line.title.clone()),
        ("artist", line.artist.clone().unwrap_or_default()),
        ("album", line.album.clone().unwrap_or_default()),
        ("genre", line.genre.clone().unwrap_or_default()),
        ("moods", line.moods.join(", ")),
        ("length", format_length(line.seconds)),
        ("valence", value(line.valence, shown.valence_by)),
        ("energy", value(line.energy, shown.energy_by)),
        ("danceability", value(line.danceability, shown.danceability_by)),
    ];
    if let (Some(bpm), Some(by)) = (line.bpm, shown.bpm_by) {
        rows.push(("tempo", format!("{bpm:.1} BPM ({by})")));
    }
    if let Some(metre) = shown.metre {
        let confidence = shown.beat_confidence.unwrap_or_default() * 100.0;
        rows.push(("beat", format!("{metre} to the bar, steady ({confidence:.0} %)")));
    }
    rows.push(("key", line.key.clone().unwrap_or_default()));
    if let (Some(lufs), Some(peak)) = (line.lufs, shown.true_peak) {
        rows.push(("loudness", format!("{lufs:.1} LUFS, true peak {peak:.1} dBTP")));
    }
    if let Some(lufs) = shown.tag_lufs {
        rows.push(("tag loudness", format!("{lufs:.1} LUFS")));
    }
    if let (Some(intro), Some(outro), Some(end)) = (shown.intro_end, shown.outro_start, shown.sound_end) {
        rows.push(("body", format!("from {intro:.1} s to {outro:.1} s, last sound at {end:.1} s")));
    }
    if let Some(lyrics) = shown.lyrics {
        rows.push(("lyrics", format!("{lyrics:+.2} (−1 dark to 1 bright)")));
    }
    rows.retain(|(_, value)| !value.is_empty());
    rows.iter().fold(String::new(), |mut text, (what, value)| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{what:<13} {value}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_a_value_is_named_by_precedence() {
        let by =
            |set, tag, measured| first_known::<f32>(set, tag, measured, "measured").map(|known| known.by);
        assert_eq!(by(Some(0.1), Some(0.2), Some(0.3)), Some("you"));
        assert_eq!(by(None, Some(0.2), Some(0.3)), Some("its tag"));
        assert_eq!(by(None, None, Some(0.3)), Some("measured"));
        assert_eq!(by(None, None, None), None);
    }
}
