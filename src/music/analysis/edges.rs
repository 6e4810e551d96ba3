//! Where a track reaches its body, where its outro begins, and where its last sound ends.

use super::spectrum::SpectralFeatures;

/// Seconds of one block of the loudness curve.
const BLOCK: f32 = 0.25;
/// The curve is smoothed over so many blocks.
const SMOOTH: usize = 9;
/// What is so much quieter than the body of the track is intro or outro, in dB.
const THINNER: f32 = 5.0;
/// What has so much less onset strength than the body is intro or outro, too.
const SPARSER: f32 = 0.4;
/// What is quieter than this is not heard, in dBFS; and than this below the body, in dB.
const SILENT: f32 = -60.0;
const INAUDIBLE: f32 = -50.0;
/// Intro and outro are at most this share of the track each.
const LONGEST: f32 = 0.35;

/// Times in seconds from the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TrackEdges {
    pub(super) intro_end: f32,
    pub(super) outro_start: f32,
    pub(super) sound_end: f32,
}

/// Finds the edges of a track of this length in seconds.
pub(super) fn edges(heard: &SpectralFeatures, seconds: f32) -> TrackEdges {
    let block = ((BLOCK * heard.rate) as usize).max(1);
    let blocks = |of: &[f32]| -> Vec<f32> {
        of.chunks(block).map(|chunk| chunk.iter().sum::<f32>() / chunk.len() as f32).collect()
    };
    let width = block as f32 / heard.rate;
    let loud: Vec<f32> = blocks(&heard.power).iter().map(|power| 10.0 * power.max(1e-12).log10()).collect();
    if loud.is_empty() {
        return TrackEdges { intro_end: 0.0, outro_start: seconds, sound_end: seconds };
    }
    let body = quantile(&loud, 0.7);
    let audible = |level: &&f32| **level > SILENT.max(body + INAUDIBLE);
    let last = loud.iter().rev().skip_while(|level| !audible(level)).count();
    let sound_end = (last as f32 * width).min(seconds);
    let level = smooth(&loud[..last]);
    let busy = smooth(&blocks(&heard.onsets)[..last]);
    let much = quantile(&busy, 0.7) * SPARSER;
    let full = |n: usize| level[n] > body - THINNER && busy[n] >= much;
    let most = (last as f32 * LONGEST) as usize;
    // The curve is smooth, so half of its width belongs to what comes next.
    let shift = SMOOTH / 4;
    let first = (0..most).find(|n| full(*n)).map_or(0, |n| if n == 0 { 0 } else { n + shift });
    let after = (0..most).find(|n| full(last - 1 - n)).map_or(0, |n| if n == 0 { 0 } else { n + shift });
    TrackEdges {
        intro_end: (first as f32 * width).min(sound_end),
        outro_start: ((last - after.min(last)) as f32 * width).min(sound_end),
        sound_end,
    }
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

fn quantile(values: &[f32], share: f32) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get((share * (sorted.len().saturating_sub(1)) as f32) as usize).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f32 = 80.0;

    /// Parts of so many seconds at a level in dBFS, with onsets of this strength.
    fn track(parts: &[(f32, f32, f32)]) -> (SpectralFeatures, f32) {
        let mut heard = SpectralFeatures { rate: RATE, ..SpectralFeatures::default() };
        for (seconds, level, onsets) in parts {
            for _ in 0..(seconds * RATE) as usize {
                heard.power.push(10_f32.powf(level / 10.0));
                heard.onsets.push(*onsets);
            }
        }
        (heard, parts.iter().map(|part| part.0).sum())
    }

    fn near(found: f32, truth: f32) {
        assert!((found - truth).abs() <= 1.2, "{found} is not near {truth}");
    }

    #[test]
    fn a_quiet_beginning_a_fading_end_and_silence_are_told_apart() {
        let (heard, seconds) =
            track(&[(10.0, -30.0, 0.3), (60.0, -15.0, 1.0), (12.0, -26.0, 0.8), (5.0, -90.0, 0.0)]);
        let found = edges(&heard, seconds);
        near(found.intro_end, 10.0);
        near(found.outro_start, 70.0);
        near(found.sound_end, 82.0);
    }

    #[test]
    fn what_is_sparse_is_outro_even_if_it_is_loud() {
        let (heard, seconds) = track(&[(40.0, -15.0, 1.0), (12.0, -16.0, 0.1)]);
        near(edges(&heard, seconds).outro_start, 40.0);
    }

    #[test]
    fn a_track_without_edges_is_all_body() {
        let (heard, seconds) = track(&[(60.0, -15.0, 1.0)]);
        let found = edges(&heard, seconds);
        assert!(found.intro_end < 0.1, "{found:?}");
        near(found.outro_start, 60.0);
        near(found.sound_end, 60.0);
    }

    #[test]
    fn silence_alone_has_edges_within_the_track() {
        let (heard, seconds) = track(&[(20.0, -120.0, 0.0)]);
        let found = edges(&heard, seconds);
        assert!(found.intro_end <= found.outro_start && found.outro_start <= found.sound_end);
        assert!(found.sound_end <= seconds);
    }
}
