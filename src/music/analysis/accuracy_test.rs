//! The whole analysis on tracks with known truth.

use super::analyse::TrackAnalyser;
use super::sound_analysis::SoundAnalysis;
use super::test_signals::{PROGRESSIONS, TestPiece, play};

const RATE: u32 = 22_050;

fn measure(piece: &TestPiece) -> SoundAnalysis {
    let mut analyser = TrackAnalyser::new(RATE).expect("a rate");
    for packet in play(piece, RATE).chunks(4_096) {
        let stereo: Vec<f32> = packet.iter().flat_map(|sample| [*sample; 2]).collect();
        analyser.push(&stereo).expect("measured");
    }
    analyser.finish().expect("there is sound").sound
}

/// 60 to 180 BPM in metres of 2 to 7, keys and progressions by turns.
fn pieces(count: u32) -> impl Iterator<Item = TestPiece> {
    (0..count).map(move |n| TestPiece {
        bpm: 60.0 + 120.0 * (n as f32 * 0.618_034).fract(),
        metre: 2 + n % 6,
        tonic: (n * 5 % 12) as u8,
        minor: n % 2 == 1,
        progression: (n / 2) as usize % PROGRESSIONS,
        seconds: 40.0,
        seed: u64::from(n),
    })
}

/// How far two tempi differ when octaves do not count, as a share.
fn folded(found: f32, truth: f32) -> f32 {
    let octaves = (found / truth).log2();
    (2_f32.powf(octaves - octaves.round()) - 1.0).abs()
}

#[test]
fn tempo_and_mode_are_right_on_nearly_all_synthesised_tracks() {
    let (mut tempo, mut mode, mut wrong) = (0, 0, Vec::new());
    let all: Vec<TestPiece> = pieces(48).collect();
    for piece in &all {
        let found = measure(piece);
        let bpm = found.beat.map_or(0.0, |beat| beat.bpm);
        let minor = found.key.map(|key| key.minor);
        tempo += u32::from(folded(bpm, piece.bpm) <= 0.02);
        mode += u32::from(minor == Some(piece.minor));
        if folded(bpm, piece.bpm) > 0.02 || minor != Some(piece.minor) {
            wrong.push((*piece, found.beat, found.key));
        }
    }
    let share = |right: u32| f64::from(right) / all.len() as f64;
    assert!(share(tempo) >= 0.95, "tempo is right on {:.0} %: {wrong:#?}", 100.0 * share(tempo));
    assert!(share(mode) >= 0.90, "mode is right on {:.0} %: {wrong:#?}", 100.0 * share(mode));
}
