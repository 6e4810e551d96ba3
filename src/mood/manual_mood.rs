//! The mood set by hand: a point on the circumplex that takes over from the sensors and gives back to them,
//! gradually. Pure: time is passed in.

use std::time::Duration;

use bevy::prelude::Resource;

use super::mood_state::{MoodState, SensedMood};
use crate::emotion::{Affect, Circumplex, Emotion, Probabilities};
use crate::foundation::easing::smoothstep;
use crate::settings::settings;

settings! {
    /// How the mood is set by hand (D, or the left face button of a pad).
    #[derive(Resource)]
    pub struct ManualMoodSettings / ManualMoodSettingsOverlay {
        /// How far the point moves for one press, in radii of the circle.
        pub step: f32 = 0.1, in 0.01..=1.0,
        /// How fast it moves while a key or stick is held, in radii of the circle.
        pub speed: f32 = 0.8, in 0.01..=10.0, unit "/s",
        /// How long the manual mood takes to take over from the sensors.
        pub takeover_seconds: f32 = 0.6, in 0.1..=60.0, unit "s",
        /// How long it holds without input before the sensors take over again. Without a working sensor it holds for
        /// good.
        pub hold_seconds: f32 = 60.0, in 0.0..=86_400.0, unit "s",
        /// How long the way back to the sensors takes.
        pub fade_seconds: f32 = 12.0, in 0.1..=3_600.0, unit "s",
        /// How long the control stays on the screen without input.
        pub open_seconds: f32 = 12.0, in 1.0..=86_400.0, unit "s",
        /// How far from the point of an emotion its probability falls to 61 % of its height, in radii of the circle.
        pub spread: f32 = 0.2, in 0.05..=2.0,
        /// How long the point must stay with an emotion before music follows.
        pub music_settle_seconds: f32 = 1.0, in 0.0..=60.0, unit "s",
    }
}

/// Time constant in seconds with which the point follows its target.
const GLIDE: f32 = 0.12;
/// The point never moves faster than this, in radii a second.
const FASTEST: f32 = 4.0;

/// The manual control of the mood: where the point is, and how much it counts.
#[derive(Resource, Debug, Clone)]
pub struct ManualMood {
    settings: ManualMoodSettings,
    open: bool,
    /// Whether the mood is set by hand, or on its way back to the sensors.
    set: bool,
    target: Affect,
    point: Affect,
    /// 0 sensors ..= 1 manual, linear in time; eased where it is used.
    share: f32,
    /// Seconds without input.
    untouched: f32,
    /// Seconds without input while there is a sensor to give back to.
    untouched_sensed: f32,
    /// Probabilities of the point.
    probabilities: Probabilities,
    fast: HeldEmotion,
    slow: HeldEmotion,
}

/// The emotion that holds on one clock while the mood is set by hand.
#[derive(Debug, Clone, Copy, Default)]
struct HeldEmotion {
    emotion: Option<Emotion>,
    since: Duration,
    /// Another one, and when it began.
    next: Option<(Option<Emotion>, Duration)>,
}

/// What time brings to the manual mood besides its own input.
#[derive(Debug, Clone, Copy)]
pub struct ManualMoodInputs<'a> {
    /// The mood without it.
    pub sensed: &'a SensedMood,
    /// Whether a sensor works that the mood can be given back to.
    pub has_sensor: bool,
    pub circumplex: &'a Circumplex,
    /// App time.
    pub now: Duration,
}

/// What the manual mood does to one clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct ManualOverride {
    /// `None` leaves the clock as it is.
    set: Option<HeldEmotion>,
    weight: f32,
    point: Affect,
    probabilities: Probabilities,
}

impl ManualOverride {
    /// The clock with the manual mood over it; see [`super::blend`].
    pub(super) fn over(&self, sensed: &MoodState) -> MoodState {
        let Some(held) = self.set else { return *sensed };
        let weight = self.weight;
        let probability = held.emotion.map_or(0.0, |emotion| {
            let seen = if sensed.emotion == held.emotion {
                sensed.probability
            } else {
                sensed.probabilities.of(emotion)
            };
            mix(seen, self.probabilities.of(emotion), weight)
        });
        MoodState {
            emotion: held.emotion,
            since: held.since,
            probability,
            probabilities: sensed.probabilities.toward(&self.probabilities, weight),
            valence: mix(sensed.valence, self.point.valence, weight),
            arousal: mix(sensed.arousal, self.point.arousal, weight),
            confidence: mix(sensed.confidence, 1.0, weight),
        }
    }
}

impl ManualMood {
    /// Takes over changed settings.
    pub fn change_settings(&mut self, settings: &ManualMoodSettings) {
        self.settings = settings.clone();
    }

    /// A closed control without any input.
    #[must_use]
    pub fn new(settings: &ManualMoodSettings) -> Self {
        Self {
            settings: settings.clone(),
            open: false,
            set: false,
            target: Affect::default(),
            point: Affect::default(),
            share: 0.0,
            untouched: 0.0,
            untouched_sensed: 0.0,
            probabilities: Probabilities::UNIFORM,
            fast: HeldEmotion::default(),
            slow: HeldEmotion::default(),
        }
    }

    /// Whether it can be moved, and is shown large.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Where the point is now, within the unit circle.
    #[must_use]
    pub fn point(&self) -> Affect {
        self.point
    }

    /// How much the manual mood counts: 0 sensors ..= 1 manual.
    #[must_use]
    pub fn weight(&self) -> f32 {
        // The mood starts and ends its way gently.
        smoothstep(self.share)
    }

    /// The same while the mood is set by hand or on its way back, else `None`.
    #[must_use]
    pub fn set_weight(&self) -> Option<f32> {
        self.set.then_some(self.weight())
    }

    /// Opens or closes it. A mood that was set stays set.
    pub fn toggle(&mut self) {
        self.open = !self.open;
        self.untouched = 0.0;
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
        self.target = within_circle(point);
        self.set = true;
        self.untouched = 0.0;
        self.untouched_sensed = 0.0;
    }

    /// Lets `dt` seconds pass while a stick or key pushes (each axis −1..=1).
    pub fn advance(&mut self, dt: f32, push: [f32; 2], inputs: &ManualMoodInputs) {
        let dt = dt.max(0.0);
        self.untouched += dt;
        self.untouched_sensed = if inputs.has_sensor { self.untouched_sensed + dt } else { 0.0 };
        if push.iter().any(|axis| axis.abs() > 0.0) {
            let way = self.settings.speed * dt;
            self.move_by(push[0] * way, push[1] * way);
        }
        if self.untouched >= self.settings.open_seconds {
            self.open = false;
        }
        self.follow_target(dt, inputs.sensed);
        self.change_share(dt);
        self.hold_emotions(inputs);
    }

    /// What it does to the fast and to the slow clock.
    pub(super) fn overlays(&self) -> [ManualOverride; 2] {
        [self.fast, self.slow].map(|held| ManualOverride {
            set: self.set.then_some(held),
            weight: self.weight(),
            point: self.point,
            probabilities: self.probabilities,
        })
    }

    fn move_by(&mut self, valence: f32, arousal: f32) {
        let point = Affect { valence: self.target.valence + valence, arousal: self.target.arousal + arousal };
        self.put(point);
    }

    fn follow_target(&mut self, dt: f32, sensed: &SensedMood) {
        if !self.set {
            // Without input it shows what is sensed, and starts from there.
            let SensedMood { fast: MoodState { valence, arousal, .. }, .. } = *sensed;
            self.target = within_circle(Affect { valence, arousal });
        }
        let way = Affect {
            valence: self.target.valence - self.point.valence,
            arousal: self.target.arousal - self.point.arousal,
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
        if self.untouched_sensed < self.settings.hold_seconds || self.untouched_sensed == 0.0 {
            self.share = (self.share + dt / self.settings.takeover_seconds).min(1.0);
            return;
        }
        self.share = (self.share - dt / self.settings.fade_seconds).max(0.0);
        self.set = self.share > 0.0;
    }

    /// Decides which emotion holds on each clock: the one nearest to the point once the manual mood has
    /// half of the weight.
    fn hold_emotions(&mut self, inputs: &ManualMoodInputs) {
        let SensedMood { fast, slow, .. } = inputs.sensed;
        if !self.set {
            (self.fast, self.slow) = (HeldEmotion::of(fast), HeldEmotion::of(slow));
            return;
        }
        self.probabilities = inputs.circumplex.scores_near(self.point, self.settings.spread).probabilities();
        let nearest = (self.weight() >= 0.5).then(|| inputs.circumplex.nearest(self.point));
        let settle = Duration::from_secs_f32(self.settings.music_settle_seconds);
        self.fast.want(nearest.or(fast.emotion), Duration::ZERO, inputs.now);
        self.slow.want(nearest.or(slow.emotion), settle, inputs.now);
    }
}

impl HeldEmotion {
    fn of(state: &MoodState) -> Self {
        Self { emotion: state.emotion, since: state.since, next: None }
    }

    /// Takes over `wanted` once it has been wanted for the settle time.
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

#[cfg(test)]
mod tests;
