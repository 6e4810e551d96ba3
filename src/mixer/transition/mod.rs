//! Planning transitions: when, how long, with which curve, and how loud. Plain numbers, no sound.

mod fade_curve;
pub(super) mod planner;
mod settings;
pub(super) mod transition_gain;

pub use fade_curve::{FadeCurve, FadeCurveSetting};
pub use planner::{FadeLengthSource, TransitionPlan};
pub(super) use planner::{TransitionRules, TransitionSide, Urgency};
pub use settings::{TransitionGainSettings, TransitionGainSettingsOverlay};
pub(super) use transition_gain::TransitionGain;
