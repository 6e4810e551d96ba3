//! The mood set by hand: a point on the circumplex that takes over and gives back, calmly.
//! Pure: time is passed in.

use std::time::Duration;

use bevy::prelude::Resource;

use super::{Mood, MoodState};
use crate::emotion::{Affect, Circumplex};
use crate::emotion::{Emotion, Probabilities};
use crate::foundation::easing::smoothstep;
use crate::settings::settings;

settings! {
    /// How the mood is set by hand.
    #[derive(Resource)]
    pub struct DialSettings / DialSettingsOverlay {
        /// How far the point moves for one press, in units of the circle's radius.
        pub step: f32,
        /// How fast it moves while a key or stick is held, in radii a second.
        pub speed: f32,
        /// How long the hand takes to take over from the camera, in seconds.
        pub takeover_seconds: f32,
        /// How long an untouched dial holds before the camera comes back, in seconds. Without a
        /// camera it holds for good.
        pub hold_seconds: f32,
        /// How long the way back to the camera takes, in seconds.
        pub fade_seconds: f32,
        /// How long an untouched dial stays on the screen, in seconds.
        pub open_seconds: f32,
        /// How far from the point of an emotion its probability falls to 61 % of its height.
        pub spread: f32,
        /// How long the hand must stay with an emotion before music follows, in seconds.
        pub music_settle_seconds: f32,
    }
}

impl DialSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let ranges = [
            ("step", self.step, 0.01, 1.0),
            ("speed", self.speed, 0.01, 10.0),
            ("takeover_seconds", self.takeover_seconds, 0.1, 60.0),
            ("hold_seconds", self.hold_seconds, 0.0, 86_400.0),
            ("fade_seconds", self.fade_seconds, 0.1, 3_600.0),
            ("open_seconds", self.open_seconds, 1.0, 86_400.0),
            ("spread", self.spread, 0.05, 2.0),
            ("music_settle_seconds", self.music_settle_seconds, 0.0, 60.0),
        ];
        for (field, value, lowest, highest) in ranges {
            if !(lowest..=highest).contains(&value) {
                return Err((field, format!("{value} is not between {lowest} and {highest}")));
            }
        }
        Ok(())
    }
}

/// Time constant in seconds with which the point follows the hand.
const GLIDE: f32 = 0.12;
/// The point never moves faster than this, in radii a second.
const FASTEST: f32 = 4.0;

/// A dial on the circumplex: where the hand put the mood, and how much that counts.
#[derive(Resource, Debug, Clone)]
pub struct Dial {
    settings: DialSettings,
    open: bool,
    /// Whether the hand holds the mood or is on its way back.
    set: bool,
    goal: Affect,
    point: Affect,
    /// 0 camera ..= 1 hand, linear in time; eased where it is used.
    share: f32,
    /// Seconds without a touch.
    idle: f32,
    /// Seconds without a touch while there is a camera to give back to.
    rest: f32,
    fast: Held,
    slow: Held,
}

/// The emotion that was laid over one clock.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    emotion: Option<Emotion>,
    since: Duration,
    /// Another one, and when it began.
    next: Option<(Option<Emotion>, Duration)>,
}

impl Dial {
    /// A closed dial that nobody has touched.
    #[must_use]
    pub fn new(settings: &DialSettings) -> Self {
        Self {
            settings: settings.clone(),
            open: false,
            set: false,
            goal: Affect::default(),
            point: Affect::default(),
            share: 0.0,
            idle: 0.0,
            rest: 0.0,
            fast: Held::default(),
            slow: Held::default(),
        }
    }

    /// Whether it can be moved, and is shown large.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Where the dial stands now, within the unit circle.
    #[must_use]
    pub fn point(&self) -> Affect {
        self.point
    }

    /// How much the hand counts: 0 camera ..= 1 hand.
    #[must_use]
    pub fn weight(&self) -> f32 {
        // The mood starts and ends its way gently.
        smoothstep(self.share)
    }

    /// Opens or closes it. A mood that was set stays set.
    pub fn toggle(&mut self) {
        self.open = !self.open;
        self.idle = 0.0;
    }

    /// Closes it.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Moves the point by one press, `x` and `y` in steps. Does nothing while closed.
    pub fn press(&mut self, x: f32, y: f32) {
        let step = self.settings.step;
        self.move_by(x * step, y * step);
    }

    /// Puts the point somewhere, into the unit circle. Does nothing while closed.
    pub fn put(&mut self, point: Affect) {
        if !(self.open && point.valence.is_finite() && point.arousal.is_finite()) {
            return;
        }
        self.goal = within_circle(point);
        self.set = true;
        self.idle = 0.0;
        self.rest = 0.0;
    }

    /// Lets `dt` seconds pass while the hand pushes (each axis −1..=1). `seen` is the mood without
    /// the dial, `camera` whether there is one to give back to.
    pub fn advance(&mut self, dt: f32, push: [f32; 2], seen: Affect, camera: bool) {
        let dt = dt.max(0.0);
        self.idle += dt;
        self.rest = if camera { self.rest + dt } else { 0.0 };
        if push.iter().any(|axis| axis.abs() > 0.0) {
            let way = self.settings.speed * dt;
            self.move_by(push[0] * way, push[1] * way);
        }
        if self.idle >= self.settings.open_seconds {
            self.open = false;
        }
        self.follow_hand(dt, seen);
        self.change_share(dt);
    }

    fn move_by(&mut self, valence: f32, arousal: f32) {
        let point = Affect { valence: self.goal.valence + valence, arousal: self.goal.arousal + arousal };
        self.put(point);
    }

    fn follow_hand(&mut self, dt: f32, seen: Affect) {
        if !self.set {
            // An untouched dial shows what the camera says, and starts from there.
            self.goal = within_circle(seen);
        }
        let way = Affect {
            valence: self.goal.valence - self.point.valence,
            arousal: self.goal.arousal - self.point.arousal,
        };
        let eased = 1.0 - (-dt / GLIDE).exp();
        let most = FASTEST * dt / way.valence.hypot(way.arousal).max(f32::EPSILON);
        let part = eased.min(most);
        self.point.valence += way.valence * part;
        self.point.arousal += way.arousal * part;
    }

    fn change_share(&mut self, dt: f32) {
        if !self.set {
            return;
        }
        if self.rest < self.settings.hold_seconds || self.rest == 0.0 {
            self.share = (self.share + dt / self.settings.takeover_seconds).min(1.0);
            return;
        }
        self.share = (self.share - dt / self.settings.fade_seconds).max(0.0);
        self.set = self.share > 0.0;
    }

    /// Lays the hand over a mood, on both clocks.
    pub fn lay(&mut self, mood: &mut Mood, circumplex: &Circumplex, now: Duration) {
        let weight = self.weight();
        mood.by_hand = self.set.then_some(weight);
        if !self.set {
            self.fast = Held::of(&mood.fast);
            self.slow = Held::of(&mood.slow);
            return;
        }
        let by_hand = probabilities(self.point, circumplex, self.settings.spread);
        let nearest = nearest(self.point, circumplex);
        let settle = Duration::from_secs_f32(self.settings.music_settle_seconds);
        for (state, held, settle) in
            [(&mut mood.fast, &mut self.fast, Duration::ZERO), (&mut mood.slow, &mut self.slow, settle)]
        {
            let wanted = if weight >= 0.5 { Some(nearest) } else { state.emotion };
            held.want(wanted, settle, now);
            // Nobody in view counts as the middle of the circle.
            let seen = Affect { valence: state.valence, arousal: state.arousal };
            state.probabilities = state.probabilities.toward(&by_hand, weight);
            state.valence = mix(seen.valence, self.point.valence, weight);
            state.arousal = mix(seen.arousal, self.point.arousal, weight);
            // Who sets the mood by hand knows it.
            state.certainty = mix(state.certainty, 1.0, weight);
            (state.emotion, state.since) = (held.emotion, held.since);
        }
    }
}

impl Held {
    fn of(state: &MoodState) -> Self {
        Self { emotion: state.emotion, since: state.since, next: None }
    }

    /// Takes over `wanted` once it has been wanted for so long.
    fn want(&mut self, wanted: Option<Emotion>, settle: Duration, now: Duration) {
        if wanted == self.emotion {
            self.next = None;
            return;
        }
        let since = match self.next {
            Some((next, since)) if next == wanted => since,
            _ => now,
        };
        self.next = Some((wanted, since));
        if now.saturating_sub(since) >= settle {
            *self = Self { emotion: wanted, since: now, next: None };
        }
    }
}

fn mix(from: f32, to: f32, weight: f32) -> f32 {
    from + (to - from) * weight
}

/// The nearest point of the unit circle to a point outside it.
fn within_circle(point: Affect) -> Affect {
    let length = point.valence.hypot(point.arousal).max(1.0);
    Affect { valence: point.valence / length, arousal: point.arousal / length }
}

fn distance(point: Affect, emotion: Emotion, circumplex: &Circumplex) -> f32 {
    let place = circumplex.affect(&Probabilities::certain(emotion));
    (place.valence - point.valence).hypot(place.arousal - point.arousal)
}

/// The emotion of the table that lies nearest; neutral lies in the middle.
#[must_use]
pub fn nearest(point: Affect, circumplex: &Circumplex) -> Emotion {
    let to = |emotion: &Emotion| distance(point, *emotion, circumplex);
    Emotion::ALL.into_iter().min_by(|a, b| to(a).total_cmp(&to(b))).unwrap_or(Emotion::Neutral)
}

/// A softmax over distances: `p(e) ∝ exp(−d(e)² / 2σ²)`.
#[must_use]
pub fn probabilities(point: Affect, circumplex: &Circumplex, spread: f32) -> Probabilities {
    let squares = Emotion::ALL.map(|emotion| distance(point, emotion, circumplex).powi(2));
    // Only differences matter; the nearest gets weight 1, so that nothing vanishes far away.
    let least = squares.iter().copied().fold(f32::INFINITY, f32::min);
    Probabilities::from_weights(squares.map(|square| (-(square - least) / (2.0 * spread * spread)).exp()))
}

#[cfg(test)]
mod tests;
