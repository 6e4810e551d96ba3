//! `attune loop`: a short loop of each scene, as an animated WebP.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::args::SettingsArgs;
use super::scene_app::choose_scenes;
use crate::emotion::Emotion;
use crate::foundation::{Folders, tell};
use crate::visuals::{LoopError, LoopFormat, PreviewSubject, film, write_loop};

#[derive(Debug, Clone, Args)]
pub(super) struct LoopArgs {
    /// The scenes to draw. Default: all.
    #[arg(value_name = "SCENE")]
    scenes: Vec<String>,
    /// The folder for SCENE.webp; it is created if needed.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// The expression of the person in view; repeat it for several people. Default: no person.
    #[arg(long = "mood", value_name = "EMOTION", value_parser = emotion)]
    moods: Vec<Emotion>,
    /// Width and height in pixels.
    #[arg(long, value_name = "WxH", default_value = "480x270", value_parser = super::args::size)]
    size: (u32, u32),
    /// Length of the loop in seconds.
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u16).range(1..=60))]
    seconds: u16,
    /// Frames per second.
    #[arg(long, default_value = "16", value_parser = clap::value_parser!(u32).range(5..=50))]
    rate: u32,
    /// WebP quality, from 0 (small file) to 100 (best).
    #[arg(long, default_value = "60", value_parser = clap::value_parser!(u8).range(0..=100))]
    quality: u8,
    /// A folder with your own scenes, NAME.ron and NAME.wgsl.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
}

fn emotion(text: &str) -> Result<Emotion, String> {
    Emotion::named(text)
        .ok_or_else(|| format!("expected one of {}", Emotion::ALL.map(Emotion::name).join(", ")))
}

pub(super) fn loops(args: &LoopArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    let (settings, scenes) = choose_scenes(&args.settings, args.folder.as_deref(), &args.scenes, folders)?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("--out {}", args.out.display()))?;
    let format = LoopFormat { size: args.size, seconds: f32::from(args.seconds), rate: args.rate };
    let subject = PreviewSubject { title: "people".into(), looks: args.moods.clone() };
    film(&settings, &scenes, &subject, &format, |scene, pictures| -> Result<(), LoopError> {
        let file = args.out.join(format!("{scene}.webp"));
        let bytes = write_loop(&file, &pictures, &format, f32::from(args.quality))?;
        tell!("{}: {} pictures, {} KB", file.display(), pictures.len(), bytes.div_ceil(1024));
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mood_is_one_of_seven() {
        assert_eq!(emotion("happy"), Ok(Emotion::Happy));
        assert!(emotion("bored").unwrap_err().contains("surprise"));
    }
}
