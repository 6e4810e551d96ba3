//! One light of the picture: of a person, of the group, or of an empty room.

use std::f32::consts::TAU;

use super::face_glyph::{FaceGlyph, FaceGlyphTable};
use super::light_timing::PersonLightTiming;
use crate::emotion::{PersonId, Probabilities};
use crate::visuals::exponential_smoothing;
use crate::visuals::inputs::MoodInput;
use crate::visuals::scene::{Oklch, Palette};

/// Whose light it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LightOwner {
    /// One person, by their number.
    Person(PersonId),
    /// The group, when no single face is known: a mood that was set by hand.
    Group,
    /// Nobody: a light of an empty room, by its number.
    Idle(usize),
}

/// One light of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonLight {
    pub(super) owner: LightOwner,
    /// Place across: −1 left ..= 1 right; eased.
    pub x: f32,
    /// Place up: −1 bottom ..= 1 top; eased.
    pub y: f32,
    /// Brightness, 0..=1; eased.
    pub strength: f32,
    /// How near: 0 far ..= 1 close; eased.
    pub size: f32,
    pub(super) target: LightTarget,
    mood: MoodInput,
    clarity: f32,
    mask: FaceGlyph,
    /// 0 idle ..= 1 a person; eased.
    pub(super) awake: f32,
    /// Seconds since it began to greet.
    pub(super) age: f32,
    /// Seconds since it began to leave.
    pub(super) leaving: Option<f32>,
    greeting: f32,
    pub(super) farewell: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LightTarget {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    /// How clearly it is known what to show, 0..=1: how well a person can be read, how sure the mood of the group is.
    pub(super) clarity: f32,
    pub(super) mood: MoodInput,
}

impl PersonLight {
    pub(super) fn new(owner: LightOwner, target: LightTarget) -> Self {
        let is_idle = matches!(owner, LightOwner::Idle(_));
        Self {
            owner,
            x: target.x,
            y: target.y,
            strength: 0.0,
            size: target.size,
            target,
            mood: target.mood,
            clarity: target.clarity,
            mask: FaceGlyph::ASLEEP,
            awake: 0.0,
            age: 0.0,
            leaving: None,
            // An idle light appears without a ring.
            greeting: if is_idle { 1.0 } else { 0.0 },
            farewell: 0.0,
        }
    }

    /// The mood of this person, eased.
    #[must_use]
    pub fn mood(&self) -> MoodInput {
        self.mood
    }

    /// How clearly it is known what to show, 0..=1; eased.
    #[must_use]
    pub fn clarity(&self) -> f32 {
        self.clarity
    }

    /// Age of the greeting, 0..=1; 1 when it is over.
    #[must_use]
    pub fn greeting(&self) -> f32 {
        self.greeting
    }

    /// Age of the farewell, 0..=1; 0 while the person is here.
    #[must_use]
    pub fn farewell(&self) -> f32 {
        self.farewell
    }

    /// Its colour under the palette for the mood of this person.
    #[must_use]
    pub fn color(&self, palette: &Palette) -> Oklch {
        let Oklch(l, c, h) = palette.low;
        Oklch(l.max(LEAST_LIGHTNESS), c, h)
    }

    /// The mask and its strength in the order of `scenes/common.wgsl`. Of the idle lights only the first has a face: one
    /// that sleeps.
    #[must_use]
    pub fn mask(&self) -> [[f32; 4]; 2] {
        let blink = 1.0 - blink(self.age + self.x);
        let mask = FaceGlyph { eyes: self.mask.eyes * blink, ..self.mask };
        let shown = if matches!(self.owner, LightOwner::Idle(n) if n > 0) { 0.0 } else { self.strength };
        mask.packed(shown)
    }

    /// Whether it belongs to nobody.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.owner, LightOwner::Idle(_))
    }

    pub(super) fn advance(&mut self, response: &PersonLightTiming, masks: &FaceGlyphTable, dt: f32) {
        let target = self.target;
        let is_idle = matches!(self.owner, LightOwner::Idle(_));
        self.x = exponential_smoothing::toward(self.x, target.x, dt, response.place_seconds);
        self.y = exponential_smoothing::toward(self.y, target.y, dt, response.place_seconds);
        self.size = exponential_smoothing::toward(self.size, target.size, dt, response.place_seconds);
        self.mood = toward(&self.mood, &target.mood, dt, response.expression_seconds);
        self.clarity =
            exponential_smoothing::toward(self.clarity, target.clarity, dt, response.expression_seconds);
        let bright = match (self.leaving, is_idle) {
            (Some(_), _) => 0.0,
            (None, true) => response.idle_strength,
            (None, false) => 0.35 + 0.65 * target.clarity.clamp(0.0, 1.0),
        };
        self.strength = exponential_smoothing::toward(self.strength, bright, dt, response.strength_seconds);
        self.awake = exponential_smoothing::toward(
            self.awake,
            f32::from(u8::from(!is_idle)),
            dt,
            response.strength_seconds,
        );
        self.mask = FaceGlyph::ASLEEP.toward(masks.of(&self.mood.probabilities), self.awake);
        self.age += dt;
        self.greeting = if is_idle { 1.0 } else { (self.age / response.greeting_seconds).min(1.0) };
        if let Some(leaving) = &mut self.leaving {
            *leaving += dt;
            self.farewell = (*leaving / response.farewell_seconds).min(1.0);
        } else {
            self.farewell = exponential_smoothing::toward(self.farewell, 0.0, dt, response.strength_seconds);
        }
    }
}

/// A light must be seen on the darkest sky.
const LEAST_LIGHTNESS: f32 = 0.5;

/// How far the eyes are shut by a blink, 0..=1: about every five seconds, for a third of a second.
fn blink(seconds: f32) -> f32 {
    let phase = (seconds / 5.2 + 0.13 * (seconds / 17.0 * TAU).sin()).rem_euclid(1.0) * 5.2;
    if phase < 0.34 { (std::f32::consts::PI * phase / 0.34).sin() } else { 0.0 }
}

fn toward(from: &MoodInput, to: &MoodInput, dt: f32, tau: f32) -> MoodInput {
    let share = exponential_smoothing::share(dt, tau);
    let step = |a: f32, b: f32| a + (b - a) * share;
    let mut weights = *from.probabilities.values();
    for (weight, target) in weights.iter_mut().zip(to.probabilities.values()) {
        *weight = step(*weight, *target);
    }
    MoodInput {
        valence: step(from.valence, to.valence),
        arousal: step(from.arousal, to.arousal),
        certainty: step(from.certainty, to.certainty),
        dispersion: step(from.dispersion, to.dispersion),
        probabilities: Probabilities::from_weights(weights),
    }
}
