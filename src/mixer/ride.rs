//! The hand on the fader: keeps a transition as loud as what came before it.
//!
//! Tracks of the same loudness are not equally loud where they meet: one thins out, the other
//! begins softly. From how loud both are at each moment the hand is planned ahead, moves within
//! a few decibels, and lets go slowly once the new track stands on its own.

use super::plan::Law;
use super::settings::amplitude;

/// Points of a ride; between them the gain follows a straight line.
const POINTS: usize = 128;
/// Stretch that loudness is a mean of, in seconds: the "short term" of EBU R 128.
const SHORT_TERM: f64 = 3.0;
/// Stretch that the hand listens to, in seconds.
const LISTEN: f64 = 1.6;
/// The hand moves at most so fast during a transition, and lets go at this speed, in decibels a second.
const FASTEST: f64 = 3.0;
const LETTING_GO: f64 = 0.35;
/// The new track is held for so long after the fade, in seconds.
const HOLD: f64 = 5.0;
/// Quieter than this is silence and not lifted, as a mean square.
const SILENCE: f64 = 1e-6;

/// Loudness over time: mean squares after K-weighting (ITU-R BS.1770), in blocks of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Envelope {
    pub(super) block_seconds: f64,
    pub(super) powers: Vec<f32>,
}

impl Envelope {
    /// Mean square between two times; nothing outside of the track.
    pub(super) fn mean(&self, from: f64, to: f64) -> f64 {
        let first = (from / self.block_seconds).floor().max(0.0) as usize;
        let last = (to / self.block_seconds).ceil().max(0.0) as usize;
        let blocks = (last.max(first + 1) - first) as f64;
        let inside = self.powers.get(first..last.max(first + 1).min(self.powers.len())).unwrap_or(&[]);
        inside.iter().map(|power| f64::from(*power)).sum::<f64>() / blocks
    }
}

/// A curve of gains on the clock of the music. Small enough to be sent to the audio thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ride {
    start: u64,
    /// Frames from one point to the next.
    spacing: u64,
    /// Amplitudes.
    points: [f32; POINTS],
}

impl Ride {
    /// The hand rests.
    pub(super) fn level() -> Self {
        Self { start: 0, spacing: 1, points: [1.0; POINTS] }
    }

    /// Gain at a frame of the music's clock.
    pub(super) fn gain_at(&self, clock: u64) -> f32 {
        let passed = clock.saturating_sub(self.start);
        let point = (passed / self.spacing) as usize;
        let [Some(from), Some(to)] = [self.points.get(point), self.points.get(point + 1)] else {
            return self.points[POINTS - 1];
        };
        let share = (passed % self.spacing) as f32 / self.spacing as f32;
        from + (to - from) * share
    }
}

/// One side of a transition as the hand sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) envelope: Option<&'a Envelope>,
    /// Amplitude that brings the track to the common loudness.
    pub(super) gain: f32,
    /// Where the track is when the fade begins, in seconds of the track.
    pub(super) position: f64,
    /// Seconds of the track that pass in one second.
    pub(super) rate: f64,
}

impl Part<'_> {
    /// Mean square of what is heard of it around a time after the beginning of the fade.
    fn heard(&self, from: f64, to: f64) -> Option<f64> {
        let place = |time: f64| self.position + time * self.rate;
        let gain = f64::from(self.gain);
        Some(self.envelope?.mean(place(from), place(to)) * gain * gain)
    }
}

/// A fade on the clock of the music.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) start: u64,
    pub(super) seconds: f64,
    /// Frames per second of the output.
    pub(super) rate: u32,
}

/// Plans the hand for a fade. `now` is the gain it has when the fade begins, `most_db` how far it may go.
pub(super) fn ride(out: &Part, next: &Part, times: &Times, law: Law, now: f32, most_db: f32) -> Ride {
    let most = f64::from(most_db);
    let begin_db = 20.0 * f64::from(now.max(1e-3)).log10();
    let letting_go = times.seconds + HOLD;
    let span = letting_go + most / LETTING_GO + 2.0;
    let step = span / (POINTS - 1) as f64;
    let goal = out
        .heard(-SHORT_TERM, 0.0)
        .filter(|power| *power > SILENCE)
        .map(|power| power * f64::from(now) * f64::from(now));
    let mut db = begin_db;
    let mut points = [1.0; POINTS];
    for (n, point) in points.iter_mut().enumerate() {
        if n > 0 {
            let time = n as f64 * step;
            let wanted = match goal {
                Some(goal) if time <= letting_go => {
                    correction(out, next, times, law, time, goal).unwrap_or(db)
                }
                _ => 0.0,
            };
            let speed = if time <= letting_go && goal.is_some() { FASTEST } else { LETTING_GO };
            db += (wanted.clamp(-most, most) - db).clamp(-speed * step, speed * step);
        }
        *point = amplitude(db as f32);
    }
    let spacing = (step * f64::from(times.rate)).round().max(1.0) as u64;
    Ride { start: times.start, spacing, points }
}

/// Decibels between the goal and what both tracks give together around a time of the fade.
fn correction(out: &Part, next: &Part, times: &Times, law: Law, time: f64, goal: f64) -> Option<f64> {
    const SLICES: u32 = 8;
    let slice = LISTEN / f64::from(SLICES);
    let mut sum = 0.0;
    for n in 0..SLICES {
        let from = time - LISTEN / 2.0 + f64::from(n) * slice;
        let done = ((from + slice / 2.0) / times.seconds).clamp(0.0, 1.0);
        let (keep, come) = match law {
            Law::EqualPower => {
                let (sin, cos) = (done * std::f64::consts::FRAC_PI_2).sin_cos();
                (cos * cos, sin * sin)
            }
            Law::EqualGain => ((1.0 - done) * (1.0 - done), done * done),
        };
        let part = |part: &Part, share: f64| {
            if share > 0.0 { part.heard(from, from + slice).map(|p| p * share) } else { Some(0.0) }
        };
        sum += part(out, keep)? + part(next, come)?;
    }
    let mean = sum / f64::from(SLICES);
    (mean > SILENCE).then(|| 10.0 * (goal / mean).log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(powers: impl Iterator<Item = f32>) -> Envelope {
        Envelope { block_seconds: 0.1, powers: powers.collect() }
    }

    fn part(envelope: &Envelope, position: f64) -> Part<'_> {
        Part { envelope: Some(envelope), gain: 1.0, position, rate: 1.0 }
    }

    const TIMES: Times = Times { start: 1_000, seconds: 6.0, rate: 48_000 };

    fn db(ride: &Ride, seconds: f64) -> f32 {
        20.0 * ride.gain_at(1_000 + (seconds * 48_000.0) as u64).log10()
    }

    #[test]
    fn between_tracks_that_are_alike_the_hand_rests() {
        let flat = envelope((0..1_000).map(|_| 0.02));
        let ride = ride(&part(&flat, 50.0), &part(&flat, 0.0), &TIMES, Law::EqualPower, 1.0, 6.0);
        for n in 0..400 {
            assert!(db(&ride, f64::from(n) * 0.1).abs() < 0.05, "{n}");
        }
    }

    #[test]
    fn a_soft_beginning_is_lifted_and_let_go_slowly() {
        let flat = envelope((0..1_000).map(|_| 0.02));
        // Four decibels softer for twelve seconds.
        let soft = envelope((0..1_000).map(|n| if n < 120 { 0.02 * 0.398 } else { 0.02 }));
        let ride = ride(&part(&flat, 50.0), &part(&soft, 0.0), &TIMES, Law::EqualPower, 1.0, 6.0);
        assert!((db(&ride, 6.5) - 4.0).abs() < 0.3, "{}", db(&ride, 6.5));
        assert!(db(&ride, 60.0).abs() < 0.01);
        let fastest =
            (0..400).map(|n| (db(&ride, f64::from(n) * 0.1) - db(&ride, f64::from(n) * 0.1 + 0.1)).abs());
        assert!(fastest.fold(0.0, f32::max) <= 0.32);
    }

    #[test]
    fn the_hand_begins_where_it_is_and_never_goes_too_far() {
        let (loud, soft) = (envelope((0..900).map(|_| 0.5)), envelope((0..900).map(|_| 0.000_5)));
        for now in [0.6, 1.0, 1.7] {
            let ride = ride(&part(&loud, 40.0), &part(&soft, 0.0), &TIMES, Law::EqualPower, now, 5.0);
            assert!((ride.gain_at(1_000) - now).abs() < 1e-6);
            assert!((0..900).all(|n| db(&ride, f64::from(n) * 0.1) <= 5.01));
        }
    }

    #[test]
    fn without_knowledge_it_lets_go() {
        let nothing = Part { envelope: None, gain: 1.0, position: 0.0, rate: 1.0 };
        let ride = ride(&nothing, &nothing, &TIMES, Law::EqualPower, 1.5, 6.0);
        assert!((ride.gain_at(0) - 1.5).abs() < 1e-6);
        assert!(db(&ride, 30.0).abs() < 0.01);
    }
}
