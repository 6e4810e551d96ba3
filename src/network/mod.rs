//! Networks that are described by manifests: reading, checking, feeding and running them.
//!
//! The code knows no network by name; `models/*.ron` tells it everything.

mod embedded;
mod error;
mod manifest;
mod run;
mod sample;
mod store;

pub use error::ModelError;
pub use manifest::{
    AnchorGrid, Colour, Crop, DetectorSpec, ExpressionSpec, Input, Layout, Manifest, Output, Task,
};
pub use run::Network;
pub use sample::{Beyond, Square, sample};
pub use store::{Model, Models, Origin};
