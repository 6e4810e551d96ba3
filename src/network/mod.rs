//! Networks that are described by manifests: reading, checking, feeding and running them.
//!
//! The code knows no network by name; `models/*.ron` tells it everything.

mod embedded;
mod error;
mod manifest;
mod tract_network;
mod image_sampling;
mod model_store;

pub use error::ModelError;
pub use manifest::{
    AnchorGrid, ColourOrder, CropSpec, DetectorSpec, ExpressionSpec, InputSpec, TensorLayout, Manifest, OutputKind, Task,
};
pub use tract_network::Network;
pub use image_sampling::{BeyondEdge, CropSquare, sample};
pub use model_store::{Model, Models, ModelOrigin};
