//! How a parameter of the picture follows mood, sound and breath, and which parameters there are.

use serde::{Deserialize, Serialize};

use super::problem::{InvalidSceneField, SceneProblem};
use crate::emotion::Emotion;

/// How one parameter follows mood and sound:
/// `base + Σ mood weights` eased with `seconds`, plus `Σ sound weights` eased with `sound_seconds`,
/// plus the breath, kept within `range`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterMapping {
    /// Value in an empty, silent room.
    pub base: f32,
    /// Smallest and largest value.
    pub range: (f32, f32),
    /// Time constant for the mood, in seconds.
    pub seconds: f32,
    #[serde(default)]
    pub mood: MoodWeights,
    #[serde(default)]
    pub sound: SoundWeights,
    /// Time constant for the sound, in seconds.
    #[serde(default = "half_a_second")]
    pub sound_seconds: f32,
    /// Half of it is added with full lungs and taken off with empty ones.
    #[serde(default)]
    pub breath: f32,
}

fn half_a_second() -> f32 {
    0.5
}

impl Default for ParameterMapping {
    fn default() -> Self {
        Self {
            base: 0.0,
            range: (0.0, 1.0),
            seconds: 2.0,
            mood: MoodWeights::default(),
            sound: SoundWeights::default(),
            sound_seconds: half_a_second(),
            breath: 0.0,
        }
    }
}

/// Weights of the mood. They count as 0 while nobody is in view.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MoodWeights {
    pub valence: f32,
    pub arousal: f32,
    /// Probability of the emotion that holds.
    pub certainty: f32,
    /// 1 while somebody is in view.
    pub presence: f32,
    /// How far the people in view differ.
    pub dispersion: f32,
    pub angry: f32,
    pub disgust: f32,
    pub fear: f32,
    pub happy: f32,
    pub sad: f32,
    pub surprise: f32,
    pub neutral: f32,
}

/// Weights of the sound.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SoundWeights {
    pub rms: f32,
    /// Mean of the two lowest bands.
    pub bass: f32,
    /// Mean of the four bands between.
    pub middle: f32,
    /// Mean of the two highest bands.
    pub treble: f32,
    pub onset: f32,
    /// 1 on a beat, 0 between two, 0 where no beat is known.
    pub beat: f32,
}

macro_rules! parameters {
    ($($(#[$meta:meta])* $name:ident,)+) => {
        /// How every parameter of the picture is moved. One that is left out stays at 0.
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct SceneParameters {
            $($(#[$meta])* pub $name: ParameterMapping,)+
        }

        /// The value of every parameter now.
        #[derive(Debug, Clone, Copy, PartialEq, Default)]
        pub struct ParameterValues {
            $($(#[$meta])* pub $name: f32,)+
        }

        impl SceneParameters {
            /// What they are called.
            pub const NAMES: [&'static str; Self::COUNT] = [$(stringify!($name)),+];
            /// How many parameters there are.
            pub const COUNT: usize = [$(stringify!($name)),+].len();

            /// Names and mappings, in the order of [`ParameterValues::from_array`].
            #[must_use]
            pub fn named(&self) -> [(&'static str, &ParameterMapping); Self::COUNT] {
                [$((stringify!($name), &self.$name)),+]
            }
        }

        impl ParameterValues {
            /// From values in the order of [`SceneParameters::named`].
            #[must_use]
            pub fn from_array(values: [f32; SceneParameters::COUNT]) -> Self {
                let [$($name),+] = values;
                Self { $($name),+ }
            }

            /// The values in the same order.
            #[must_use]
            pub fn to_array(&self) -> [f32; SceneParameters::COUNT] {
                [$(self.$name),+]
            }
        }
    };
}

parameters! {
    /// How fast the picture moves, in cells of noise per second.
    speed,
    /// How much of the sky the light fills.
    density,
    /// How fine the folds are.
    scale,
    /// How far the light reaches, in screen heights.
    height,
    /// Brightness of the light.
    brightness,
    /// How much the light is bent.
    warp,
    /// 0 round, 1 angular.
    tension,
    /// Fine trembling.
    shiver,
    /// 0: light rises from a hem; 1: light hangs down like a veil.
    fall,
    /// Glowing mist.
    mist,
    /// How many stars.
    sparkle,
    /// Glow over the land.
    glow,
    /// How strongly the bands of the sound shape the light.
    listen,
    /// 0: everything moves together; 1: its parts pull against each other.
    turbulence,
    /// How bright the light of each person is.
    lights,
    /// How bright the mask of each person is.
    mask,
}

/// Longest time constant, in seconds.
const LONGEST_SECONDS: f32 = 600.0;

/// Shortest time constant of sound, in seconds, so that no beat becomes a flash.
pub(super) const LEAST_SOUND_SECONDS: f32 = 0.15;

/// Refuses a time constant in seconds that is below `least` or above ten minutes, by the name of its field.
pub(super) fn check_seconds(field: &str, value: f32, least: f32) -> Result<(), InvalidSceneField> {
    if (least..=LONGEST_SECONDS).contains(&value) {
        return Ok(());
    }
    let (what, greatest, unit) = ("", LONGEST_SECONDS, " seconds");
    Err((field.to_owned(), SceneProblem::OutOfRange { what, value, least, greatest, unit }))
}

impl ParameterMapping {
    pub(super) fn validate(&self, name: &str) -> Result<(), InvalidSceneField> {
        let field = |part: &str| format!("parameters.{name}.{part}");
        let (low, high) = self.range;
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return Err((field("range"), SceneProblem::NotARange { low, high }));
        }
        if !(low..=high).contains(&self.base) {
            let base = self.base;
            return Err((field("base"), SceneProblem::BaseOutsideRange { base, low, high }));
        }
        let weights = self.mood.sum_of_sizes() + self.sound.sum_of_sizes() + self.breath.abs();
        if !weights.is_finite() {
            return Err((field("mood"), SceneProblem::WeightNotFinite));
        }
        check_seconds(&field("seconds"), self.seconds, 0.2)?;
        check_seconds(&field("sound_seconds"), self.sound_seconds, LEAST_SOUND_SECONDS)
    }
}

impl MoodWeights {
    pub(super) fn sum_of_sizes(&self) -> f32 {
        let own = [self.valence, self.arousal, self.certainty, self.presence, self.dispersion];
        own.iter().chain(&self.emotions()).map(|w| w.abs()).sum()
    }

    /// The weights of the seven emotions in the order of [`Emotion::ALL`].
    #[must_use]
    pub fn emotions(&self) -> [f32; 7] {
        Emotion::ALL.map(|emotion| match emotion {
            Emotion::Angry => self.angry,
            Emotion::Disgust => self.disgust,
            Emotion::Fear => self.fear,
            Emotion::Happy => self.happy,
            Emotion::Sad => self.sad,
            Emotion::Surprise => self.surprise,
            Emotion::Neutral => self.neutral,
        })
    }
}

impl SoundWeights {
    pub(super) fn sum_of_sizes(&self) -> f32 {
        let own = [self.rms, self.bass, self.middle, self.treble, self.onset, self.beat];
        own.iter().map(|w| w.abs()).sum()
    }
}
