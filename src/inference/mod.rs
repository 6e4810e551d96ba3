//! Networks that are described by manifests: reading, checking, feeding and running them.
//!
//! The code knows no network by name; `models/*.ron` tells it everything.

mod embedded;
mod error;
mod image_sampling;
mod manifest;
mod model_store;
mod tract_network;

pub use error::ModelError;
pub use image_sampling::{BeyondEdge, CropSquare, sample};
pub use manifest::{
    AnchorGrid, ColourOrder, CropSpec, DetectorSpec, ExpressionSpec, InputSpec, Manifest, OutputKind, Task,
    TensorLayout,
};
pub use model_store::{Model, ModelOrigin, Models};
pub use tract_network::Network;
