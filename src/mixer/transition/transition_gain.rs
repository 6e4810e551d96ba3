//! Transition gain: a gain curve on the music bus that keeps a transition as loud as what came before it.
//!
//! Two tracks of the same integrated loudness are not equally loud where they meet: the outro of one is
//! thin, the intro of the other soft. The loudness of both over time is known in advance, so the curve is
//! computed before the fade and does not react to what is heard. An iterative solver moves each point of
//! the curve toward the value that removes the remaining loudness error in the 3 s windows that contain it.
//! The target is the loudness of the last 3 s before the curve begins.
//!
//! The curve cannot pump: it changes by at most a slope of the settings, stays within a limit, and returns to unity
//! slowly. At the end of a track it begins some seconds before the fade. It never boosts a peak above the limiter
//! threshold, because the limiter would take that loudness off again; if a passage therefore stays too soft, the rest of
//! the transition is matched to that softer level.

use std::ops::Range;

use super::fade_curve::FadeCurve;
use super::settings::TransitionGainSettings;
use crate::music::{Dbfs, Decibels, LoudnessEnvelope, Lufs};

/// Points of a curve; the gain between them is linear.
const POINTS: usize = 256;
/// Window of the short-term loudness of EBU R 128, in seconds.
const SHORT_TERM: f64 = 3.0;
/// Iterations of the solver.
const ITERATIONS: usize = 16;
/// A boosted sample stays this far below the ceiling, in decibels; peaks between samples are higher.
const HEADROOM_DB: f64 = 0.5;
/// Anything below this mean square (−60 LUFS) is silence: it is not boosted, and a long one inside a track is skipped.
const SILENCE: f64 = 1e-6;

/// Loudness over time: mean squares after K-weighting (ITU-R BS.1770), in blocks of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::mixer) struct PowerEnvelope {
    pub(in crate::mixer) block_seconds: f64,
    pub(in crate::mixer) powers: Vec<f32>,
    /// The largest sample of each block, as an amplitude; empty if not measured.
    pub(in crate::mixer) peaks: Vec<f32>,
}

impl From<&LoudnessEnvelope> for PowerEnvelope {
    fn from(envelope: &LoudnessEnvelope) -> Self {
        Self {
            block_seconds: f64::from(LoudnessEnvelope::BLOCK_SECONDS),
            powers: envelope.loudness().map(Lufs::power).collect(),
            peaks: envelope.peaks().map(Dbfs::amplitude).collect(),
        }
    }
}

impl PowerEnvelope {
    fn seconds(&self) -> f64 {
        self.powers.len() as f64 * self.block_seconds
    }

    /// Blocks that overlap a stretch of time, at least one.
    fn blocks(&self, from: f64, to: f64) -> Range<usize> {
        let first = (from / self.block_seconds).floor().max(0.0) as usize;
        let last = (to / self.block_seconds).ceil().max(0.0) as usize;
        first..last.max(first + 1)
    }

    /// Mean square between two times; 0 outside of the track. A block counts by its overlap.
    fn mean(&self, from: f64, to: f64) -> f64 {
        let blocks = self.blocks(from, to);
        let inside = self.powers.get(blocks.start..blocks.end.min(self.powers.len())).unwrap_or(&[]);
        let part = |block: usize| {
            let begin = block as f64 * self.block_seconds;
            ((begin + self.block_seconds).min(to) - begin.max(from)).max(0.0)
        };
        let energy = (blocks.start..).zip(inside).map(|(block, power)| part(block) * f64::from(*power));
        energy.sum::<f64>() / (to - from).max(1e-9)
    }

    /// The silence around a time, if it is longer than `longest` and sound follows: its beginning and its end, in
    /// seconds.
    pub(in crate::mixer) fn silence_around(&self, time: f64, longest: f64) -> Option<(f64, f64)> {
        let at = self.blocks(time, time).start;
        let is_silent = |power: &f32| f64::from(*power) < SILENCE;
        let (before, after) = self.powers.split_at_checked(at)?;
        let begin = before.iter().rposition(|power| !is_silent(power)).map_or(0, |block| block + 1);
        let end = at + after.iter().position(|power| !is_silent(power))?;
        let seconds = |block: usize| block as f64 * self.block_seconds;
        (end > at && seconds(end) - seconds(begin) > longest).then(|| (seconds(begin), seconds(end)))
    }

    /// Largest sample between two times.
    fn peak(&self, from: f64, to: f64) -> f64 {
        let blocks = self.blocks(from, to);
        let inside = self.peaks.get(blocks.start..blocks.end.min(self.peaks.len())).unwrap_or(&[]);
        inside.iter().copied().fold(0.0, f32::max).into()
    }
}

/// Limits of the curve.
#[derive(Debug, Clone, Copy)]
pub(in crate::mixer) struct GainLimits<'a> {
    pub(in crate::mixer) settings: &'a TransitionGainSettings,
    /// The ceiling of the limiter as an amplitude.
    pub(in crate::mixer) ceiling: f32,
}

/// A gain curve on the music clock. It is copied into the queue of the audio thread.
#[derive(Debug, Clone, Copy)]
pub(in crate::mixer) struct TransitionGain {
    start: u64,
    /// Frames from one point to the next.
    spacing: u64,
    /// Amplitudes.
    points: [f32; POINTS],
}

impl TransitionGain {
    /// Unity gain.
    pub(in crate::mixer) fn unity() -> Self {
        Self { start: 0, spacing: 1, points: [1.0; POINTS] }
    }

    /// Whether it has begun at a frame of the music clock.
    pub(in crate::mixer) fn has_begun(&self, clock: u64) -> bool {
        clock >= self.start
    }

    /// Gain at a frame of the music clock, as an amplitude.
    pub(in crate::mixer) fn gain_at(&self, clock: u64) -> f32 {
        let passed = clock.saturating_sub(self.start);
        let point = (passed / self.spacing) as usize;
        let [Some(from), Some(to)] = [self.points.get(point), self.points.get(point + 1)] else {
            return self.points[POINTS - 1];
        };
        let share = (passed % self.spacing) as f32 / self.spacing as f32;
        from + (to - from) * share
    }
}

/// One track of a transition.
#[derive(Debug, Clone, Copy)]
pub(in crate::mixer) struct GainTrack<'a> {
    pub(in crate::mixer) envelope: Option<&'a PowerEnvelope>,
    /// Amplitude that brings the track to the target loudness.
    pub(in crate::mixer) gain: f32,
    /// Position in the track when the fade begins, in seconds.
    pub(in crate::mixer) position: f64,
    /// Playback rate: seconds of the track in one second.
    pub(in crate::mixer) rate: f64,
}

impl GainTrack<'_> {
    /// Mean square of the normalised track between two times after the beginning of the fade.
    fn heard(&self, from: f64, to: f64) -> Option<f64> {
        let place = |time: f64| self.position + time * self.rate;
        let gain = f64::from(self.gain);
        Some(self.envelope?.mean(place(from), place(to)) * gain * gain)
    }

    /// The largest sample of that.
    fn peak(&self, from: f64, to: f64) -> f64 {
        let place = |time: f64| self.position + time * self.rate;
        let peak = self.envelope.map_or(0.0, |envelope| envelope.peak(place(from), place(to)));
        peak * f64::from(self.gain)
    }

    /// The same, only for the part inside of the track; `None` if that is less than a second.
    fn heard_inside(&self, from: f64, to: f64) -> Option<f64> {
        let begin = -self.position / self.rate;
        let end = (self.envelope?.seconds() - self.position) / self.rate;
        let (from, to) = (from.max(begin), to.min(end));
        (to - from >= 1.0).then(|| self.heard(from, to))?
    }
}

/// A fade on the music clock.
#[derive(Debug, Clone, Copy)]
pub(in crate::mixer) struct FadeTimes {
    /// Frame of the music clock at which the curve begins.
    pub(in crate::mixer) start: u64,
    /// Seconds from there until the fade begins.
    pub(in crate::mixer) lead: f64,
    /// Length of the fade in seconds.
    pub(in crate::mixer) seconds: f64,
    /// Frames per second of the output.
    pub(in crate::mixer) rate: u32,
}

/// Plans the gain curve of a fade. `now` is the gain at its beginning, as an amplitude.
///
/// Without an envelope of both tracks the curve just returns to unity.
pub(in crate::mixer) fn plan_transition_gain(
    out: &GainTrack,
    next: &GainTrack,
    times: &FadeTimes,
    curve: FadeCurve,
    now: f32,
    limits: GainLimits,
) -> TransitionGain {
    let settings = limits.settings;
    let slope_back = f64::from(settings.release_db_per_second);
    let release = times.lead + times.seconds + f64::from(settings.hold_seconds);
    let step = (release + f64::from(settings.limit_db.0) / slope_back + 2.0) / (POINTS - 1) as f64;
    let mut db = 20.0 * f64::from(now.max(1e-3)).log10();
    let held = GainSolver::new(out, next, times, curve, limits, step, db)
        .map(|solver| solver.solve((release / step) as usize))
        .unwrap_or_default();
    let mut points = [Decibels(db as f32).amplitude(); POINTS];
    for (n, point) in points.iter_mut().enumerate().skip(1) {
        let step_db = slope_back * step;
        db = held.get(n).copied().unwrap_or_else(|| db - db.clamp(-step_db, step_db));
        *point = Decibels(db as f32).amplitude();
    }
    let spacing = (step * f64::from(times.rate)).round().max(1.0) as u64;
    TransitionGain { start: times.start, spacing, points }
}

/// Solves for the curve. Works on slices of equal length, from one short-term window before the curve begins
/// until one after its release begins.
struct GainSolver<'a> {
    /// Mean square and largest sample of both tracks together in each slice, without the curve.
    powers: Vec<f64>,
    peaks: Vec<f64>,
    /// Slices in a short-term window.
    width: usize,
    /// Largest step of the curve from one slice to the next, in decibels.
    steepest: f64,
    /// Gain at the beginning of the curve, in decibels.
    begin: f64,
    /// The slice in which the fade begins.
    fade: usize,
    /// The target: a mean square.
    target: f64,
    limits: GainLimits<'a>,
}

impl<'a> GainSolver<'a> {
    /// `None` if the envelope of a track is not known, or if nothing was heard before.
    fn new(
        out: &GainTrack,
        next: &GainTrack,
        times: &FadeTimes,
        curve: FadeCurve,
        limits: GainLimits<'a>,
        step: f64,
        begin: f64,
    ) -> Option<Self> {
        let gain = 10_f64.powf(begin / 10.0);
        let heard = out.heard_inside(-times.lead - SHORT_TERM, -times.lead)?;
        let target = Some(heard * gain).filter(|target| *target > SILENCE)?;
        let width = (SHORT_TERM / step) as usize;
        let slices = ((times.lead + times.seconds + f64::from(limits.settings.hold_seconds)) / step) as usize
            + 2 * width;
        let time = |slice: usize| (slice as f64 - width as f64 - 0.5) * step - times.lead;
        let powers = (0..slices).map(|slice| together(out, next, times, curve, time(slice), step));
        let peak = |slice: usize| {
            let (from, (keep, come)) = (time(slice), shares(times, curve, time(slice), step));
            let part = |part: &GainTrack, share: f64| part.peak(from, from + step) * share.sqrt();
            part(out, keep).hypot(part(next, come))
        };
        Some(Self {
            powers: powers.collect::<Option<_>>()?,
            peaks: (0..slices).map(peak).collect(),
            width,
            steepest: f64::from(limits.settings.steepest_db_per_second) * step,
            begin,
            fade: width + (times.lead / step).round() as usize,
            target,
            limits,
        })
    }

    /// The first points of the curve, in decibels. If the outgoing track cannot reach the target, its last
    /// seconds become the target of the rest. If the rest cannot reach it, the target is lowered a little.
    fn solve(mut self, points: usize) -> Vec<f64> {
        let most = self.ranges(points);
        let mut points = self.plan(&most);
        let before = self.fade.saturating_sub(self.width);
        let reached = self.windows(&points).nth(before).unwrap_or(self.target);
        if reached > SILENCE && reached < self.target {
            self.target = reached;
            points = self.plan(&most);
        }
        let least = self.target * 10_f64.powf(-f64::from(self.limits.settings.concession_db.0) / 10.0);
        while before >= self.width && self.target > least {
            let softest = self.windows(&points).skip(before).fold(f64::INFINITY, f64::min);
            let missing = 10.0 * (self.target / softest.max(SILENCE)).log10();
            if missing < f64::from(self.limits.settings.inaudible_db.0) {
                break;
            }
            self.target = (self.target * 10_f64.powf(-missing / 20.0)).max(least);
            points = self.plan(&most);
        }
        points
    }

    /// Mean squares of all short-term windows with the curve applied, by their first slice.
    fn windows(&self, points: &[f64]) -> impl Iterator<Item = f64> {
        let (heard, width) = (self.applied(points), self.width.max(1));
        (0..(heard.len() + 1).saturating_sub(width))
            .map(move |first| heard[first..first + width].iter().sum::<f64>() / width as f64)
    }

    /// Smallest and largest gain of each point, in decibels.
    fn ranges(&self, points: usize) -> Vec<[f64; 2]> {
        let most = f64::from(self.limits.settings.limit_db.0);
        let room =
            |peak: &f64| 20.0 * (f64::from(self.limits.ceiling) / peak.max(1e-9)).log10() - HEADROOM_DB;
        self.peaks[self.width..]
            .iter()
            .map(|peak| [-most, room(peak).clamp(0.0, most)])
            .chain(std::iter::repeat([-most, most]))
            .take(points)
            .collect()
    }

    fn plan(&self, most: &[[f64; 2]]) -> Vec<f64> {
        let mut points = vec![self.begin; most.len()];
        for _ in 0..ITERATIONS {
            self.improve(&mut points, most);
            smooth(&mut points, self.steepest);
            let mut last = self.begin;
            for (n, (db, [_, up])) in points.iter_mut().zip(most).enumerate() {
                let most = if n == 0 { 0.0 } else { self.steepest };
                last = db.min(*up).clamp(last - most, last + most);
                *db = last;
            }
        }
        points
    }

    /// Mean squares of the slices with the curve applied.
    fn applied(&self, points: &[f64]) -> Vec<f64> {
        let last = points.last().copied().unwrap_or(self.begin);
        let at = |slice: usize| match slice.checked_sub(self.width) {
            Some(point) => points.get(point).copied().unwrap_or(last),
            None => self.begin,
        };
        self.powers.iter().enumerate().map(|(n, power)| power * 10_f64.powf(at(n) / 10.0)).collect()
    }

    /// Moves each point by the mean loudness error of the windows that contain it, weighted by its share of
    /// the power of each window.
    fn improve(&self, points: &mut [f64], most: &[[f64; 2]]) {
        let heard = self.applied(points);
        let mut errors = vec![(0.0, 0.0); points.len()];
        for (first, window) in heard.windows(self.width.max(1)).enumerate() {
            let sum: f64 = window.iter().sum();
            let mean = sum / window.len() as f64;
            if mean <= SILENCE {
                continue;
            }
            let missing = 10.0 * (self.target / mean).log10();
            for (slice, power) in (first..).zip(window) {
                let point = slice.checked_sub(self.width).and_then(|point| errors.get_mut(point));
                if let Some((decibels, weight)) = point {
                    *decibels += missing * power / sum;
                    *weight += power / sum;
                }
            }
        }
        for ((db, (decibels, weight)), [down, up]) in points.iter_mut().zip(errors).zip(most) {
            if weight > 0.0 {
                *db = (*db + decibels / weight).clamp(*down, *up);
            }
        }
    }
}

/// Shares of the power of both tracks in a slice that begins `from` seconds after the fade does.
fn shares(times: &FadeTimes, curve: FadeCurve, from: f64, length: f64) -> (f64, f64) {
    let done = ((from + length / 2.0) / times.seconds.max(1e-6)).clamp(0.0, 1.0);
    match curve {
        FadeCurve::EqualPower => {
            let (sin, cos) = (done * std::f64::consts::FRAC_PI_2).sin_cos();
            (cos * cos, sin * sin)
        }
        FadeCurve::EqualGain => ((1.0 - done) * (1.0 - done), done * done),
    }
}

/// Mean square of both tracks together in that slice.
fn together(
    out: &GainTrack,
    next: &GainTrack,
    times: &FadeTimes,
    curve: FadeCurve,
    from: f64,
    length: f64,
) -> Option<f64> {
    let (keep, come) = shares(times, curve, from, length);
    let part = |part: &GainTrack, share: f64| {
        if share > 0.0 { part.heard(from, from + length).map(|power| power * share) } else { Some(0.0) }
    };
    Some(part(out, keep)? + part(next, come)?)
}

/// The nearest curve whose steps are at most `most`: the middle between the lowest such curve above and the
/// highest below (the extensions of `McShane` for a Lipschitz function).
fn smooth(curve: &mut [f64], most: f64) {
    let (mut above, mut below) = (curve.to_vec(), curve.to_vec());
    let n = curve.len();
    for i in 1..n {
        above[i] = above[i].max(above[i - 1] - most);
        below[i] = below[i].min(below[i - 1] + most);
    }
    for i in (1..n).rev() {
        above[i - 1] = above[i - 1].max(above[i] - most);
        below[i - 1] = below[i - 1].min(below[i] + most);
    }
    for (value, (above, below)) in curve.iter_mut().zip(above.into_iter().zip(below)) {
        *value = f64::midpoint(above, below);
    }
}

#[cfg(test)]
mod tests;
