//! The people in view as lights of the picture.

mod face_mask;
mod light;
mod lights;
mod response;
mod systems;

pub use face_mask::FaceMask;
pub use light::PersonLight;
pub use lights::{MOST_LIGHTS, PeopleLights, VisiblePerson};
pub use response::PresenceResponse;

pub(super) use systems::plugin;
