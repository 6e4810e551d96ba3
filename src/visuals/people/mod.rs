//! The people in view as lights of the picture.

mod face_glyph;
mod light;
mod light_timing;
mod lights;
mod systems;

pub use face_glyph::FaceGlyph;
pub use light::PersonLight;
pub use light_timing::PersonLightTiming;
pub use lights::{MOST_LIGHTS, PeopleLights, VisiblePerson};

pub(super) use systems::plugin;
