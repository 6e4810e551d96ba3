//! Arguments that several subcommands share, and the parsers of their values.

use std::path::PathBuf;

use clap::Args;

use crate::mixer::AmbientWhen;
use crate::music::playable_formats;
use crate::sense::camera::SourceSpec;
use crate::settings::Assignment;

/// The largest side of a picture in pixels.
const LARGEST_SIDE: u32 = 8_192;

/// Which settings a command uses.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct SettingsArgs {
    /// Your changes to the shipped settings (RON). Default: settings.ron in your configuration folder.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Another value for one setting in this run, e.g. mixer.volume=0.5. Can be repeated; `attune settings` lists all.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<Assignment>,
}

/// Arguments of `run` and `render`.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct CommonArgs {
    /// Source of the pictures: auto, camera[:CAMERA], clip[:FILE] (animated WebP) or images:PATH.
    ///
    /// `auto` is the first camera that sends a picture; without one, the built-in visitor clip. A camera is named by its
    /// number, by a file such as /dev/v4l/by-id/…, or by a part of its name; the last two survive a reboot.
    #[arg(long, value_name = "SOURCE", default_value = "auto")]
    pub(super) source: SourceSpec,
    #[arg(
        long,
        value_name = "DIR",
        help = format!("Your music: a folder of {} files. Default: the starter album", playable_formats())
    )]
    pub(super) music: Option<PathBuf>,
    /// The file of the music library. Default: library.db in your data folder; `render` keeps none.
    #[arg(long, value_name = "FILE")]
    pub(super) database: Option<PathBuf>,
    /// Your changes to the shipped playlists (RON; see assets/playlists.ron). Default: playlists.ron in your
    /// configuration folder.
    #[arg(long, value_name = "FILE")]
    pub(super) playlists: Option<PathBuf>,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
    /// A folder of networks with their manifests, used instead of the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub(super) models: Option<PathBuf>,
    /// End after this many seconds.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub(super) duration: Option<f64>,
    /// Write a report of the run as JSON when it ends.
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Soft chords that follow the mood: `silences` plays them while no music plays, `always` also quietly under the
    /// music.
    #[arg(long, alias = "bed", value_name = "WHEN", num_args = 0..=1, default_missing_value = "silences", value_parser = pad)]
    pub(super) ambient: Option<AmbientWhen>,
    /// Ring a meditation bell every N minutes while a person is in view.
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    pub(super) bell: Option<f32>,
    /// Seed of all random choices: the same seed makes the same choices.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
}

pub(super) fn pad(text: &str) -> Result<AmbientWhen, String> {
    match text {
        "off" => Ok(AmbientWhen::Off),
        "silences" => Ok(AmbientWhen::Silences),
        "always" => Ok(AmbientWhen::Always),
        _ => Err("expected off, silences or always".into()),
    }
}

pub(super) fn minutes(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value > 0.0 && value <= 1_440.0 => Ok(value),
        _ => Err("expected a number of minutes above 0, at most 1440".into()),
    }
}

pub(super) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 1e9 => Ok(value),
        _ => Err("expected a number of seconds above 0".into()),
    }
}

pub(super) fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match sides {
        Some((w, h)) if (16..=LARGEST_SIDE).contains(&w) && (16..=LARGEST_SIDE).contains(&h) => Ok((w, h)),
        _ => Err(format!("expected a size such as 1280x720, each side from 16 to {LARGEST_SIDE}")),
    }
}

/// The name of a profile.
pub(super) fn profile(text: &str) -> Result<String, String> {
    let name = text.trim();
    match name.chars().count() {
        1..=64 => Ok(name.to_owned()),
        _ => Err("expected a name of 1 to 64 characters".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_two_numbers_within_reason() {
        assert_eq!(size("640x360"), Ok((640, 360)));
        for wrong in ["640", "640x", "0x360", "640x99999", "x", "640×360"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
