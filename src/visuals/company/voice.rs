//! One light of the picture: a person, all who are felt, or a dream.

use std::f32::consts::TAU;

use super::super::easing;
use super::super::mask::{Mask, Masks};
use super::super::palette::{Oklch, Palette};
use super::super::senses::Seen;
use super::manners::Manners;
use crate::emotion::Probabilities;

/// Whose light it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Person(u32),
    /// All who are felt, when no single face is known: a mood that was set by hand.
    Everybody,
    /// Nobody: a light that dreams.
    Dream(usize),
}

/// One light of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Voice {
    pub(super) owner: Owner,
    /// Place: −1 left ..= 1 right, −1 bottom ..= 1 top; eased.
    pub x: f32,
    pub y: f32,
    /// Brightness, 0..=1; eased.
    pub strength: f32,
    /// How near: 0 far ..= 1 close; eased.
    pub size: f32,
    pub(super) goal: Goal,
    seen: Seen,
    mask: Mask,
    /// 0 asleep ..= 1 awake.
    pub(super) awake: f32,
    /// Seconds since it began to greet.
    pub(super) age: f32,
    pub(super) unseen: f32,
    /// Seconds since it began to leave.
    pub(super) leaving: Option<f32>,
    greeting: f32,
    pub(super) farewell: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Goal {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) seen: Seen,
}

impl Voice {
    pub(super) fn new(owner: Owner, goal: Goal) -> Self {
        let dreams = matches!(owner, Owner::Dream(_));
        Self {
            owner,
            x: goal.x,
            y: goal.y,
            strength: 0.0,
            size: goal.size,
            goal,
            seen: goal.seen,
            mask: Mask::ASLEEP,
            awake: 0.0,
            age: 0.0,
            unseen: 0.0,
            leaving: None,
            // A dream comes quietly.
            greeting: if dreams { 1.0 } else { 0.0 },
            farewell: 0.0,
        }
    }

    /// What is seen of this person, eased.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen
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

    /// Its colour under the palette for what is seen of this person.
    #[must_use]
    pub fn color(&self, palette: &Palette) -> Oklch {
        let Oklch(l, c, h) = palette.low;
        Oklch(l.max(LEAST_LIGHTNESS), c, h)
    }

    /// The mask and its strength in the order of `scenes/common.wgsl`. A dream shows one sleeping face.
    #[must_use]
    pub fn mask(&self) -> [[f32; 4]; 2] {
        let blink = 1.0 - blink(self.age + self.x);
        let mask = Mask { eyes: self.mask.eyes * blink, ..self.mask };
        let shown = if matches!(self.owner, Owner::Dream(n) if n > 0) { 0.0 } else { self.strength };
        mask.packed(shown)
    }

    pub(super) fn advance(&mut self, manners: &Manners, masks: &Masks, dt: f32) {
        let goal = self.goal;
        let dreams = matches!(self.owner, Owner::Dream(_));
        self.x = easing::toward(self.x, goal.x, dt, manners.place_seconds);
        self.y = easing::toward(self.y, goal.y, dt, manners.place_seconds);
        self.size = easing::toward(self.size, goal.size, dt, manners.place_seconds);
        self.seen = toward(&self.seen, &goal.seen, dt, manners.expression_seconds);
        let bright = match (self.leaving, dreams) {
            (Some(_), _) => 0.0,
            (None, true) => manners.dream_strength,
            (None, false) => 0.35 + 0.65 * goal.seen.certainty.clamp(0.0, 1.0),
        };
        self.strength = easing::toward(self.strength, bright, dt, manners.strength_seconds);
        self.awake = easing::toward(self.awake, f32::from(u8::from(!dreams)), dt, manners.strength_seconds);
        self.mask = Mask::ASLEEP.toward(masks.of(&self.seen.probabilities), self.awake);
        self.age += dt;
        self.greeting = if dreams { 1.0 } else { (self.age / manners.greeting_seconds).min(1.0) };
        if let Some(leaving) = &mut self.leaving {
            *leaving += dt;
            self.farewell = (*leaving / manners.farewell_seconds).min(1.0);
        } else {
            self.farewell = easing::toward(self.farewell, 0.0, dt, manners.strength_seconds);
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

fn toward(from: &Seen, to: &Seen, dt: f32, tau: f32) -> Seen {
    let share = easing::share(dt, tau);
    let step = |a: f32, b: f32| a + (b - a) * share;
    let mut weights = *from.probabilities.values();
    for (weight, goal) in weights.iter_mut().zip(to.probabilities.values()) {
        *weight = step(*weight, *goal);
    }
    Seen {
        valence: step(from.valence, to.valence),
        arousal: step(from.arousal, to.arousal),
        certainty: step(from.certainty, to.certainty),
        dispersion: step(from.dispersion, to.dispersion),
        probabilities: Probabilities::from_weights(weights),
    }
}

pub(super) fn dreams(voice: &Voice) -> bool {
    matches!(voice.owner, Owner::Dream(_))
}
