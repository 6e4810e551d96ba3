//! `attune library`: what is known about your music, and what you know better.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::render::can_hold;
use super::scan::{length, open};
use crate::music::Entry;
use crate::music::library::{Catalogue, Override, Stored, absolute, draw, hash, lay};

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
    /// Every track with its descriptors (this is also what happens without a subcommand).
    List,
    /// Everything that is known about one track, and where it comes from.
    Show {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Say what you know better; it wins over tags and measurements, and stays when the file moves.
    Override(OverrideArgs),
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

impl From<Entry> for Line {
    fn from(entry: Entry) -> Self {
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
            key: entry.key,
            lufs: entry.track.sound.map(|sound| sound.lufs),
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
        LibraryCommand::Override(given) => {
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

fn list(catalogue: &Catalogue, folder: &Path, json: bool) -> anyhow::Result<String> {
    let entries = catalogue.all_entries(folder)?;
    if json {
        return Ok(serde_json::to_string_pretty(&entries.into_iter().map(Line::from).collect::<Vec<_>>())?);
    }
    if entries.is_empty() {
        bail!(
            "{}: the library knows no track below {}; read a folder with `attune scan DIR`",
            catalogue.store.file().display(),
            folder.display()
        );
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
    Ok(text)
}

fn find(catalogue: &Catalogue, file: &Path) -> anyhow::Result<Stored> {
    let file = absolute(file);
    catalogue.store.track(&file)?.with_context(|| {
        let folder = file.parent().unwrap_or(&file).display();
        format!(
            "{}: the library does not know this file; read it with `attune scan {folder}`",
            file.display()
        )
    })
}

/// A value and who says so.
#[derive(Debug, Serialize)]
struct Said<T> {
    value: T,
    by: &'static str,
}

fn said<T>(set: Option<T>, tag: Option<T>, measured: Option<T>, how: &'static str) -> Option<Said<T>> {
    set.map(|value| Said { value, by: "you" })
        .or(tag.map(|value| Said { value, by: "its tag" }))
        .or(measured.map(|value| Said { value, by: how }))
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    line: Line,
    /// Who says each of the values: you, its tag, measured or estimated.
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
    /// Sentiment of its words, −1..=1.
    lyrics: Option<f32>,
}

fn show(catalogue: &Catalogue, file: &Path, json: bool) -> anyhow::Result<String> {
    let stored = find(catalogue, file)?;
    let folder = stored.path.parent().map(Path::to_owned).unwrap_or_default();
    let (tags, set, lyrics) = (stored.tags.clone(), stored.set, stored.sentiment);
    let entry = catalogue.entry(stored, &folder);
    let sound = entry.track.sound;
    let by = |set: Option<f32>, tag: Option<f32>, value: Option<f32>, how| {
        said(set, tag, value, how).map(|said| said.by)
    };
    let shown = Shown {
        valence_by: by(set.valence, tags.valence, entry.valence, "estimated"),
        energy_by: by(set.energy, tags.energy, entry.energy, "measured"),
        danceability_by: by(set.danceability, tags.danceability, entry.danceability, "measured"),
        bpm_by: by(set.bpm, tags.bpm, entry.track.bpm, "measured"),
        true_peak: sound.map(|sound| sound.true_peak),
        intro_end: sound.map(|sound| sound.intro_end),
        outro_start: sound.map(|sound| sound.outro_start),
        sound_end: sound.map(|sound| sound.sound_end),
        metre: sound.and_then(|sound| sound.beats).map(|beats| beats.metre),
        beat_confidence: sound.and_then(|sound| sound.beats).map(|beats| beats.confidence),
        tag_lufs: tags.lufs,
        lyrics,
        line: Line::from(entry),
    };
    if json { Ok(serde_json::to_string_pretty(&shown)?) } else { Ok(describe(&shown)) }
}

fn describe(shown: &Shown) -> String {
    let line = &shown.line;
    let value = |value: Option<f32>, by: Option<&str>| match (value, by) {
        (Some(value), Some(by)) => format!("{value:.2} ({by})"),
        _ => "unknown until it is measured: `attune scan`".to_owned(),
    };
    let mut rows = vec![
        ("file", line.file.display().to_string()),
        ("title", line.title.clone()),
        ("artist", line.artist.clone().unwrap_or_default()),
        ("album", line.album.clone().unwrap_or_default()),
        ("genre", line.genre.clone().unwrap_or_default()),
        ("moods", line.moods.join(", ")),
        ("length", length(line.seconds)),
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
        rows.push(("by its tag", format!("{lufs:.1} LUFS")));
    }
    if let (Some(intro), Some(outro), Some(end)) = (shown.intro_end, shown.outro_start, shown.sound_end) {
        rows.push(("body", format!("from {intro:.1} s to {outro:.1} s, last sound at {end:.1} s")));
    }
    if let Some(lyrics) = shown.lyrics {
        rows.push(("words", format!("{lyrics:+.2} (−1 dark to 1 bright)")));
    }
    rows.retain(|(_, value)| !value.is_empty());
    rows.iter().fold(String::new(), |mut text, (what, value)| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{what:<13} {value}");
        text
    })
}

fn set(catalogue: &mut Catalogue, given: &OverrideArgs) -> anyhow::Result<()> {
    let now = Override {
        valence: given.valence,
        energy: given.energy,
        danceability: given.danceability,
        bpm: given.tempo,
    };
    if now == Override::default() && !given.clear {
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
    let before = if given.clear { Override::default() } else { stored.set };
    catalogue.store.put_override(&contents, &lay(before, now))?;
    Ok(())
}

#[derive(Debug, Default, Serialize)]
struct Stats {
    tracks: usize,
    measured: usize,
    unreadable: usize,
    seconds: f64,
    artists: usize,
    /// Tracks in each quarter of the plane.
    bright_and_lively: usize,
    bright_and_quiet: usize,
    dark_and_lively: usize,
    dark_and_quiet: usize,
    /// Least, median and most.
    bpm: Option<[f32; 3]>,
    lufs: Option<[f32; 3]>,
}

fn stats(catalogue: &Catalogue, folder: &Path, json: bool) -> anyhow::Result<String> {
    let entries = catalogue.all_entries(folder)?;
    let (tracks, measured) = catalogue.store.count(folder)?;
    let mut stats = Stats {
        tracks,
        measured,
        unreadable: catalogue.unreadable(folder)?.len(),
        seconds: entries.iter().map(|entry| entry.track.duration.as_secs_f64()).sum(),
        bpm: spread(entries.iter().filter_map(|entry| entry.track.bpm)),
        lufs: spread(entries.iter().filter_map(|entry| Some(entry.track.sound?.lufs))),
        ..Stats::default()
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
        "tracks        {tracks}, {measured} of them measured; {} files cannot be used\n\
         length        {}\n\
         artists       {}\n\
         tempo         {}\n\
         loudness      {}\n\
         bright        {} lively, {} quiet\n\
         dark          {} lively, {} quiet\n",
        stats.unreadable,
        length(stats.seconds),
        stats.artists,
        range(stats.bpm, "BPM"),
        range(stats.lufs, "LUFS"),
        stats.bright_and_lively,
        stats.bright_and_quiet,
        stats.dark_and_lively,
        stats.dark_and_quiet
    ))
}

/// Least, median and most.
fn spread(values: impl Iterator<Item = f32>) -> Option<[f32; 3]> {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    Some([*values.first()?, values[values.len() / 2], *values.last()?])
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

    #[test]
    fn who_says_a_value_is_named_in_order() {
        let by = |set, tag, measured| said::<f32>(set, tag, measured, "measured").map(|said| said.by);
        assert_eq!(by(Some(0.1), Some(0.2), Some(0.3)), Some("you"));
        assert_eq!(by(None, Some(0.2), Some(0.3)), Some("its tag"));
        assert_eq!(by(None, None, Some(0.3)), Some("measured"));
        assert_eq!(by(None, None, None), None);
    }

    #[test]
    fn a_spread_needs_a_value() {
        assert_eq!(spread([3.0, 1.0, 2.0].into_iter()), Some([1.0, 2.0, 3.0]));
        assert_eq!(spread(std::iter::empty()), None);
    }
}
