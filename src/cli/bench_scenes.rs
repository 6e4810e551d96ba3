//! `attune bench-scenes`: render time of each scene at each quality level, with the name of the graphics adapter.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bevy::prelude::*;
use clap::Args;
use serde::Serialize;

use super::args::SettingsArgs;
use super::print::print_line;
use super::scene_app::{adapter_name, choose_scenes, scene_app};
use crate::emotion::{Emotion, Probabilities};
use crate::foundation::stats::median;
use crate::foundation::{Folders, write_output_file};
use crate::mixer::SoundLevels;
use crate::mood::Mood;
use crate::visuals::quality::RenderQuality;
use crate::visuals::{PictureOutput, VisualsSettings, draw_first_picture, graphics_available};

#[derive(Debug, Clone, Args)]
pub(super) struct BenchScenesArgs {
    /// The scenes to measure. Default: all.
    #[arg(value_name = "SCENE")]
    scenes: Vec<String>,
    /// Width and height of the picture in pixels.
    #[arg(long, value_name = "WxH", default_value = "640x360", value_parser = super::args::size)]
    size: (u32, u32),
    /// A quality level; repeat it for several. Default: all.
    #[arg(long, value_name = "LEVEL")]
    level: Vec<String>,
    /// Pictures to render of each.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pictures: u32,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Write the results as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Render time of a picture, in milliseconds.
#[derive(Debug, Clone, Serialize)]
struct SceneCost {
    scene: String,
    level: String,
    /// Median time on the graphics card; `null` if it does not report one.
    gpu_ms: Option<f32>,
    /// Median time of an update, including reading the picture back.
    picture_ms: f32,
    /// Pictures per second, from the mean.
    per_second: f32,
}

#[derive(Debug, Serialize)]
struct SceneCostTable {
    adapter: String,
    width: u32,
    height: u32,
    rows: Vec<SceneCost>,
}

/// Pictures that are rendered before the measurement.
const RUN_IN: u32 = 8;
const STEP: Duration = Duration::from_nanos(1_000_000_000 / 60);

pub(super) fn bench_scenes(args: &BenchScenesArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    graphics_available(PictureOutput::Pictures)?;
    let (mut settings, scenes) = choose_scenes(&args.settings, None, &args.scenes, folders)?;
    settings.director.on = false;
    let names: Vec<String> = settings.quality.levels.iter().map(|level| level.name.clone()).collect();
    let levels = if args.level.is_empty() { &names } else { &args.level };
    if let Some(unknown) = levels.iter().find(|level| !names.contains(level)) {
        anyhow::bail!("no quality level \"{unknown}\"; there are {}", names.join(", "));
    }
    let (width, height) = args.size;
    let mut table = SceneCostTable { adapter: String::new(), width, height, rows: Vec::new() };
    for scene in &scenes {
        for level in levels {
            settings.scene.clone_from(scene);
            settings.quality.level.clone_from(level);
            let (row, adapter) = measure(&settings, args)?;
            if table.rows.is_empty() {
                print_line!("{adapter}, {width}×{height}\n")?;
                print_line!(
                    "{:16} {:10} {:>9} {:>11} {:>10}",
                    "scene",
                    "level",
                    "GPU ms",
                    "picture ms",
                    "pictures/s"
                )?;
                table.adapter = adapter;
            }
            let gpu = row.gpu_ms.map_or_else(|| "-".into(), |ms| format!("{ms:.2}"));
            print_line!("{scene:16} {level:10} {gpu:>9} {:11.2} {:10.1}", row.picture_ms, row.per_second)?;
            table.rows.push(row);
        }
    }
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&table)? + "\n";
        write_output_file(file, text.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(settings: &VisualsSettings, args: &BenchScenesArgs) -> anyhow::Result<(SceneCost, String)> {
    let mut app = scene_app(settings.clone(), args.size, STEP, |_| ())?;
    add_person_and_music(app.world_mut());
    draw_first_picture(&mut app)?;
    for _ in 0..RUN_IN {
        app.update();
    }
    let (mut times, mut gpu) = (Vec::new(), Vec::new());
    for _ in 0..args.pictures {
        let begun = Instant::now();
        app.update();
        times.push(begun.elapsed().as_secs_f32() * 1_000.0);
        gpu.extend(app.world().get_resource::<RenderQuality>().and_then(RenderQuality::gpu_ms));
    }
    let mean = times.iter().sum::<f32>() / times.len() as f32;
    let row = SceneCost {
        scene: settings.scene.clone(),
        level: settings.quality.level.clone(),
        gpu_ms: median(&mut gpu).map(|ms| ms as f32),
        picture_ms: median(&mut times).unwrap_or(0.0) as f32,
        per_second: 1_000.0 / mean,
    };
    Ok((row, adapter_name(&app)))
}

/// A person in view and music, so that a scene draws everything it can.
fn add_person_and_music(world: &mut World) {
    let mut mood = world.get_resource_or_init::<Mood>();
    mood.people = 1;
    mood.fast.emotion = Some(Emotion::Happy);
    mood.fast.probabilities = Probabilities::certain(Emotion::Happy);
    (mood.fast.valence, mood.fast.arousal, mood.fast.confidence) = (0.8, 0.5, 0.9);
    world.insert_resource(SoundLevels {
        rms: 0.4,
        peak: 0.8,
        bands: [0.6; 8],
        onset: 0.2,
        ..SoundLevels::default()
    });
}
