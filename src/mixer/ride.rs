//! The hand on the fader: keeps a transition as loud as what came before it.
//!
//! Tracks of the same loudness are not equally loud where they meet: one thins out, the other
//! begins softly. From how loud both are at each moment the hand is planned ahead: every three
//! seconds of a transition are to be as loud as the three before it. The hand moves slowly and within
//! a few decibels, begins before a track thins out at its end, and lets go once the new one
//! stands on its own. It lifts nothing into the limiter, which would take the loudness off again: what
//! cannot be lifted far enough is met halfway by what follows.

use std::ops::Range;

use super::plan::Law;
use super::settings::amplitude;

/// Points of a ride; between them the gain follows a straight line.
const POINTS: usize = 256;
/// The hand begins to move so long before a fade, where it is known so early, in seconds.
pub(super) const LEAD: f64 = 5.0;
/// Stretch that loudness is a mean of, in seconds: the "short term" of EBU R 128.
const SHORT_TERM: f64 = 3.0;
/// The hand moves at most so fast during a transition, and lets go at this speed, in decibels a second.
const FASTEST: f64 = 2.5;
const LETTING_GO: f64 = 0.35;
/// The new track is held for so long after the fade, in seconds.
const HOLD: f64 = 5.0;
/// Rounds in which the hand is sought.
const ROUNDS: usize = 16;
/// So far below the ceiling a lifted sample must stay, in decibels: between samples it may be louder.
const ROOM: f64 = 0.5;
/// What is missing of the goal for three seconds and is hardly heard, in decibels.
const HARDLY_HEARD: f64 = 0.5;
/// Where something cannot be lifted to the goal, the goal comes down by at most so much before it, in decibels.
const GIVES_WAY: f64 = 1.5;
/// Quieter than this is silence and not lifted, as a mean square.
const SILENCE: f64 = 1e-6;

/// Loudness over time: mean squares after K-weighting (ITU-R BS.1770), in blocks of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Envelope {
    pub(super) block_seconds: f64,
    pub(super) powers: Vec<f32>,
    /// The largest sample of each block, as an amplitude; empty where it was not looked for.
    pub(super) peaks: Vec<f32>,
}

impl Envelope {
    fn seconds(&self) -> f64 {
        self.powers.len() as f64 * self.block_seconds
    }

    /// Blocks that a time has a part in, one at least.
    fn blocks(&self, from: f64, to: f64) -> Range<usize> {
        let first = (from / self.block_seconds).floor().max(0.0) as usize;
        let last = (to / self.block_seconds).ceil().max(0.0) as usize;
        first..last.max(first + 1)
    }

    /// Mean square between two times; nothing outside of the track. A block counts by the part of it that lies
    /// between them.
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

    /// Largest sample between two times.
    fn peak(&self, from: f64, to: f64) -> f64 {
        let blocks = self.blocks(from, to);
        let inside = self.peaks.get(blocks.start..blocks.end.min(self.peaks.len())).unwrap_or(&[]);
        inside.iter().copied().fold(0.0, f32::max).into()
    }
}

/// How far the hand may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// In decibels, up and down.
    pub(super) most_db: f32,
    /// The ceiling of the limiter as an amplitude.
    pub(super) ceiling: f32,
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

    /// Whether it holds at a frame of the music's clock.
    pub(super) fn has_begun(&self, clock: u64) -> bool {
        clock >= self.start
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

    /// The largest sample of that.
    fn peak(&self, from: f64, to: f64) -> f64 {
        let place = |time: f64| self.position + time * self.rate;
        let peak = self.envelope.map_or(0.0, |envelope| envelope.peak(place(from), place(to)));
        peak * f64::from(self.gain)
    }

    /// What is heard of it inside of the track, if that is a second at least.
    fn heard_inside(&self, from: f64, to: f64) -> Option<f64> {
        let begin = -self.position / self.rate;
        let end = (self.envelope?.seconds() - self.position) / self.rate;
        let (from, to) = (from.max(begin), to.min(end));
        (to - from >= 1.0).then(|| self.heard(from, to))?
    }
}

/// A fade on the clock of the music.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// Frame of the clock at which the hand begins to move.
    pub(super) start: u64,
    /// Seconds from then until the fade begins.
    pub(super) lead: f64,
    /// Length of the fade in seconds.
    pub(super) seconds: f64,
    /// Frames per second of the output.
    pub(super) rate: u32,
}

/// Plans the hand for a fade. `now` is the gain it has when it begins to move.
///
/// What is to be heard is known ahead, so the hand does not follow: it is where it is needed. It is
/// sought round by round: each point is moved against what is wrong in all the short-term stretches
/// that it is part of, and the curve then made no steeper than [`FASTEST`].
pub(super) fn ride(out: &Part, next: &Part, times: &Times, law: Law, now: f32, reach: Reach) -> Ride {
    let most = f64::from(reach.most_db);
    let letting_go = times.lead + times.seconds + HOLD;
    let step = (letting_go + most / LETTING_GO + 2.0) / (POINTS - 1) as f64;
    let mut db = 20.0 * f64::from(now.max(1e-3)).log10();
    let held = Course::new(out, next, times, law, step, db)
        .map(|course| course.within(reach, (letting_go / step) as usize))
        .unwrap_or_default();
    let mut points = [amplitude(db as f32); POINTS];
    for (n, point) in points.iter_mut().enumerate().skip(1) {
        db = held.get(n).copied().unwrap_or_else(|| db - db.clamp(-LETTING_GO * step, LETTING_GO * step));
        *point = amplitude(db as f32);
    }
    let spacing = (step * f64::from(times.rate)).round().max(1.0) as u64;
    Ride { start: times.start, spacing, points }
}

/// What both tracks give together from one short term before the hand begins to move until one after
/// it has let go, without the hand.
struct Course {
    /// Mean squares and largest samples in slices of equal length.
    powers: Vec<f64>,
    peaks: Vec<f64>,
    /// Slices in a short term.
    width: usize,
    /// How much the hand may move from one slice to the next, in decibels.
    steepest: f64,
    /// Where the hand is when it begins to move, in decibels.
    begin: f64,
    /// The slice with which the fade begins.
    fade: usize,
    /// The mean square that is to be heard.
    goal: f64,
}

impl Course {
    /// `None` where too little is known of a track, or nothing was heard before.
    fn new(out: &Part, next: &Part, times: &Times, law: Law, step: f64, begin: f64) -> Option<Self> {
        let gain = 10_f64.powf(begin / 10.0);
        let heard = out.heard_inside(-times.lead - SHORT_TERM, -times.lead)?;
        let goal = Some(heard * gain).filter(|goal| *goal > SILENCE)?;
        let width = (SHORT_TERM / step) as usize;
        let slices = ((times.lead + times.seconds + HOLD) / step) as usize + 2 * width;
        let time = |slice: usize| (slice as f64 - width as f64 - 0.5) * step - times.lead;
        let powers = (0..slices).map(|slice| together(out, next, times, law, time(slice), step));
        let peak = |slice: usize| {
            let (from, (keep, come)) = (time(slice), shares(times, law, time(slice), step));
            let part = |part: &Part, share: f64| part.peak(from, from + step) * share.sqrt();
            part(out, keep).hypot(part(next, come))
        };
        Some(Self {
            powers: powers.collect::<Option<_>>()?,
            peaks: (0..slices).map(peak).collect(),
            width,
            steepest: FASTEST * step,
            begin,
            fade: width + (times.lead / step).round() as usize,
            goal,
        })
    }

    /// The first points of the hand, in decibels. Where the outgoing track cannot be lifted to its goal, its
    /// last seconds are the goal of what follows; where what follows cannot be, the goal comes down a little
    /// while there is time.
    fn within(mut self, reach: Reach, points: usize) -> Vec<f64> {
        let most = self.most(reach, points);
        let mut hand = self.plan(&most);
        let before = self.fade.saturating_sub(self.width);
        let reached = self.stretches(&hand).nth(before).unwrap_or(self.goal);
        if reached > SILENCE && reached < self.goal {
            self.goal = reached;
            hand = self.plan(&most);
        }
        let least = self.goal * 10_f64.powf(-GIVES_WAY / 10.0);
        while before >= self.width && self.goal > least {
            let softest = self.stretches(&hand).skip(before).fold(f64::INFINITY, f64::min);
            let missing = 10.0 * (self.goal / softest.max(SILENCE)).log10();
            if missing < HARDLY_HEARD {
                break;
            }
            self.goal = (self.goal * 10_f64.powf(-missing / 20.0)).max(least);
            hand = self.plan(&most);
        }
        hand
    }

    /// Mean squares of all short-term stretches with the hand on the fader, by their first slice.
    fn stretches(&self, hand: &[f64]) -> impl Iterator<Item = f64> {
        let (heard, width) = (self.heard(hand), self.width.max(1));
        (0..(heard.len() + 1).saturating_sub(width))
            .map(move |first| heard[first..first + width].iter().sum::<f64>() / width as f64)
    }

    /// How far each point may go down and up, in decibels.
    fn most(&self, reach: Reach, points: usize) -> Vec<[f64; 2]> {
        let most = f64::from(reach.most_db);
        let room = |peak: &f64| 20.0 * (f64::from(reach.ceiling) / peak.max(1e-9)).log10() - ROOM;
        self.peaks[self.width..]
            .iter()
            .map(|peak| [-most, room(peak).clamp(0.0, most)])
            .chain(std::iter::repeat([-most, most]))
            .take(points)
            .collect()
    }

    fn plan(&self, most: &[[f64; 2]]) -> Vec<f64> {
        let mut hand = vec![self.begin; most.len()];
        for _ in 0..ROUNDS {
            self.improve(&mut hand, most);
            smooth(&mut hand, self.steepest);
            let mut last = self.begin;
            for (n, (db, [_, up])) in hand.iter_mut().zip(most).enumerate() {
                let most = if n == 0 { 0.0 } else { self.steepest };
                last = db.min(*up).clamp(last - most, last + most);
                *db = last;
            }
        }
        hand
    }

    /// Mean squares of the slices with the hand on the fader.
    fn heard(&self, hand: &[f64]) -> Vec<f64> {
        let last = hand.last().copied().unwrap_or(self.begin);
        let at = |slice: usize| match slice.checked_sub(self.width) {
            Some(point) => hand.get(point).copied().unwrap_or(last),
            None => self.begin,
        };
        self.powers.iter().enumerate().map(|(n, power)| power * 10_f64.powf(at(n) / 10.0)).collect()
    }

    /// Moves every point against what is wrong in the stretches that it is part of; the louder it is
    /// in a stretch, the more that one counts.
    fn improve(&self, hand: &mut [f64], most: &[[f64; 2]]) {
        let heard = self.heard(hand);
        let mut wrong = vec![(0.0, 0.0); hand.len()];
        for (first, stretch) in heard.windows(self.width.max(1)).enumerate() {
            let sum: f64 = stretch.iter().sum();
            let mean = sum / stretch.len() as f64;
            if mean <= SILENCE {
                continue;
            }
            let missing = 10.0 * (self.goal / mean).log10();
            for (slice, power) in (first..).zip(stretch) {
                let point = slice.checked_sub(self.width).and_then(|point| wrong.get_mut(point));
                if let Some((decibels, weight)) = point {
                    *decibels += missing * power / sum;
                    *weight += power / sum;
                }
            }
        }
        for ((db, (decibels, weight)), [down, up]) in hand.iter_mut().zip(wrong).zip(most) {
            if weight > 0.0 {
                *db = (*db + decibels / weight).clamp(*down, *up);
            }
        }
    }
}

/// Shares of the powers of both tracks in a slice that begins at a time of the fade.
fn shares(times: &Times, law: Law, from: f64, length: f64) -> (f64, f64) {
    let done = ((from + length / 2.0) / times.seconds.max(1e-6)).clamp(0.0, 1.0);
    match law {
        Law::EqualPower => {
            let (sin, cos) = (done * std::f64::consts::FRAC_PI_2).sin_cos();
            (cos * cos, sin * sin)
        }
        Law::EqualGain => ((1.0 - done) * (1.0 - done), done * done),
    }
}

/// Mean square of what both tracks give together in that slice.
fn together(out: &Part, next: &Part, times: &Times, law: Law, from: f64, length: f64) -> Option<f64> {
    let (keep, come) = shares(times, law, from, length);
    let part = |part: &Part, share: f64| {
        if share > 0.0 { part.heard(from, from + length).map(|power| power * share) } else { Some(0.0) }
    };
    Some(part(out, keep)? + part(next, come)?)
}

/// The nearest curve that is nowhere steeper than `most` from one value to the next: the middle between
/// the highest such curve below and the lowest above (the extensions of `McShane` for a Lipschitz function).
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
