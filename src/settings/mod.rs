//! Settings in layers, declared once. Names no room.

mod layered;

pub use layered::Layered;
pub(crate) use layered::settings;
