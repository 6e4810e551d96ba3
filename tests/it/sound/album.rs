//! The starter album through the mixer: transitions of pairs, and a long run.

use std::path::PathBuf;

use attune::mixer::MixerSettings;
use attune::mixer::{
    OfflineMixer, TransitionMeasurements, TransitionRequest, TransitionStart, pick_of, render_transition,
};
use attune::music::shipped_album;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

fn pieces() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(shipped_album()).expect("the album is there");
    let mut pieces: Vec<PathBuf> = folder
        .map(|entry| entry.expect("readable").path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "ogg"))
        .collect();
    pieces.sort();
    pieces
}

/// How one piece goes over into another. `at` is the second of the first for a change of mood, or its end.
fn pair(pieces: &[PathBuf], first: usize, second: usize, at: Option<f64>) -> TransitionMeasurements {
    let settings = MixerSettings::default();
    let pick = |n: usize| pick_of(pieces[n].clone());
    let start = at.map_or(TransitionStart::AtEnd, TransitionStart::At);
    let request =
        TransitionRequest { first: pick(first), second: pick(second), start, around: 8.0, library: None };
    let heard = render_transition(request, &settings).expect("it plays").measure();
    let name = |n: usize| pieces[n].file_stem().expect("named").to_string_lossy().into_owned();
    let at = at.map_or("its end".to_owned(), |at| format!("{at:.1} s"));
    eprintln!(
        "{} at {at} → {}: {:.1} LUFS before, {:+.2} LU during, {:+.2} after, {:+.2} to {:+.2} in any three \
         seconds, {:.2} dBTP",
        name(first),
        name(second),
        heard.before,
        heard.during - heard.before,
        heard.after - heard.before,
        heard.softest - heard.before,
        heard.loudest - heard.before,
        heard.true_peak
    );
    heard
}

#[test]
fn ten_random_pairs_go_over_within_one_lu_and_below_the_ceiling() {
    let (pieces, mut random) = (pieces(), StdRng::seed_from_u64(10));
    let heard: Vec<TransitionMeasurements> = (0..10)
        .map(|n| {
            let first = random.random_range(0..pieces.len());
            let second = (first + random.random_range(1..pieces.len())) % pieces.len();
            pair(&pieces, first, second, (n % 2 == 1).then(|| random.random_range(20.0..60.0)))
        })
        .collect();
    for heard in heard {
        assert!(heard.unevenness() <= 1.0 && heard.true_peak <= -1.0, "{heard:?}");
    }
}

/// `cargo test --release --test it -- --ignored --nocapture every_pair`
#[test]
#[ignore = "all pairs of the album take some minutes"]
fn every_pair_goes_over_within_one_lu_and_below_the_ceiling() {
    let pieces = pieces();
    let pairs = (0..pieces.len()).flat_map(|first| (0..pieces.len()).map(move |second| (first, second)));
    let heard: Vec<TransitionMeasurements> = pairs
        .filter(|(first, second)| first != second)
        .map(|(first, second)| pair(&pieces, first, second, None))
        .collect();
    let mut uneven: Vec<f64> = heard.iter().map(TransitionMeasurements::unevenness).collect();
    uneven.sort_by(f64::total_cmp);
    let peak = heard.iter().map(|heard| heard.true_peak).fold(f64::NEG_INFINITY, f64::max);
    let at = |share: f64| uneven[((uneven.len() - 1) as f64 * share) as usize];
    eprintln!(
        "{} pairs: median {:.2} LU, nine of ten within {:.2}, worst {:.2}; true peak {peak:.2} dBTP",
        uneven.len(),
        at(0.5),
        at(0.9),
        at(1.0)
    );
    assert!(at(1.0) <= 1.0 && peak <= -1.0);
}

/// Plays the album with a change of mood every 40 seconds and listens for silence, clipping and gaps.
/// Gives the longest silence in seconds, the largest sample, and how the memory grew in MB.
fn evening(seconds: u32) -> (f64, f32, f64) {
    let (pieces, mut random) = (pieces(), StdRng::seed_from_u64(40));
    let settings = MixerSettings::default();
    let mut mixer = OfflineMixer::new(&settings, 48_000).expect("a graph");
    let mut block = vec![0.0_f32; 2 * 48_000];
    let (mut longest, mut silent, mut peak) = (0_usize, 0_usize, 0.0_f32);
    let mut early = None;
    for second in 0..seconds {
        if second % 40 == 0 || mixer.wants_track() {
            mixer.play(pick_of(pieces[random.random_range(0..pieces.len())].clone()));
        }
        mixer.render(&mut block);
        for frame in block.chunks_exact(2) {
            peak = peak.max(frame[0].abs()).max(frame[1].abs());
            silent = if frame[0].abs().max(frame[1].abs()) < 1e-4 { silent + 1 } else { 0 };
            longest = longest.max(silent);
        }
        if second == seconds / 4 {
            early = resident_mb();
        }
    }
    assert_eq!(mixer.problems(), [""; 0], "no file failed and no deck ran dry");
    assert!(mixer.crossfades() >= seconds / 40 - 1, "{} crossfades", mixer.crossfades());
    let grown = early.zip(resident_mb()).map_or(0.0, |(early, late)| late - early);
    (longest as f64 / 48_000.0, peak, grown)
}

/// Memory of this process, where the system tells.
pub fn resident_mb() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    text.split_whitespace().nth(1)?.parse::<f64>().ok().map(|pages| pages * 4_096.0 / 1e6)
}

#[test]
fn four_minutes_with_a_change_of_mood_every_forty_seconds_have_no_hole() {
    let (silence, peak, _) = evening(240);
    assert!(silence < 0.2, "{silence} s of silence");
    assert!(peak <= 0.8913, "{peak}");
}

/// `cargo test --release --test it -- --ignored --nocapture an_hour`
#[test]
#[ignore = "an hour of music takes a while"]
fn an_hour_with_a_change_of_mood_every_forty_seconds_has_no_hole() {
    let (silence, peak, grown) = evening(3_600);
    eprintln!("longest silence {silence:.3} s, largest sample {peak:.4}, memory grew by {grown:.1} MB");
    assert!(silence < 0.2, "{silence} s of silence");
    assert!(peak <= 0.8913, "{peak}");
    assert!(grown < 10.0, "{grown} MB");
}
