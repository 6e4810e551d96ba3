//! Tracks tempo and phase of the beat from onsets alone, for music without a trusted beat grid.
//!
//! Tempo is the lag with the largest autocorrelation of the recent onsets, weighted by a preference for tempi that
//! people tap to. Phase is the offset at which a comb of that period meets the strongest onsets. Between two
//! estimates the phase advances by itself, so a missing onset does not lose the beat.

use crate::music::PREFERRED_BPM;

/// Analysis frames per second.
pub(in crate::mixer) const ANALYSIS_RATE: u32 = 100;
/// Analysis frames in the window: eight seconds.
const WINDOW_FRAMES: usize = 8 * ANALYSIS_RATE as usize;
/// Analysis frames between two estimates: a quarter of a second.
const ESTIMATE_INTERVAL: usize = ANALYSIS_RATE as usize / 4;
const SLOWEST_BPM: f32 = 55.0;
const FASTEST_BPM: f32 = 190.0;
/// Standard deviation of the preference for [`PREFERRED_BPM`], in octaves.
const PREFERENCE_OCTAVES: f32 = 0.9;
/// Smallest normalised autocorrelation at the period of a beat, 0..=1.
const SMALLEST_CORRELATION: f32 = 0.28;
/// Share of the phase error that is corrected at each estimate.
const PHASE_CORRECTION: f32 = 0.35;
/// Weight of each beat relative to the next later one.
const BEAT_DECAY: f32 = 0.85;

/// Tracks the beat of a series of onset strengths.
#[derive(Debug)]
pub(in crate::mixer) struct BeatTracker {
    /// Strengths of onsets, a ring.
    onsets: Vec<f32>,
    oldest: usize,
    heard: usize,
    /// Period of the beat in analysis frames, if there is one.
    period: Option<f32>,
    /// 0..1, 0 on the beat.
    phase: f32,
    /// The onsets of the ring in order, minus their mean.
    ordered: Vec<f32>,
}

impl BeatTracker {
    pub(in crate::mixer) fn new() -> Self {
        Self {
            onsets: vec![0.0; WINDOW_FRAMES],
            oldest: 0,
            heard: 0,
            period: None,
            phase: 0.0,
            ordered: vec![0.0; WINDOW_FRAMES],
        }
    }

    /// Phase in 0..1 (0 on the beat) and tempo in BPM, if there is a beat.
    pub(in crate::mixer) fn beat(&self) -> Option<(f32, f32)> {
        self.period.map(|period| (self.phase, 60.0 * ANALYSIS_RATE as f32 / period))
    }

    /// Takes the onset strength of one analysis frame, at least 0.
    pub(in crate::mixer) fn hear(&mut self, strength: f32) {
        self.onsets[self.oldest] = strength;
        self.oldest = (self.oldest + 1) % WINDOW_FRAMES;
        self.heard += 1;
        if let Some(period) = self.period {
            self.phase = (self.phase + 1.0 / period).fract();
        }
        if self.heard.is_multiple_of(ESTIMATE_INTERVAL) && self.heard >= WINDOW_FRAMES / 2 {
            self.estimate();
        }
    }

    fn estimate(&mut self) {
        let (newer, older) = self.onsets.split_at(self.oldest);
        for (out, onset) in self.ordered.iter_mut().zip(older.iter().chain(newer)) {
            *out = *onset;
        }
        let first = WINDOW_FRAMES.saturating_sub(self.heard);
        let known = &mut self.ordered[first..];
        let mean = known.iter().sum::<f32>() / known.len() as f32;
        for onset in known {
            *onset -= mean;
        }
        let known = &self.ordered[first..];
        let Some(period) = period(known) else {
            self.period = None;
            return;
        };
        let target = since_beat(known, period) / period;
        self.phase = match self.period {
            Some(_) => {
                let away = (target - self.phase + 1.5).rem_euclid(1.0) - 0.5;
                (self.phase + PHASE_CORRECTION * away).rem_euclid(1.0)
            }
            None => target.rem_euclid(1.0),
        };
        self.period = Some(period);
    }
}

/// Autocorrelation at a lag, as a mean.
fn autocorrelation(series: &[f32], lag: usize) -> f32 {
    let pairs = series.len() - lag;
    series[lag..].iter().zip(series).map(|(now, before)| now * before).sum::<f32>() / pairs as f32
}

/// The period of the beat in analysis frames, if there is one.
fn period(onsets: &[f32]) -> Option<f32> {
    let lag = |bpm: f32| (60.0 * ANALYSIS_RATE as f32 / bpm) as usize;
    let power = autocorrelation(onsets, 0);
    if power < 1e-9 {
        return None;
    }
    let weighted = |lag: usize| {
        let octaves = (60.0 * ANALYSIS_RATE as f32 / lag as f32 / PREFERRED_BPM).log2();
        // At a true period, twice the lag correlates, too.
        let twice = if 2 * lag < onsets.len() / 2 { autocorrelation(onsets, 2 * lag) } else { 0.0 };
        (autocorrelation(onsets, lag) + 0.5 * twice) * (-0.5 * (octaves / PREFERENCE_OCTAVES).powi(2)).exp()
    };
    let best = (lag(FASTEST_BPM)..=lag(SLOWEST_BPM)).max_by(|a, b| weighted(*a).total_cmp(&weighted(*b)))?;
    if autocorrelation(onsets, best) / power < SMALLEST_CORRELATION {
        return None;
    }
    // Over four beats the period is resolved four times as finely.
    let fine = (4 * best - 2..=4 * best + 2)
        .filter(|lag| lag + 1 < onsets.len() / 2 + onsets.len() / 4)
        .max_by(|a, b| autocorrelation(onsets, *a).total_cmp(&autocorrelation(onsets, *b)));
    Some(fine.map_or(best as f32, |lag| lag as f32 / 4.0))
}

/// Analysis frames since the last beat, 0..period.
fn since_beat(onsets: &[f32], period: f32) -> f32 {
    let score = |offset: usize| {
        let mut weight = 1.0;
        let (mut sum, mut at) = (0.0, (onsets.len() - 1 - offset) as f32);
        while at >= 0.0 {
            sum += weight * onsets[at as usize];
            weight *= BEAT_DECAY;
            at -= period;
        }
        sum
    };
    let offsets = (period as usize).min(onsets.len() - 1).max(1);
    (0..offsets).max_by(|a, b| score(*a).total_cmp(&score(*b))).unwrap_or(0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

    /// A tracker after `seconds` of a click track, and the true phase.
    fn heard(bpm: f32, seconds: f32, noise: f32) -> (BeatTracker, f32) {
        let mut random = StdRng::seed_from_u64(3);
        let mut tracker = BeatTracker::new();
        let frames = (seconds * ANALYSIS_RATE as f32) as usize;
        let per_frame = bpm / 60.0 / ANALYSIS_RATE as f32;
        for n in 0..frames {
            let beat = (n as f32 * per_frame).fract() < per_frame;
            tracker.hear(if beat { 1.0 } else { 0.0 } + random.random_range(0.0..=noise));
        }
        (tracker, ((frames - 1) as f32 * per_frame).fract())
    }

    #[test]
    fn tempo_and_phase_of_a_click_track_are_found() {
        for bpm in [72.0, 90.0, 120.0, 128.0, 140.0] {
            let (tracker, phase) = heard(bpm, 20.0, 0.2);
            let (found_phase, found) = tracker.beat().expect("a beat");
            assert!((found - bpm).abs() < bpm * 0.01, "{bpm}: {found} BPM");
            let away = (found_phase - phase + 1.5).rem_euclid(1.0) - 0.5;
            assert!(away.abs() < 0.08, "{bpm}: phase {found_phase} instead of {phase}");
        }
    }

    #[test]
    fn silence_and_noise_have_no_beat() {
        let mut random = StdRng::seed_from_u64(5);
        let (mut silence, mut noise) = (BeatTracker::new(), BeatTracker::new());
        for _ in 0..2_000 {
            silence.hear(0.0);
            noise.hear(random.random_range(0.0..1.0));
        }
        assert_eq!(silence.beat(), None);
        assert_eq!(noise.beat(), None);
    }

    #[test]
    fn a_missed_beat_is_none() {
        let mut tracker = BeatTracker::new();
        let mut before = 0.0;
        for n in 0..2_000 {
            let silent = (1_500..1_600).contains(&n);
            tracker.hear(if n % 50 == 0 && !silent { 1.0 } else { 0.0 });
            if n > 1_500 {
                let (phase, _) = tracker.beat().expect("it goes on");
                let step: f32 = (phase - before + 1.5_f32).rem_euclid(1.0) - 0.5;
                assert!((-0.02..0.1).contains(&step) || n == 1_501, "{n}: {step}");
                before = phase;
            }
        }
    }
}
