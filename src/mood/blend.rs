//! The mood is blended in one place.

use super::manual_mood::ManualMood;
use super::mood_state::{Mood, SensedMood};
use super::presence::Presence;

/// The mood from what is sensed, who is in view, and what is set by hand. On each clock, with the weight
/// `w` of the manual mood: `p = p_sensed + w (p_manual − p_sensed)`, and the same for valence, arousal and
/// confidence (a mood set by hand is certain). Nobody in view counts as the middle of the circle.
#[must_use]
pub fn blend(sensed: &SensedMood, presence: &Presence, manual: &ManualMood) -> Mood {
    let [fast, slow] = manual.overlays();
    Mood {
        fast: fast.over(&sensed.fast),
        slow: slow.over(&sensed.slow),
        people: presence.people().len(),
        dispersion: sensed.dispersion,
        unknown: sensed.unknown,
        idle: presence.is_idle(),
        by_hand: manual.set_weight(),
    }
}
