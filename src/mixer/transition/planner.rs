//! Plans a transition: when it begins, how long it is, and how both tracks share it. Plain numbers, no sound.
//!
//! The rules are those of the automatic DJ of Mixxx: the shorter one of outro and intro decides the length. If
//! the beat grid of the outgoing track is trusted, the fade begins on one of its downbeats. If both grids are
//! trusted, the incoming track is played faster or slower by at most the stretch of the settings until the
//! beats match; else it keeps its tempo. Tracks in distant keys share less time.

use serde::Serialize;

use super::fade_curve::{FadeCurve, FadeCurveSetting};
use crate::music::{self, BeatGrid, TrackFacts};

/// A fade is never shorter than this, in seconds.
pub const SHORTEST: f64 = 0.05;
/// A shorter outro or intro is ignored, in seconds.
const SHORTEST_SECTION: f64 = 2.0;
/// Keys that are further apart than this on the circle of fifths clash.
const FAR_KEYS: u8 = 3;
/// Factor on the length of a fade between such keys.
const FAR_KEYS_SHARE: f64 = 0.6;
/// A fade takes at most this share of either track: a track that is shorter than the usual fade is heard at full level
/// for a third of its length.
const LARGEST_SHARE: f64 = 1.0 / 3.0;
/// A change of mood waits at most this long for a downbeat, in seconds.
const LONGEST_WAIT: f64 = 4.0;

/// Why the next track begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// The outgoing track ends.
    AtEnd,
    /// The mood has changed.
    Mood,
    /// A person asked for it.
    Asked,
}

/// Limits of a plan. Times in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransitionRules {
    /// Length without an analysis, and for a change of mood.
    pub usual: f64,
    /// Longest fade.
    pub longest: f64,
    /// Length when a person asks for the next track.
    pub asked: f64,
    /// The incoming track is played faster or slower by at most this share: 0.05 is five percent.
    pub stretch: f64,
    /// A beat grid is trusted from this confidence on, 0..=1.
    pub trust: f32,
    pub curve: FadeCurveSetting,
}

/// One track of a transition. Times in seconds of the track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransitionSide {
    /// Outgoing: its position now. Incoming: the position at which it is asked to begin.
    pub position: f64,
    pub duration: Option<f64>,
    /// Playback rate: seconds of the track in one second.
    pub rate: f64,
    pub facts: TrackFacts,
}

/// What decided the length of a fade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FadeLengthSource {
    Outro,
    Intro,
    /// There is no analysis, or the mood has changed.
    Usual,
    Asked,
    /// The rest of the outgoing track.
    Rest,
}

/// A planned transition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TransitionPlan {
    /// Position of the outgoing track at which the fade begins, in seconds of that track.
    pub begin: f64,
    /// Length of the fade in seconds.
    pub seconds: f64,
    pub from: FadeLengthSource,
    pub curve: FadeCurve,
    /// Position at which the incoming track begins, in seconds of that track.
    pub entry: f64,
    /// Playback rate of the incoming track: 1, or within the stretch.
    pub rate: f64,
    /// Whether `begin` is a downbeat of the outgoing track.
    pub on_downbeat: bool,
    /// Whether the beats of both tracks coincide.
    pub beats_match: bool,
    /// Steps on the circle of fifths between the keys, 0..=7; a change of mode counts as one.
    pub key_distance: Option<u8>,
}

impl TransitionPlan {
    /// The plan in one line.
    #[must_use]
    pub fn describe(&self) -> String {
        let from = match self.from {
            FadeLengthSource::Outro => "length of the outro",
            FadeLengthSource::Intro => "length of the intro",
            FadeLengthSource::Usual => "usual length",
            FadeLengthSource::Asked => "on request",
            FadeLengthSource::Rest => "length of the rest",
        };
        let curve = match self.curve {
            FadeCurve::EqualPower => "equal power",
            FadeCurve::EqualGain => "equal gain",
        };
        let beat = match (self.beats_match, self.on_downbeat) {
            (true, _) => format!(", beats matched at {:+.1} %", (self.rate - 1.0) * 100.0),
            (false, true) => ", on a downbeat".to_owned(),
            (false, false) => String::new(),
        };
        let key = self.key_distance.map_or_else(String::new, |steps| format!(", keys {steps} steps apart"));
        format!(
            "{:.1} s crossfade ({from}) at {:.2} s, into {:.2} s, {curve}{beat}{key}",
            self.seconds, self.begin, self.entry
        )
    }
}

/// Plans the transition from `out` to `next`. `same`: both are the same recording.
#[must_use]
pub fn plan(
    out: &TransitionSide,
    next: &TransitionSide,
    urgency: Urgency,
    same: bool,
    rules: &TransitionRules,
) -> TransitionPlan {
    let trusted = |side: &TransitionSide| side.facts.beat_grid().filter(|grid| is_trusted(grid, rules));
    let (out_grid, next_grid) = (trusted(out), trusted(next));
    let keys = key_distance(out, next);
    let (wanted, from) = wanted_length(out, next, urgency, rules);
    let wanted = if keys.is_some_and(|steps| steps > FAR_KEYS) { wanted * FAR_KEYS_SHARE } else { wanted };
    let wanted = wanted.clamp(SHORTEST, longest_fade(out, next, rules).max(SHORTEST));
    let end = sound_end(out);
    let latest = end.map(|end| (end - wanted * out.rate).max(out.position));
    let aim = match (urgency, outro(out)) {
        (Urgency::AtEnd, Some((start, _))) => latest.map_or(start, |latest| start.min(latest)),
        (Urgency::AtEnd, None) => latest.unwrap_or(out.position),
        _ => latest.map_or(out.position, |latest| out.position.min(latest)),
    }
    .max(out.position);
    let snapped = out_grid.and_then(|grid| snap(&grid, aim, out.position, latest, urgency));
    let begin = snapped.unwrap_or(aim);
    let (seconds, from) = match end.map(|end| ((end - begin) / out.rate).max(SHORTEST)) {
        Some(left) if left < wanted - 1e-9 => (left, FadeLengthSource::Rest),
        _ => (wanted, from),
    };
    let rate = match (out_grid, next_grid, snapped) {
        (Some(out_grid), Some(next_grid), Some(_)) => matched_rate(&out_grid, out.rate, &next_grid, rules),
        _ => None,
    };
    let entry = entry(next, urgency, seconds, next_grid.filter(|_| rate.is_some()).as_ref());
    let alike = match rules.curve {
        FadeCurveSetting::EqualPower => false,
        FadeCurveSetting::EqualGain => true,
        FadeCurveSetting::Auto => same && (entry - begin).abs() < 0.05,
    };
    let curve = if alike { FadeCurve::EqualGain } else { FadeCurve::EqualPower };
    TransitionPlan {
        begin,
        seconds,
        from,
        curve,
        entry,
        rate: rate.unwrap_or(1.0),
        on_downbeat: snapped.is_some(),
        beats_match: rate.is_some(),
        key_distance: keys,
    }
}

/// The longest fade that the settings and the lengths of both tracks allow.
fn longest_fade(out: &TransitionSide, next: &TransitionSide, rules: &TransitionRules) -> f64 {
    let share = |side: &TransitionSide| side.duration.map(|duration| duration / side.rate * LARGEST_SHARE);
    [share(out), share(next)].into_iter().flatten().fold(rules.longest, f64::min)
}

/// The earliest position at which a fade at the end of this track can begin. The next track can make it later,
/// never earlier.
#[must_use]
pub fn earliest_exit(out: &TransitionSide, rules: &TransitionRules) -> Option<f64> {
    let end = sound_end(out)?;
    let start = outro(out).map_or(end - rules.usual, |(start, _)| start);
    Some(start.min(end - SHORTEST_SECTION).max(0.0))
}

fn is_trusted(grid: &BeatGrid, rules: &TransitionRules) -> bool {
    grid.confidence >= rules.trust && grid.bpm > 20.0 && grid.bpm < 400.0 && grid.metre > 0
}

fn sound_end(side: &TransitionSide) -> Option<f64> {
    let measured = side.facts.edges.map(|edges| f64::from(edges.sound_end)).filter(|end| *end > 0.0);
    match (measured, side.duration) {
        (Some(end), Some(duration)) => Some(end.min(duration)),
        (end, duration) => end.or(duration),
    }
}

/// Start and length of the outro, if there is one.
fn outro(side: &TransitionSide) -> Option<(f64, f64)> {
    let start = f64::from(side.facts.edges?.outro_start);
    let length = sound_end(side)? - start;
    (start > 0.0 && length >= SHORTEST_SECTION).then_some((start, length))
}

fn intro(side: &TransitionSide) -> Option<f64> {
    let end = f64::from(side.facts.edges?.intro_end) - side.position;
    (end >= SHORTEST_SECTION).then_some(end)
}

/// Length before the rest of the outgoing track is looked at.
fn wanted_length(
    out: &TransitionSide,
    next: &TransitionSide,
    urgency: Urgency,
    rules: &TransitionRules,
) -> (f64, FadeLengthSource) {
    match urgency {
        Urgency::Asked => (rules.asked, FadeLengthSource::Asked),
        Urgency::Mood => (rules.usual, FadeLengthSource::Usual),
        Urgency::AtEnd => match (outro(out).map(|(_, length)| length / out.rate), intro(next)) {
            (Some(outro), Some(intro)) if outro <= intro => (outro, FadeLengthSource::Outro),
            (Some(_), Some(intro)) => (intro, FadeLengthSource::Intro),
            (Some(outro), None) if outro < rules.usual => (outro, FadeLengthSource::Outro),
            (None, Some(intro)) if intro < rules.usual => (intro, FadeLengthSource::Intro),
            _ => (rules.usual, FadeLengthSource::Usual),
        },
    }
}

/// The downbeat at which the fade begins; on request the next beat. `None` if it would come too late.
fn snap(grid: &BeatGrid, aim: f64, now: f64, latest: Option<f64>, urgency: Urgency) -> Option<f64> {
    let beat = 60.0 / f64::from(grid.bpm);
    let bar = beat * f64::from(grid.metre);
    let first = f64::from(grid.first);
    let after = |time: f64, period: f64| first + ((time - first) / period - 1e-6).ceil() * period;
    let next = after(aim, if urgency == Urgency::Asked { beat } else { bar });
    let in_time = |time: f64| latest.is_none_or(|latest| time <= latest + 1e-6);
    match urgency {
        Urgency::AtEnd => {
            let before = next - bar;
            if in_time(next) { Some(next) } else { Some(before).filter(|before| *before >= now) }
        }
        _ => Some(next).filter(|next| in_time(*next) && next - aim <= LONGEST_WAIT),
    }
}

/// The playback rate at which the incoming tempo equals the outgoing one, its half or its double.
fn matched_rate(out: &BeatGrid, out_rate: f64, next: &BeatGrid, rules: &TransitionRules) -> Option<f64> {
    let heard = f64::from(out.bpm) * out_rate;
    [1.0, 0.5, 2.0]
        .map(|times| heard * times / f64::from(next.bpm))
        .into_iter()
        .filter(|rate| (rate - 1.0).abs() <= rules.stretch + 1e-9)
        .min_by(|a, b| (a - 1.0).abs().total_cmp(&(b - 1.0).abs()))
}

/// Where the incoming track begins: at its start. If the track does not wait for the end of the other one, it skips so much of a
/// long intro that its body begins when the fade ends. On a downbeat if the beats are matched.
fn entry(next: &TransitionSide, urgency: Urgency, seconds: f64, grid: Option<&BeatGrid>) -> f64 {
    let aim = match (urgency, intro(next)) {
        (Urgency::Mood | Urgency::Asked, Some(intro)) if intro > seconds => next.position + intro - seconds,
        _ => next.position,
    };
    let Some(grid) = grid else { return aim };
    let bar = 60.0 / f64::from(grid.bpm) * f64::from(grid.metre);
    let first = f64::from(grid.first);
    (first + ((aim - first) / bar - 1e-6).ceil() * bar).max(0.0)
}

fn key_distance(out: &TransitionSide, next: &TransitionSide) -> Option<u8> {
    Some(music::key_distance(out.facts.musical_key()?, next.facts.musical_key()?))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these numbers are exact")]
mod tests;
