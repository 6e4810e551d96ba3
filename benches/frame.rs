//! Attune's own systems in one frame, without window, networks or sound device: what the main thread pays.
//!
//! Budget: 1 ms (docs/design.md).

use std::hint::black_box;
use std::time::Duration;

use attune::app::settings::Settings;
use attune::emotion::Circumplex;
use attune::emotion::{Emotion, LogProbabilities, Probabilities};
use attune::foundation::{ClockMode, FoundationPlugin};
use attune::input::InputPlugin;
use attune::mixer::{MixerPlugin, SoundOutput};
use attune::mood::MoodPlugin;
use attune::music::{MusicOptions, MusicPlugin};
use attune::report::ReportPlugin;
use attune::screens::ScreensPlugin;
use attune::sense::camera::SourceStatus;
use attune::session::SessionPlugin;
use attune::status::StatusPlugin;
use attune::vision::face::{Face, FaceBox, ViewQuality};
use attune::vision::perception::{PerceptionStatus, ReadFace, Reading, ReadingTiming};
use attune::visuals::{PictureOutput, VisualsPlugin, plugins};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use criterion::{Criterion, criterion_group, criterion_main};

const STEP: Duration = Duration::from_millis(16);

/// The app without camera and perception; readings are written by hand.
fn core_app() -> App {
    let settings = Settings::default();
    let pace = ClockMode::Stepped { step: STEP };
    let mut app = App::new();
    app.insert_resource(pace)
        .insert_resource(TimeUpdateStrategy::ManualDuration(STEP))
        .insert_resource(SoundOutput::Silent)
        .insert_resource(MusicOptions::default())
        .insert_resource(settings.mood)
        .insert_resource(settings.manual_mood)
        .insert_resource(settings.music)
        .insert_resource(settings.library)
        .insert_resource(settings.mixer)
        .insert_resource(settings.visuals)
        .insert_resource(Circumplex::shipped().expect("the shipped table is whole"))
        .init_resource::<SourceStatus>()
        .init_resource::<PerceptionStatus>()
        .add_message::<Reading>()
        .add_plugins(plugins(PictureOutput::Nothing, pace).disable::<LogPlugin>())
        .add_plugins((
            FoundationPlugin,
            SessionPlugin,
            MoodPlugin,
            MusicPlugin,
            MixerPlugin,
            InputPlugin::default(),
            VisualsPlugin,
            (StatusPlugin, ScreensPlugin),
            ReportPlugin { file: None },
        ));
    app.finish();
    app.cleanup();
    app
}

fn reading(at: Duration) -> Reading {
    let bounds = FaceBox { x: 100.0, y: 60.0, width: 120.0, height: 120.0 };
    let face = Face {
        bounds,
        left_eye: [130.0, 100.0],
        right_eye: [190.0, 100.0],
        nose: None,
        mouth: None,
        score: 0.9,
    };
    let read = ReadFace {
        id: 1,
        face,
        quality: ViewQuality::GOOD,
        scores: LogProbabilities::from_probabilities(&Probabilities::certain(Emotion::Happy)),
        abstain: 0.0,
    };
    Reading { at, frame_size: [320, 240], faces: vec![read], timing: ReadingTiming::default() }
}

fn one_frame(c: &mut Criterion) {
    let mut app = core_app();
    // The first updates load the album and start the music.
    for _ in 0..120 {
        app.update();
    }
    c.bench_function("one frame: mood, choice, mix, scene state, words, record", |bencher| {
        bencher.iter(|| {
            let at = app.world().resource::<Time>().elapsed();
            let reading = reading(at);
            app.world_mut().write_message(reading.evidence());
            app.world_mut().write_message(reading);
            app.update();
            black_box(&app);
        });
    });
}

criterion_group!(benches, one_frame);
criterion_main!(benches);
