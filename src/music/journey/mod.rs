//! Journeys: music that begins at the mood of the listener and leads to another one.
//!
//! The iso principle of music therapy: match the mood first, then change it in small steps (Starcke et al.,
//! IJERPH 2021; Law & Horner, JASA 2024). Tracks lie in the plane of valence and arousal by their brightness
//! and energy.

mod connected_components;
mod plan;
mod plot;
mod progress;
mod route;
mod settings;
mod track_graph;

pub use plan::plan;
pub use plot::draw;
pub use progress::JourneyProgress;
pub use route::{JourneyGap, JourneyLeg, JourneyPlan, Route, Waypoint};
pub use settings::{JourneySettings, JourneySettingsOverlay, NamedMood};
