//! The audio callback in the middle of a crossfade: what a block of 256 frames at 48 kHz costs.
//!
//! Budget: 10 % of its period of 5.3 ms for 99 of 100 blocks (docs/design.md). The figures are printed.

use std::convert::Infallible;
use std::f64::consts::TAU;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use attune::config::Settings;
use attune::mixer::{BedWhen, Booth, Console, OutputSettings, pick_of};
use attune::music::{MusicalKey, Pick, TrackSound};
use kira::backend::{Backend, Renderer};

const FRAMES: usize = 256;
const RATE: u32 = 48_000;
/// A minute.
const BLOCKS: usize = 60 * RATE as usize / FRAMES;

type Slot = Arc<Mutex<Option<Renderer>>>;

struct Taken(Slot);

impl Backend for Taken {
    type Settings = Slot;
    type Error = Infallible;

    fn setup(slot: Slot, _buffer: usize) -> Result<(Self, u32), Infallible> {
        Ok((Self(slot), RATE))
    }

    fn start(&mut self, renderer: Renderer) -> Result<(), Infallible> {
        *self.0.lock().expect("whole") = Some(renderer);
        Ok(())
    }
}

/// Loud tones at another rate than the output's, so that decks interpolate and the limiter works.
fn tone(file: &Path, hz: f64) {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file, spec).expect("created");
    for n in 0..44_100 * 90 {
        let value = 0.95 * (TAU * hz * f64::from(n) / 44_100.0).sin();
        for _ in 0..2 {
            writer.write_sample((value * 32_767.0) as i16).expect("written");
        }
    }
    writer.finalize().expect("whole");
}

/// A pick of a file whose key is known.
fn in_key(file: &Path, tonic: u8) -> Pick {
    let mut pick = pick_of(file.to_owned());
    pick.track.sound = Some(TrackSound {
        lufs: -3.0,
        true_peak: 0.0,
        intro_end: 0.0,
        outro_start: 90.0,
        sound_end: 90.0,
        beats: None,
        key: Some(MusicalKey { tonic, minor: false }),
    });
    pick
}

#[expect(clippy::print_stdout, reason = "this is what a bench is for")]
fn main() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let files = [dir.path().join("a.wav"), dir.path().join("b.wav")];
    tone(&files[0], 300.0);
    tone(&files[1], 470.0);
    let mut settings = Settings::shipped().expect("valid").mixer;
    // The bed goes to another key in every crossfade, with all voices of the liveliest mood.
    settings.bed.when = BedWhen::Always;
    let output = OutputSettings { night: true, ceiling: 0.05, ..OutputSettings::of(&settings) };
    let slot = Slot::default();
    let Ok(console) = Console::with_backend::<Taken>(Arc::clone(&slot), &output);
    let mut booth = Booth::at(console, &settings);
    booth.feel(0.5, 1.0);
    let mut renderer = slot.lock().expect("whole").take().expect("it was started");
    let mut block = [0.0_f32; 2 * FRAMES];
    let mut costs = Vec::with_capacity(BLOCKS);
    for n in 0..BLOCKS {
        // A crossfade begins every eight seconds and takes six: most blocks are in one.
        if n % (8 * RATE as usize / FRAMES) == 0 {
            let turn = n / (8 * RATE as usize / FRAMES) % 2;
            booth.play(in_key(&files[turn], 2 + 4 * turn as u8));
        }
        booth.look();
        let begin = Instant::now();
        renderer.on_start_processing();
        renderer.process(&mut block, 2);
        costs.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    costs.sort_by(f64::total_cmp);
    let at = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize];
    let period = FRAMES as f64 * 1e3 / f64::from(RATE);
    println!(
        "audio callback, {FRAMES} frames at {RATE} Hz, night mode, limiter at work, the living bed, {} crossfades:",
        booth.crossfades()
    );
    for (name, share) in [("median", 0.5), ("p99", 0.99), ("worst", 1.0)] {
        println!("  {name:6} {:.3} ms, {:.1} % of the period", at(share), at(share) / period * 100.0);
    }
}
