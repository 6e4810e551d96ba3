//! The sound of the synthesiser, sample by sample.

use ebur128::{EbuR128, Mode};
use kira::Frame;
use realfft::RealFftPlanner;

use super::composer::ChordComposer;
use super::settings::AmbientTimbreSettings;
use super::synth::{PadModulation, PadSynth, SynthCommand};
use crate::emotion::Affect;

const RATE: usize = 48_000;
const POWER: f32 = 0.01;

fn timbre() -> AmbientTimbreSettings {
    AmbientTimbreSettings::default()
}

/// A synthesiser with a composer, and a time at which the next chord is due.
struct Player {
    synth: PadSynth,
    composer: ChordComposer,
    feeling: Affect,
    chord_at: usize,
    clock: usize,
}

impl Player {
    fn new(valence: f32, arousal: f32) -> Self {
        let feeling = Affect { valence, arousal };
        let mut synth = PadSynth::new(1, timbre());
        synth.follow(PadModulation { mood: feeling, pitch_ratio: 1.0, breath: 0.5 });
        synth.apply(&SynthCommand::Level { power: POWER, seconds: 1.0 });
        Self { synth, composer: ChordComposer::new(2), feeling, chord_at: 0, clock: 0 }
    }

    fn feel(&mut self, valence: f32, arousal: f32) {
        self.feeling = Affect { valence, arousal };
        self.synth.follow(PadModulation { mood: self.feeling, pitch_ratio: 1.0, breath: 0.5 });
    }

    /// Plays a number of seconds in blocks of a length.
    fn play_in(&mut self, seconds: f64, block: usize) -> Vec<Frame> {
        let mut heard = vec![Frame::ZERO; (seconds * RATE as f64) as usize];
        let mut rest = heard.as_mut_slice();
        while !rest.is_empty() {
            if self.clock >= self.chord_at {
                let notes = self.composer.next(self.feeling);
                let hertz =
                    notes.map(|note| note.map(|note| 440.0 * ((f32::from(note) - 69.0) / 12.0).exp2()));
                self.synth.apply(&SynthCommand::Chord { hertz, after: [0.0, 0.3, 0.8, 0.5, 0.2], fade: 3.0 });
                self.chord_at += 6 * RATE;
            }
            let due = (self.chord_at - self.clock).min(block).min(rest.len());
            let (now, later) = rest.split_at_mut(due);
            self.synth.process(now, 1.0 / RATE as f64);
            self.clock += due;
            rest = later;
        }
        heard
    }

    fn play(&mut self, seconds: f64) -> Vec<Frame> {
        self.play_in(seconds, 480)
    }
}

fn steepest(frames: &[Frame]) -> f32 {
    frames
        .windows(2)
        .map(|pair| (pair[1].left - pair[0].left).abs().max((pair[1].right - pair[0].right).abs()))
        .fold(0.0, f32::max)
}

fn power(frames: &[Frame]) -> f32 {
    let sum: f32 = frames.iter().map(|frame| frame.left * frame.left + frame.right * frame.right).sum();
    sum / frames.len() as f32
}

/// Mean frequency of the power spectrum in hertz.
fn centroid(frames: &[Frame]) -> f32 {
    const SIZE: usize = 16_384;
    let plan = RealFftPlanner::<f32>::new().plan_fft_forward(SIZE);
    let (mut weighted, mut whole) = (0.0, 0.0);
    for block in frames.chunks_exact(SIZE) {
        let window = |n: usize| 0.5 - 0.5 * (std::f32::consts::TAU * n as f32 / SIZE as f32).cos();
        let mut samples: Vec<f32> =
            block.iter().enumerate().map(|(n, frame)| window(n) * (frame.left + frame.right)).collect();
        let mut spectrum = plan.make_output_vec();
        plan.process(&mut samples, &mut spectrum).expect("lengths fit");
        for (bin, value) in spectrum.iter().enumerate() {
            weighted += value.norm_sqr() * bin as f32 * RATE as f32 / SIZE as f32;
            whole += value.norm_sqr();
        }
    }
    weighted / whole
}

#[test]
fn without_commands_nothing_sounds() {
    let mut synth = PadSynth::new(1, timbre());
    synth.apply(&SynthCommand::Chord { hertz: [Some(220.0); 5], after: [0.0; 5], fade: 1.0 });
    let mut frames = vec![Frame::from_mono(1.0); 4_800];
    assert!(!synth.process(&mut frames, 1.0 / RATE as f64));
    assert!(frames.iter().all(|frame| *frame == Frame::ZERO));
}

#[test]
fn the_blocks_of_the_device_do_not_matter() {
    let whole = Player::new(0.2, 0.5).play_in(9.0, 1_024);
    for block in [1, 7, 128, 301] {
        let parts = Player::new(0.2, 0.5).play_in(if block == 1 { 0.5 } else { 9.0 }, block);
        assert!(parts.iter().zip(&whole).all(|(a, b)| a == b), "{block}");
    }
}

#[test]
fn a_jump_of_the_mood_is_no_click() {
    // The steepest step of the material itself, at both ends of the mood.
    let own =
        [-1.0, 1.0].map(|end| steepest(&Player::new(end, end).play(14.0))).into_iter().fold(0.0, f32::max);
    let mut player = Player::new(-1.0, -1.0);
    let mut heard = player.play(8.0);
    for (valence, arousal) in [(1.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)] {
        player.feel(valence, arousal);
        heard.extend(player.play(4.0));
    }
    player.synth.apply(&SynthCommand::Level { power: 0.2 * POWER, seconds: 2.0 });
    heard.extend(player.play(0.7));
    player.synth.apply(&SynthCommand::Level { power: POWER, seconds: 2.0 });
    heard.extend(player.play(1.0));
    player.synth.follow(PadModulation { mood: player.feeling, pitch_ratio: 1.04, breath: 0.5 });
    player.synth.apply(&SynthCommand::Level { power: 0.0, seconds: 1.0 });
    heard.extend(player.play(2.0));
    assert!(player.synth.is_asleep());
    assert!(steepest(&heard) <= 1.1 * own, "{} and {own}", steepest(&heard));
    let last = &heard[heard.len() - RATE / 2..];
    assert!(last.iter().all(|frame| *frame == Frame::ZERO));
    assert!(heard.iter().all(|frame| frame.left.is_finite() && frame.right.is_finite()));
}

#[test]
fn in_every_mood_it_is_as_loud_as_it_was_told_to_be() {
    for (valence, arousal) in [(-1.0, -1.0), (0.0, 0.0), (1.0, 1.0), (-1.0, 1.0), (1.0, -1.0)] {
        let heard = Player::new(valence, arousal).play(25.0);
        let decibels = |frames: &[Frame]| 10.0 * (power(frames) / POWER).log10();
        let whole = decibels(&heard[5 * RATE..]);
        assert!(whole.abs() < 1.0, "{valence} {arousal}: {whole} dB");
        for (n, stretch) in heard[5 * RATE..].chunks_exact(3 * RATE).enumerate() {
            let short = decibels(stretch);
            assert!(short.abs() < 2.0, "{valence} {arousal}: {short} dB in stretch {n}");
        }
        let mut meter = EbuR128::new(2, RATE as u32, Mode::I).expect("a meter");
        let samples: Vec<f32> = heard.iter().flat_map(|frame| [frame.left, frame.right]).collect();
        meter.add_frames_f32(&samples).expect("measured");
        let lufs = meter.loudness_global().expect("measured");
        assert!((lufs + 20.7).abs() < 2.0, "{valence} {arousal}: {lufs} LUFS");
    }
}

#[test]
fn the_more_stirred_the_mood_the_brighter_the_sound() {
    let centroids =
        [-1.0, -0.5, 0.0, 0.5, 1.0].map(|arousal| centroid(&Player::new(0.0, arousal).play(14.0)));
    assert!(centroids.windows(2).all(|pair| pair[1] > pair[0]), "{centroids:?}");
    assert!(centroids[4] > 1.4 * centroids[0], "{centroids:?}");
    let [dark, bright] = [-1.0, 1.0].map(|valence| centroid(&Player::new(valence, 0.0).play(14.0)));
    assert!(bright > dark, "{dark} and {bright}");
}

/// The pad breathes: it is brighter with full lungs than with empty ones.
#[test]
fn a_full_breath_is_brighter_than_an_empty_one() {
    let [empty, half, full] = [0.0, 0.5, 1.0].map(|breath| {
        let mut player = Player::new(0.0, 0.0);
        player.synth.follow(PadModulation { breath, ..PadModulation::default() });
        centroid(&player.play(14.0))
    });
    assert!(empty < half && half < full, "{empty}, {half} and {full} Hz");
}

#[test]
fn a_chime_rings_over_the_pads_and_falls_silent_with_them() {
    let mut with = Player::new(0.0, 0.0);
    let mut without = Player::new(0.0, 0.0);
    let _ = (with.play(4.0), without.play(4.0));
    with.synth.apply(&SynthCommand::Chime { hertz: 880.0, amplitude: 0.2, panning: 0.5 });
    let chime: Vec<Frame> = with.play(9.0).into_iter().zip(without.play(9.0)).map(|(a, b)| a - b).collect();
    let loudest = |frames: &[Frame]| frames.iter().map(|frame| frame.right.abs()).fold(0.0, f32::max);
    assert!(loudest(&chime[..RATE]) > 0.1 * POWER.sqrt() && chime[0].right.abs() < 1e-4);
    assert!(steepest(&chime) < 0.2 * POWER.sqrt() * 0.5, "{}", steepest(&chime));
    assert!(loudest(&chime[8 * RATE..]) < 1e-5, "{}", loudest(&chime[8 * RATE..]));
}
