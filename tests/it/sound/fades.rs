//! Transitions in the rendered sound: tempo, continuing a track, loudness, seeks and pauses.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::time::Duration;

use attune::mixer::{MixerSettings, OfflineMixer, Transport, pick_of};
use attune::music::{BeatGrid, Dbfs, Decibels, Lufs, Pick, Sourced, TrackEdges, TrackFacts};

use super::test_rig::{Tone, longest_silence, power, steepest, untouched};

/// A file of samples of one channel.
pub fn write(file: &Path, rate: u32, samples: impl Iterator<Item = f64>) -> PathBuf {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(file, spec).expect("created");
    for sample in samples {
        writer.write_sample(sample as f32).expect("written");
    }
    writer.finalize().expect("whole");
    file.to_owned()
}

pub fn settings(crossfade_seconds: f32) -> MixerSettings {
    let shipped = untouched(MixerSettings::default());
    MixerSettings { crossfade_seconds, longest_crossfade_seconds: 60.0, ..shipped }
}

fn with_transition_gain() -> MixerSettings {
    let mut settings = settings(2.0);
    settings.transition_gain.limit_db = Decibels(12.0);
    settings
}

/// The left channel of a number of seconds.
pub fn left(mixer: &mut OfflineMixer, seconds: f64) -> Vec<f64> {
    mixer.seconds(seconds).chunks_exact(2).map(|frame| f64::from(frame[0])).collect()
}

/// Frequency of a tone from its rising zero crossings.
fn pitch(samples: &[f64], rate: f64) -> f64 {
    super::test_rig::pitch(samples) * rate / super::test_rig::RATE as f64
}

fn with_grid(file: PathBuf, bpm: f32) -> Pick {
    let mut pick = pick_of(file);
    let grid = BeatGrid { first: 0.3, bpm, metre: 4, confidence: 0.9 };
    let edges = TrackEdges { intro_end: 0.0, outro_start: 58.0, sound_end: 60.0 };
    pick.track.facts = TrackFacts {
        beats: Some(Sourced::measured(grid)),
        ..TrackFacts::of_scan(Lufs(-16.0), Dbfs(-6.0), edges)
    };
    pick
}

#[test]
fn a_track_follows_the_tempo_of_the_other_and_comes_back_to_its_own() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let files = [400.0, 600.0].map(|hz| Tone::new(hz, 60.0).write(&dir.path().join(format!("{hz}.wav"))));
    let mut mixer = OfflineMixer::new(&settings(2.0), 48_000).expect("a graph");
    mixer.play(with_grid(files[0].clone(), 120.0));
    mixer.seconds(5.0);
    mixer.play(with_grid(files[1].clone(), 117.0));
    let heard = left(&mut mixer, 26.0);
    let plan = mixer.plans()[0];
    assert!(plan.beats_match && plan.on_downbeat, "{plan:?}");
    // Bars of two seconds from 0.3 s on; the old track began at 0.
    assert!((plan.begin - 6.3).abs() < 1e-6, "{plan:?}");
    let at =
        |from: f64, to: f64| pitch(&heard[(from * 48_000.0) as usize..(to * 48_000.0) as usize], 48_000.0);
    assert!((at(3.6, 5.0) - 600.0 * 120.0 / 117.0).abs() < 0.2, "{}", at(3.6, 5.0));
    assert!((at(24.0, 26.0) - 600.0).abs() < 0.1, "{}", at(24.0, 26.0));
}

#[test]
fn a_thinning_track_that_nothing_follows_goes_over_into_its_own_body() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let level = |seconds: f64| if seconds < 30.0 { 0.3 } else { 0.002 };
    let wave = (0..44_100 * 40).map(|n| {
        let time = f64::from(n) / 44_100.0;
        level(time) * (TAU * 300.0 * time).sin() + level(time) * 0.5 * (TAU * 451.0 * time).sin()
    });
    let file = write(&dir.path().join("thin.wav"), 44_100, wave);
    let mut mixer =
        OfflineMixer::new(&MixerSettings { normalise: true, ..settings(2.0) }, 48_000).expect("a graph");
    mixer.play(pick_of(file));
    mixer.seconds(1.0);
    let heard = left(&mut mixer, 80.0);
    assert!(mixer.wants_track(), "it asks for another one all the same");
    let quietest = heard.chunks_exact(24_000).map(power).fold(f64::INFINITY, f64::min);
    assert!(quietest > 0.1 * power(&heard), "half a second is {quietest}");
}

#[test]
fn tracks_are_brought_to_the_target_by_tags_analysis_or_a_quick_pass() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let quiet = Tone { amplitude: 0.08, ..Tone::new(1_000.0, 12.0) }.write(&dir.path().join("quiet.wav"));
    let loudness = |pick: Pick| {
        let mut mixer =
            OfflineMixer::new(&MixerSettings { normalise: true, ..settings(2.0) }, 48_000).expect("a graph");
        mixer.play(pick);
        mixer.seconds(1.0);
        let mut meter = ebur128::EbuR128::new(2, 48_000, ebur128::Mode::I).expect("a meter");
        meter.add_frames_f32(&mixer.seconds(4.0)).expect("measured");
        meter.loudness_global().expect("known")
    };
    let measured = loudness(pick_of(quiet.clone()));
    assert!((measured + 16.0).abs() < 0.1, "{measured} LUFS");
    // An analysis that says otherwise is believed: 22 dB below the target would be lifted by 6.
    let mut analysed = with_grid(quiet, 100.0);
    analysed.track.facts.loudness = Some(Sourced::measured(Lufs(-22.0)));
    let plain = 20.0 * (0.08_f64).log10() - 0.0;
    let lifted = loudness(analysed);
    assert!((lifted - plain - 6.0).abs() < 1.0, "{lifted} LUFS from {plain}");
}

#[test]
fn a_seek_is_heard_at_once_and_is_no_step() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let wave = (0..48_000 * 20).map(|n| {
        let time = f64::from(n) / 48_000.0;
        0.3 * (TAU * if time < 10.0 { 400.0 } else { 600.0 } * time).sin()
    });
    let mut mixer = OfflineMixer::new(&settings(2.0), 48_000).expect("a graph");
    mixer.play(pick_of(write(&dir.path().join("two.wav"), 48_000, wave)));
    mixer.seconds(2.0);
    mixer.transport(Transport::Seek(Duration::from_secs(12)));
    let heard = left(&mut mixer, 2.0);
    assert!((mixer.position().as_secs_f64() - 14.0).abs() < 0.1, "{:?}", mixer.position());
    assert!((pitch(&heard[9_600..], 48_000.0) - 600.0).abs() < 0.1);
    let slope: f64 = [400.0, 600.0].map(|hz| (0.3 * TAU * hz / 48_000.0).powi(2)).iter().sum();
    assert!(steepest(&heard) <= slope.sqrt() + 1e-4, "{}", steepest(&heard));
    assert_eq!(mixer.crossfades(), 0, "a seek is no crossfade");
}

/// Ten seconds of silence inside a track are shortened to less than two, without a crossfade.
#[test]
fn a_long_silence_inside_a_track_is_skipped() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let wave = (0..48_000 * 25).map(|n| {
        let time = f64::from(n) / 48_000.0;
        let silent = (5.0..15.0).contains(&time);
        if silent { 0.0 } else { 0.4 * (TAU * 400.0 * time).sin() }
    });
    let file = write(&dir.path().join("gap.wav"), 48_000, wave);
    let longest = |seconds: f32| {
        let settings = MixerSettings { longest_silence_seconds: seconds, ..settings(2.0) };
        let mut mixer = OfflineMixer::new(&settings, 48_000).expect("a graph");
        mixer.play(pick_of(file.clone()));
        let heard = left(&mut mixer, 12.0);
        assert_eq!(mixer.crossfades(), 0);
        longest_silence(&heard)
    };
    assert!((1.0..2.0).contains(&longest(4.0)), "{} s", longest(4.0));
    assert!(longest(0.0) > 6.0, "{} s", longest(0.0));
}

#[test]
fn a_seek_leaves_the_transition_gain_alone() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = Tone::new(400.0, 60.0).write(&dir.path().join("long.wav"));
    let mut mixer = OfflineMixer::new(&with_transition_gain(), 48_000).expect("a graph");
    mixer.play(pick_of(file.clone()));
    mixer.seconds(1.0);
    mixer.transport(Transport::Seek(Duration::from_secs(20)));
    mixer.seconds(0.5);
    let near = |heard: &[f64]| (10.0 * (power(heard) / 0.08).log10()).abs();
    let heard = left(&mut mixer, 5.0);
    assert!(near(&heard) < 0.1, "{} dB", near(&heard));
    // Nor does a track that has hardly begun count as a silent one.
    let other = Tone::new(600.0, 60.0).write(&dir.path().join("other.wav"));
    let mut mixer = OfflineMixer::new(&with_transition_gain(), 48_000).expect("a graph");
    mixer.play(pick_of(file));
    mixer.seconds(0.5);
    mixer.play(pick_of(other));
    mixer.seconds(2.0);
    let heard = left(&mut mixer, 3.0);
    assert!(near(&heard) < 0.3, "{} dB", near(&heard));
}

#[test]
fn a_pause_is_a_ramp_and_holds_a_crossfade() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let files = [400.0, 600.0].map(|hz| Tone::new(hz, 20.0).write(&dir.path().join(format!("{hz}.wav"))));
    let mut mixer = OfflineMixer::new(&settings(3.0), 48_000).expect("a graph");
    mixer.play(pick_of(files[0].clone()));
    mixer.seconds(2.0);
    mixer.play(pick_of(files[1].clone()));
    let mut heard = left(&mut mixer, 1.5);
    mixer.transport(Transport::Pause);
    heard.extend(left(&mut mixer, 0.5));
    let (progress, position) = (mixer.crossfade().expect("halfway"), mixer.position());
    let silent = left(&mut mixer, 3.0);
    assert!(silent.iter().all(|sample| *sample == 0.0));
    assert_eq!((mixer.crossfade(), mixer.position()), (Some(progress), position));
    heard.extend(silent);
    mixer.transport(Transport::Resume);
    heard.extend(left(&mut mixer, 4.0));
    assert_eq!(mixer.crossfade(), None);
    let slope: f64 = [400.0, 600.0].map(|hz| (0.4 * TAU * hz / 48_000.0).powi(2)).iter().sum();
    assert!(steepest(&heard) <= slope.sqrt() + 2e-4, "{}", steepest(&heard));
    assert!((pitch(&heard[8 * 48_000..], 48_000.0) - 600.0).abs() < 0.1);
}
