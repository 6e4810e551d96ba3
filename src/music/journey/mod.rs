//! Journeys: music that begins where somebody is, and leads to where they would like to be.
//!
//! The iso principle of music therapy: match the mood first, then lead it in small steps (Starcke et al.,
//! IJERPH 2021; Law & Horner, JASA 2024). Tracks lie in the plane of valence and arousal by their brightness
//! and energy.

mod ground;
mod islands;
mod lead;
mod plan;
mod plot;
mod settings;

pub use lead::{JourneyProgress, on_the_way};
pub use plan::{JourneyGap, JourneyLeg, JourneyPlan, Route, Waypoint, plan};
pub use plot::draw;
pub use settings::{JourneySettings, JourneySettingsOverlay, NamedMood};
