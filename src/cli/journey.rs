//! `attune journey`: plans a sequence of tracks that leads from one mood to another.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use super::args::SettingsArgs;
use super::music_library::known_music;
use super::print::{PrintError, print_line};
use super::setup::configure;
use crate::emotion::{Affect, Circumplex};
use crate::emotion::{Emotion, Probabilities};
use crate::foundation::{Folders, check_output_file};
use crate::music::journey::{JourneyPlan, JourneySettings, Route, Waypoint, draw, plan};
use crate::music::{LibraryEntry, distance, of_plane, shipped_album};

#[derive(Debug, Clone, Args)]
pub(super) struct JourneyArgs {
    /// The first mood: an emotion, a named mood such as calm, or valence and arousal such as -0.6,-0.3.
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    from: String,
    /// The last mood.
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    to: String,
    /// Length of the sequence in minutes.
    #[arg(long, value_name = "MINUTES", default_value = "30", value_parser = super::args::minutes)]
    minutes: f32,
    /// The music folder. Default: the starter album.
    #[arg(long, value_name = "DIR")]
    music: Option<PathBuf>,
    /// Plot the sequence as PNG.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn journey(args: &JourneyArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    let settings = configure(&args.settings, folders)?.settings.music.journey;
    let circumplex = Circumplex::shipped()?;
    let place = |name: &str| find_place(name, &settings, &circumplex);
    let route = Route {
        from: place(&args.from).context("--from")?,
        to: place(&args.to).context("--to")?,
        seconds: 60.0 * args.minutes,
    };
    if let Some(file) = &args.plot {
        check_output_file(file)?;
    }
    let folder = args.music.clone().unwrap_or_else(shipped_album);
    let entries = known_music(&folder, &args.settings, folders)?;
    let stops: Vec<Waypoint> =
        entries.iter().enumerate().filter_map(|(index, entry)| Waypoint::of(index, entry)).collect();
    let Some(plan) = plan(&route, route.from, 0.0, &stops, &settings) else {
        bail!(
            "{}: brightness and energy of none of its {} tracks are known; analyse them with `attune scan {}`, or add the tags VALENCE and ENERGY",
            folder.display(),
            entries.len(),
            folder.display()
        );
    };
    let title = format!("From {} to {} in {} minutes", args.from, args.to, args.minutes);
    if let Some(file) = &args.plot {
        draw(&plan, &route, &stops, &title, file)?;
    }
    print(&title, &plan, &route, &entries, &settings)?;
    Ok(ExitCode::SUCCESS)
}

fn find_place(name: &str, settings: &JourneySettings, circumplex: &Circumplex) -> anyhow::Result<Affect> {
    if let Some(emotion) = Emotion::named(name) {
        return Ok(circumplex.affect(&Probabilities::certain(emotion)));
    }
    if let Some(place) = settings.place(name).or_else(|| point(name)) {
        return Ok(place);
    }
    let names: Vec<&str> = Emotion::ALL
        .iter()
        .map(|emotion| emotion.name())
        .chain(settings.places.iter().map(|place| place.name.as_str()))
        .collect();
    bail!(
        "\"{name}\" is not a known mood; choose one of {}, or valence and arousal such as 0.5,-0.2",
        names.join(", ")
    )
}

fn point(text: &str) -> Option<Affect> {
    let (valence, arousal) = text.split_once(',')?;
    let share = |text: &str| text.trim().parse().ok().filter(|value| (-1.0..=1.0).contains(value));
    Some(Affect { valence: share(valence)?, arousal: share(arousal)? })
}

fn print(
    title: &str,
    plan: &JourneyPlan,
    route: &Route,
    entries: &[LibraryEntry],
    settings: &JourneySettings,
) -> Result<(), PrintError> {
    print_line!("{title}")?;
    print_line!(
        "{:>3} {:>6}  {:32} {:>7} {:>7} {:>5} {:>4}",
        "",
        "time",
        "track",
        "valence",
        "arousal",
        "step",
        "BPM"
    )?;
    for (number, leg) in (1..).zip(&plan.legs) {
        let track = &entries[leg.stop.index].track;
        let seconds = leg.begins as u32;
        print_line!(
            "{number:>3} {:>3}:{:02}  {:32} {:>7.2} {:>7.2} {:>5.2} {:>4}",
            seconds / 60,
            seconds % 60,
            track.title.chars().take(32).collect::<String>(),
            leg.stop.at.valence,
            leg.stop.at.arousal,
            leg.step,
            track.facts.bpm().map_or_else(String::new, |bpm| format!("{bpm:.0}")),
        )?;
    }
    let end = plan.legs.last().map_or(0.0, |leg| leg.begins + leg.stop.seconds);
    print_line!("    {:>3}:{:02}  the end", end as u32 / 60, end as u32 % 60)?;
    for line in gaps(plan, route, entries, settings.step) {
        print_line!("{line}")?;
    }
    Ok(())
}

/// Where no track lies within the longest step, and which tracks would fill that gap.
fn gaps(plan: &JourneyPlan, route: &Route, entries: &[LibraryEntry], step: f32) -> Vec<String> {
    let title = |index: usize| entries[index].track.title.as_str();
    let mut lines = Vec::new();
    let ends = plan
        .legs
        .first()
        .zip(plan.legs.last())
        .into_iter()
        .flat_map(|(first, last)| [("start", route.from, first.stop), ("goal", route.to, last.stop)]);
    for (what, point, stop) in ends {
        let far = distance(point, stop.at);
        if far > step {
            let name = title(stop.index);
            lines.push(format!(
                "The track nearest to the {what} is {name}, at a distance of {far:.2}. A track with {} would be nearer.",
                like(point)
            ));
        }
    }
    for gap in &plan.gaps {
        let from = gap.after.map_or("the start", title);
        let to = title(gap.before);
        let wanted: Vec<String> = gap.filled(step).into_iter().map(like).collect();
        let tracks = if wanted.len() == 1 { "A track" } else { "Tracks" };
        lines.push(format!(
            "The change from {from} to {to} is sudden: a distance of {:.2}, more than {step:.2}. {tracks} with {} \
             would fill the gap.",
            gap.length,
            wanted.join(", and with "),
        ));
    }
    lines
}

/// "brightness 0.36 and energy 0.43 (valence -0.28, arousal -0.14)"
fn like(point: Affect) -> String {
    let (brightness, energy) = of_plane(point);
    let Affect { valence, arousal } = point;
    format!("brightness {brightness:.2} and energy {energy:.2} (valence {valence:.2}, arousal {arousal:.2})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::MusicSettings;

    #[test]
    fn places_are_emotions_named_places_and_points() {
        let settings = MusicSettings::default().journey;
        let circumplex = Circumplex::shipped().expect("valid");
        let place = |name: &str| find_place(name, &settings, &circumplex);
        assert!(place("sad").expect("an emotion").valence < -0.5);
        assert!(place("calm").expect("a place").arousal < 0.0);
        let point = place("-0.25, 0.5").expect("a point");
        assert!((point.valence + 0.25).abs() < 1e-6 && (point.arousal - 0.5).abs() < 1e-6);
        for wrong in ["polka", "2,0", "0.1", "a,b", "nan,0"] {
            let words = place(wrong).unwrap_err().to_string();
            assert!(words.contains("calm") && words.contains("surprise"), "{words}");
        }
    }
}
