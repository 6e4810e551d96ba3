//! What the mixer costs: `cargo bench --bench mixer` prints the figures.
//!
//! - The audio callback in the middle of a crossfade, a block of 256 frames at 48 kHz. Budget: 10 % of its
//!   period of 5.3 ms for 99 of 100 blocks (docs/design.md).
//! - The start of a new track: from asking for it until its first samples are decoded, on a thread of its
//!   own, and what the main thread spends meanwhile. Budget: 150 ms.

use std::convert::Infallible;
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use attune::emotion::Affect;
use attune::mixer::{AmbientWhen, AudioGraph, GraphSettings, MixerSettings, OfflineMixer, pick_of};
use attune::music::{Dbfs, Lufs, MusicalKey, Pick, Sourced, TrackEdges, TrackFacts, shipped_album};
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
    let edges = TrackEdges { intro_end: 0.0, outro_start: 90.0, sound_end: 90.0 };
    let key = Some(Sourced::measured(MusicalKey { tonic, minor: false }));
    pick.track.facts = TrackFacts { key, ..TrackFacts::of_scan(Lufs(-3.0), Dbfs(0.0), edges) };
    pick
}

/// A graph whose renderer is here.
fn graph(output: &GraphSettings) -> (AudioGraph, Renderer) {
    let slot = Slot::default();
    let graph = AudioGraph::with_backend::<Taken>(Arc::clone(&slot), output).expect("a graph");
    let renderer = slot.lock().expect("whole").take().expect("it was started");
    (graph, renderer)
}

/// Sorted values at 50 %, 99 % and the end.
fn shares(values: &mut [f64]) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [0.5, 0.99, 1.0].map(|share| values[((values.len() - 1) as f64 * share) as usize])
}

fn main() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let settings = MixerSettings::default();
    callback(dir.path(), &settings);
    starts(dir.path(), &settings);
}

#[expect(clippy::print_stdout, reason = "this is what a bench is for")]
fn callback(folder: &Path, settings: &MixerSettings) {
    let files = [folder.join("a.wav"), folder.join("b.wav")];
    tone(&files[0], 300.0);
    tone(&files[1], 470.0);
    // The pad changes its key in every crossfade, with all voices of the liveliest mood.
    let mut settings = settings.clone();
    settings.ambient.when = AmbientWhen::Always;
    let output = GraphSettings { night: true, ceiling: Dbfs(-26.0), ..GraphSettings::from(&settings) };
    let (graph, mut renderer) = graph(&output);
    let mut mixer = OfflineMixer::with_graph(graph, &settings);
    mixer.set_mood(Affect { valence: 0.5, arousal: 1.0 });
    let mut block = [0.0_f32; 2 * FRAMES];
    let mut costs = Vec::with_capacity(BLOCKS);
    for n in 0..BLOCKS {
        // A crossfade begins every eight seconds and takes six: most blocks are in one.
        if n % (8 * RATE as usize / FRAMES) == 0 {
            let turn = n / (8 * RATE as usize / FRAMES) % 2;
            mixer.play(in_key(&files[turn], 2 + 4 * turn as u8));
        }
        mixer.update();
        let begin = Instant::now();
        renderer.on_start_processing();
        renderer.process(&mut block, 2);
        costs.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    let period = FRAMES as f64 * 1e3 / f64::from(RATE);
    println!(
        "audio callback, {FRAMES} frames at {RATE} Hz, night mode, limiter at work, the ambient pad, {} crossfades:",
        mixer.crossfades()
    );
    for (name, cost) in ["median", "p99", "worst"].into_iter().zip(shares(&mut costs)) {
        println!("  {name:6} {cost:.3} ms, {:.1} % of the period", cost / period * 100.0);
    }
}

/// Tracks of every kind: the largest piece of the album as it is and as `sox` converts it, and a short
/// tone as M4A.
fn tracks(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let pieces = std::fs::read_dir(shipped_album()).expect("the album is there");
    let largest = pieces
        .map(|entry| entry.expect("readable").path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "ogg"))
        .max_by_key(|file| file.metadata().map_or(0, |data| data.len()))
        .expect("it has pieces");
    let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/music");
    let mut tracks = vec![("OGG, largest piece of the album", largest.clone())];
    for (name, kind) in [("FLAC of it", "flac"), ("MP3 of it", "mp3"), ("WAV of it", "wav")] {
        let file = folder.join(format!("largest.{kind}"));
        let made = Command::new("sox").arg(&largest).arg(&file).stderr(Stdio::null()).status();
        if made.is_ok_and(|status| status.success()) {
            tracks.push((name, file));
        }
    }
    tracks.push(("FLAC, a tone", support.join("tone.flac")));
    tracks.push(("MP3, a tone", support.join("tone.mp3")));
    tracks.push(("M4A, a tone", support.join("tone.m4a")));
    tracks
}

/// Asks the system to forget what it has read of a file.
fn forget(file: &Path) -> bool {
    let asked = Command::new("dd")
        .arg(format!("if={}", file.display()))
        .args(["of=/dev/null", "iflag=nocache", "count=0", "status=none"])
        .status();
    asked.is_ok_and(|status| status.success())
}

#[expect(clippy::print_stdout, reason = "this is what a bench is for")]
fn starts(folder: &Path, settings: &MixerSettings) {
    let tracks = tracks(folder);
    let settings = MixerSettings { asked_fade_seconds: 0.3, ..settings.clone() };
    let (graph, mut renderer) = graph(&GraphSettings::from(&settings));
    let mut mixer = OfflineMixer::threaded(graph, &settings);
    let mut main = Vec::new();
    // The first round measures loudness beside the decks, as after a start of the program.
    for (round, times) in [("first", 1), ("warm", 100), ("forgotten by the cache", 100)] {
        println!("start of a new track, {round}: p50, p99 and worst of {times}, in ms");
        let mut ready = vec![Vec::new(); tracks.len()];
        for _ in 0..times {
            for ((_, file), ready) in tracks.iter().zip(&mut ready) {
                if round.starts_with("forgotten") && !forget(file) {
                    println!("  the system does not forget: dd is missing");
                    return;
                }
                ready.push(start(&mut mixer, file, &mut main));
                // Until the fade is over and the channel is free.
                for _ in 0..RATE as usize / 2 / FRAMES {
                    let mut block = [0.0_f32; 2 * FRAMES];
                    mixer.update();
                    renderer.on_start_processing();
                    renderer.process(&mut block, 2);
                }
            }
        }
        for ((name, _), ready) in tracks.iter().zip(&mut ready) {
            let [middle, most, worst] = shares(ready);
            println!("  {name:32} {middle:7.2} {most:7.2} {worst:7.2}");
        }
    }
    let [middle, most, worst] = shares(&mut main);
    println!("main thread in a frame meanwhile: {middle:.3} ms, {most:.3} and {worst:.3}");
}

/// Asks for a track and looks until it begins. Gives how long it took until it was ready, in milliseconds.
fn start(mixer: &mut OfflineMixer, file: &Path, main: &mut Vec<f64>) -> f64 {
    let starts = mixer.ready_after().len();
    let mut asked = Some(pick_of(file.to_owned()));
    while mixer.ready_after().len() == starts {
        let begin = Instant::now();
        if let Some(pick) = asked.take() {
            mixer.play_now(pick);
        }
        mixer.update();
        main.push(begin.elapsed().as_secs_f64() * 1e3);
        assert!(mixer.problems().is_empty(), "{:?}", mixer.problems());
        std::thread::sleep(Duration::from_millis(1));
    }
    mixer.ready_after().last().map_or(f64::NAN, |ready| ready.as_secs_f64() * 1e3)
}
