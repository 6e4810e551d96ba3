//! An app with music and mixer on a virtual clock, and measurements of what it writes.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::time::Duration;

use attune::app::settings::Settings;
use attune::foundation::{ClockMode, Faults, FoundationPlugin};
use attune::mixer::{MixerPlugin, MixerSettings, SoundOutput};
use attune::music::{
    Decibels, MusicOptions, MusicPlugin, MusicSettings, Pick, PickCause, Track, TrackFacts, TrackWanted,
};
use bevy::asset::UnapprovedPathMode;
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;

/// Frames per second of everything that is heard.
pub const RATE: usize = 48_000;
/// One picture frame of the test app.
pub const STEP: Duration = Duration::from_millis(20);

/// A tone in a WAV file, stereo, 16 bit; `header_seconds` is what the header claims.
pub struct Tone {
    pub hz: f64,
    pub rate: u32,
    pub seconds: f64,
    pub amplitude: f64,
}

impl Tone {
    pub fn new(hz: f64, seconds: f64) -> Self {
        Self { hz, rate: 48_000, seconds, amplitude: 0.4 }
    }

    pub fn write(&self, file: &Path) -> PathBuf {
        std::fs::create_dir_all(file.parent().expect("in a folder")).expect("made");
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: self.rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(file, spec).expect("created");
        for i in 0..(self.seconds * f64::from(self.rate)) as u32 {
            let value = self.amplitude * (TAU * self.hz * f64::from(i) / f64::from(self.rate)).sin();
            for _ in 0..2 {
                writer.write_sample((value * 32_767.0).round() as i16).expect("written");
            }
        }
        writer.finalize().expect("whole");
        file.to_owned()
    }
}

/// A pick of a file, as music would make it.
pub fn pick(file: &Path) -> Pick {
    let title = file.file_stem().expect("named").to_string_lossy().into_owned();
    let track = Track {
        path: file.to_owned(),
        title,
        artist: None,
        duration: Duration::ZERO,
        facts: TrackFacts::default(),
    };
    Pick {
        track,
        emotion: None,
        cause: PickCause::Silence,
        reason: "asked for by a test".to_owned(),
        why: Vec::new(),
    }
}

/// Tracks at their own loudness, and fades of three seconds also on request.
pub fn untouched(mut mixer: MixerSettings) -> MixerSettings {
    mixer.normalise = false;
    mixer.transition_gain.limit_db = Decibels(0.0);
    mixer.longest_silence_seconds = 0.0;
    mixer.asked_fade_seconds = 3.0;
    mixer.notice_seconds = 2.0;
    mixer
}

/// The app under test.
pub struct MixerTestRig {
    pub app: App,
    pub dir: tempfile::TempDir,
}

impl MixerTestRig {
    /// Only the mixer, so that a test gives the picks.
    pub fn mixer_only() -> Self {
        let mut rig = Self::bare();
        rig.app.add_plugins(MixerPlugin);
        rig
    }

    /// Music and mixer; the music folder is `music` in `dir`, and there is no album.
    pub fn with_music(fill: impl FnOnce(&Path)) -> Self {
        let mut rig = Self::bare();
        let folder = rig.dir.path().join("music");
        std::fs::create_dir_all(&folder).expect("made");
        fill(&folder);
        let album = Some(rig.dir.path().join("album"));
        rig.app.insert_resource(MusicOptions { folder: Some(folder), album, playlists: None, seed: 1 });
        rig.app.add_plugins((MusicPlugin, MixerPlugin));
        rig
    }

    /// Only the mixer, in an app with Bevy's assets.
    pub fn mixer_with_assets() -> Self {
        let mut rig = Self::bare();
        let assets = AssetPlugin { unapproved_path_mode: UnapprovedPathMode::Deny, ..default() };
        rig.app.add_plugins((assets, MixerPlugin));
        rig
    }

    fn bare() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings::default();
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin))
            .insert_resource(TimeUpdateStrategy::ManualDuration(STEP))
            .insert_resource(ClockMode::Stepped { step: STEP })
            .insert_resource(SoundOutput::File(dir.path().join("mix.wav")))
            .insert_resource(settings.music)
            .insert_resource(MixerSettings { crossfade_seconds: 3.0, ..untouched(settings.mixer) })
            .insert_resource(settings.library)
            .init_resource::<Asked>()
            .add_systems(Last, listen);
        Self { app, dir }
    }

    pub fn mixer_settings(&mut self) -> Mut<'_, MixerSettings> {
        self.app.world_mut().resource_mut::<MixerSettings>()
    }

    pub fn music_settings(&mut self) -> Mut<'_, MusicSettings> {
        self.app.world_mut().resource_mut::<MusicSettings>()
    }

    /// A file in the rig's own folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn tone(&self, name: &str, tone: &Tone) -> PathBuf {
        tone.write(&self.file(name))
    }

    pub fn play(&mut self, file: &Path) {
        self.app.world_mut().write_message(pick(file));
    }

    /// Runs for a time, in whole steps.
    pub fn run(&mut self, seconds: f64) {
        for _ in 0..(seconds / STEP.as_secs_f64()).round() as usize {
            self.app.update();
        }
    }

    /// Time of the app in seconds.
    pub fn seconds(&self) -> f64 {
        self.app.world().resource::<Time>().elapsed_secs_f64()
    }

    /// What the mixer has asked for until now.
    pub fn asked(&self) -> &[TrackWanted] {
        &self.app.world().resource::<Asked>().0
    }

    /// The words of every fault that has begun in a room.
    pub fn faults(&self, room: &str) -> Vec<String> {
        let log = self.app.world().resource::<Faults>().log();
        log.iter().filter(|fault| fault.room == room).map(|fault| fault.what.clone()).collect()
    }

    /// Ends the app and gives the left channel of what it wrote.
    pub fn listen(mut self) -> Vec<f64> {
        self.app.world_mut().write_message(AppExit::Success);
        self.app.update();
        let mut reader = hound::WavReader::open(self.file("mix.wav")).expect("the file is whole");
        assert_eq!(reader.spec().sample_rate as usize, RATE);
        let samples: Vec<i16> = reader.samples().collect::<Result<_, _>>().expect("16-bit samples");
        samples.chunks_exact(2).map(|frame| f64::from(frame[0]) / 32_767.0).collect()
    }
}

#[derive(Resource, Default)]
struct Asked(Vec<TrackWanted>);

fn listen(mut asked: ResMut<Asked>, mut wanted: MessageReader<TrackWanted>) {
    asked.0.extend(wanted.read());
}

/// Mean square of a stretch.
pub fn power(samples: &[f64]) -> f64 {
    samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len().max(1) as f64
}

/// Largest distance of the power of any stretch of `frames` from `reference`, in decibels.
pub fn worst_decibels(samples: &[f64], frames: usize, reference: f64) -> f64 {
    samples
        .windows(frames)
        .step_by(frames / 8)
        .map(|stretch| (10.0 * (power(stretch) / reference).log10()).abs())
        .fold(0.0, f64::max)
}

/// Largest step from one sample to the next.
pub fn steepest(samples: &[f64]) -> f64 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max)
}

/// The longest stretch below −60 dBFS, in seconds.
pub fn longest_silence(samples: &[f64]) -> f64 {
    let (mut longest, mut now) = (0_usize, 0_usize);
    for sample in samples {
        now = if sample.abs() < 0.001 { now + 1 } else { 0 };
        longest = longest.max(now);
    }
    longest as f64 / RATE as f64
}

/// Frequency of a tone from its rising zero crossings, in hertz.
pub fn pitch(samples: &[f64]) -> f64 {
    let crossings: Vec<f64> = samples
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0)
        .map(|(i, pair)| i as f64 - pair[0] / (pair[1] - pair[0]))
        .collect();
    let [first, .., last] = crossings.as_slice() else { return 0.0 };
    (crossings.len() - 1) as f64 * RATE as f64 / (last - first)
}

/// A stretch by seconds.
pub fn between(samples: &[f64], from: f64, to: f64) -> &[f64] {
    &samples[(from * RATE as f64) as usize..(to * RATE as f64) as usize]
}
