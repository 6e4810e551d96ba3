//! `attune mix`: renders one planned transition.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::args::SettingsArgs;
use super::music_library::{existing_library, track_of};
use super::print::print_line;
use super::setup::configure;
use crate::foundation::{Folders, check_output_file, tell};
use crate::mixer::{
    TransitionMeasurements, TransitionPlan, TransitionRequest, TransitionStart, pick_track, render_transition,
};

/// Seconds that are rendered before and after the fade by default.
const AROUND: f64 = 12.0;

#[derive(Debug, Clone, Args)]
pub(super) struct MixArgs {
    /// The track that fades out.
    first: PathBuf,
    /// The track that fades in.
    second: PathBuf,
    /// Write the transition as a WAV file (16 bit, stereo, 48 kHz).
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Begin the transition at this second of the first track, as after a change of mood. Default: at its end.
    #[arg(long, value_name = "SECONDS", value_parser = super::args::seconds)]
    at: Option<f64>,
    /// Seconds to render before and after the fade.
    #[arg(long, value_name = "SECONDS", default_value_t = AROUND, value_parser = super::args::seconds)]
    around: f64,
    /// The file of the music library, for what it knows of both tracks. Default: library.db in your data folder, if it
    /// is there.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct MixJson {
    plan: TransitionPlan,
    heard: TransitionMeasurements,
    /// Where the fade begins and ends in the rendered sound, in seconds.
    begin: f64,
    end: f64,
}

pub(super) fn mix(args: &MixArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    for file in [&args.first, &args.second] {
        if !file.is_file() {
            bail!("{}: no such file", file.display());
        }
    }
    if let Some(file) = &args.output {
        check_output_file(file)?;
    }
    let settings = configure(&args.settings, folders)?.settings.mixer;
    let start = args.at.map_or(TransitionStart::AtEnd, TransitionStart::At);
    let library = existing_library(args.database.as_deref(), &args.settings, folders)?;
    let pick = |file: &Path| anyhow::Ok(pick_track(track_of(file, library.as_ref())?));
    let request = TransitionRequest {
        first: pick(&args.first)?,
        second: pick(&args.second)?,
        start,
        around: args.around,
        library: library.as_ref().map(|library| library.store.file().to_owned()),
    };
    let rendered = render_transition(request, &settings)
        .with_context(|| format!("{} to {}", name(&args.first), name(&args.second)))?;
    let heard = rendered.measure();
    if let Some(file) = &args.output {
        rendered.write(file)?;
        tell!("{}: the fade is from {:.2} to {:.2} s", file.display(), rendered.begin, rendered.end);
    }
    if args.json {
        let printed = MixJson { plan: rendered.plan, heard, begin: rendered.begin, end: rendered.end };
        print_line!("{}", serde_json::to_string_pretty(&printed)?)?;
    } else {
        print_line!("{} → {}", name(&args.first), name(&args.second))?;
        print_line!("plan     {}", rendered.plan.describe())?;
        print_line!(
            "loudness {:.1} LUFS before, {:.1} during, {:.1} after; {:.1} to {:.1} over any 3 s",
            heard.before,
            heard.during,
            heard.after,
            heard.softest,
            heard.loudest
        )?;
        print_line!("peak     {:.2} dBTP", heard.true_peak)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}
