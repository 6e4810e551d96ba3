//! Where a track reaches its body, where its outro begins, and where its last sound ends.
//!
//! The body is what is within 5 LU of the loud parts of the track (the 70th percentile of its loudness over time), and
//! where onsets are known, what has at least 40 % of their strength. A percentile, since a single loud passage must not
//! make all the rest an intro.

use crate::foundation::stats::quantile;
use crate::music::loudness_envelope::LoudnessEnvelope;
use crate::music::track::TrackEdges;
use crate::music::units::Lufs;

/// Blocks of the envelope over which it is smoothed: 1.1 s, more than a beat, so that a rest is no edge.
const SMOOTH: usize = 11;
/// What is quieter than the body by more than this is intro or outro, in LU.
const BODY_LU: f32 = 5.0;
/// What has less than this share of the onset strength of the body is intro or outro, too.
const BODY_ACTIVITY: f32 = 0.4;
/// The share of blocks below the level that stands for the body.
const BODY_QUANTILE: f64 = 0.7;
/// What is quieter than this is not heard, in LUFS; and than this below the body, in LU.
const SILENT_LUFS: f32 = -60.0;
const INAUDIBLE_LU: f32 = -50.0;
/// Intro and outro are at most this share of the track each.
const LONGEST: f32 = 0.35;

/// Finds the edges of a track of this length in seconds. `activity` is the onset strength in each block of the
/// envelope, where it is known.
pub(super) fn find_edges(envelope: &LoudnessEnvelope, activity: Option<&[f32]>, seconds: f32) -> TrackEdges {
    if envelope.is_empty() {
        return TrackEdges { intro_end: 0.0, outro_start: seconds, sound_end: seconds };
    }
    // A finite floor, so that means can be taken.
    let loud: Vec<f32> = envelope.loudness().map(|Lufs(lufs)| lufs.max(SILENT_LUFS + INAUDIBLE_LU)).collect();
    let body = body_level(&loud);
    let audible = |level: &&f32| **level > SILENT_LUFS.max(body + INAUDIBLE_LU);
    let audible_blocks = loud.iter().rev().skip_while(|level| !audible(level)).count();
    let time = |blocks: usize| blocks as f32 * LoudnessEnvelope::BLOCK_SECONDS;
    let sound_end = time(audible_blocks).min(seconds);
    let level = smooth(&loud[..audible_blocks]);
    let busy = activity.map(|activity| smooth(&activity[..audible_blocks.min(activity.len())]));
    let least = busy.as_deref().map_or(0.0, |busy| body_level(busy) * BODY_ACTIVITY);
    let is_busy = |n: usize| busy.as_ref().and_then(|busy| busy.get(n)).is_none_or(|busy| *busy >= least);
    let is_body = |n: usize| level[n] > body - BODY_LU && is_busy(n);
    let most = (audible_blocks as f32 * LONGEST) as usize;
    // The smooth curve reaches the body a little before the track does.
    let shift = SMOOTH / 4;
    let behind = |found: Option<usize>| found.map_or(0, |n| if n == 0 { 0 } else { n + shift });
    let first = behind((0..most).find(|n| is_body(*n)));
    let after = behind((0..most).find(|n| is_body(audible_blocks - 1 - n)));
    TrackEdges {
        intro_end: time(first).min(sound_end),
        outro_start: time(audible_blocks - after.min(audible_blocks)).min(sound_end),
        sound_end,
    }
}

fn body_level(values: &[f32]) -> f32 {
    quantile(&mut values.to_vec(), BODY_QUANTILE).unwrap_or(0.0) as f32
}

/// The mean of a few values around each.
fn smooth(values: &[f32]) -> Vec<f32> {
    let half = SMOOTH / 2;
    (0..values.len())
        .map(|at| {
            let around = &values[at.saturating_sub(half)..(at + half + 1).min(values.len())];
            around.iter().sum::<f32>() / around.len() as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::units::Dbfs;

    /// Parts of some seconds at a level in LUFS, with onsets of this strength.
    fn track(parts: &[(f32, f32, f32)]) -> (LoudnessEnvelope, Vec<f32>, f32) {
        let (mut envelope, mut activity) = (LoudnessEnvelope::default(), Vec::new());
        for (seconds, level, onsets) in parts {
            for _ in 0..(seconds / LoudnessEnvelope::BLOCK_SECONDS).round() as usize {
                envelope.push(Lufs(*level), Dbfs(level + 6.0));
                activity.push(*onsets);
            }
        }
        (envelope, activity, parts.iter().map(|part| part.0).sum())
    }

    fn found(parts: &[(f32, f32, f32)]) -> TrackEdges {
        let (envelope, activity, seconds) = track(parts);
        find_edges(&envelope, Some(&activity), seconds)
    }

    fn near(found: f32, truth: f32) {
        assert!((found - truth).abs() <= 0.6, "{found} is not near {truth}");
    }

    #[test]
    fn a_quiet_beginning_a_fading_end_and_silence_are_told_apart() {
        let found = found(&[(10.0, -30.0, 0.3), (60.0, -15.0, 1.0), (12.0, -26.0, 0.8), (5.0, -90.0, 0.0)]);
        near(found.intro_end, 10.0);
        near(found.outro_start, 70.0);
        near(found.sound_end, 82.0);
    }

    #[test]
    fn what_is_sparse_is_outro_even_if_it_is_loud() {
        let found = found(&[(40.0, -15.0, 1.0), (12.0, -16.0, 0.1)]);
        near(found.outro_start, 40.0);
    }

    #[test]
    fn a_track_without_edges_is_all_body() {
        let found = found(&[(60.0, -15.0, 1.0)]);
        assert!(found.intro_end < 0.1, "{found:?}");
        near(found.outro_start, 60.0);
        near(found.sound_end, 60.0);
    }

    #[test]
    fn silence_alone_has_edges_within_the_track() {
        let found = found(&[(20.0, -120.0, 0.0)]);
        assert!(found.intro_end <= found.outro_start && found.outro_start <= found.sound_end);
        assert!(found.sound_end <= 20.0);
    }

    /// The quick scan of the mixer finds what the analysis finds where onsets say nothing more.
    #[test]
    fn without_onsets_the_loudness_decides() {
        let parts = [(10.0, -30.0, 1.0), (40.0, -16.0, 1.0), (6.0, -28.0, 1.0), (4.0, -90.0, 1.0)];
        let (envelope, _, seconds) = track(&parts);
        let alone = find_edges(&envelope, None, seconds);
        assert_eq!(alone, found(&parts));
        near(alone.intro_end, 10.0);
        near(alone.outro_start, 50.0);
        near(alone.sound_end, 56.0);
    }

    /// The quick scan finds neither intro nor outro where there is none: the fade has its usual length.
    #[test]
    fn without_onsets_a_track_that_is_loud_throughout_has_no_edges() {
        let (envelope, _, seconds) = track(&[(30.0, -17.7, 1.0)]);
        let found = find_edges(&envelope, None, seconds);
        assert_eq!(found, TrackEdges { intro_end: 0.0, outro_start: 30.0, sound_end: 30.0 });
    }
}
