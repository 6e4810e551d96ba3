//! Ridge behind ridge, with mist and a low sun. A step is a ridge.

use super::Program;

pub(super) const PROGRAM: Program = Program {
    name: "dusk",
    wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/dusk.wgsl")),
    steps: (4, 9),
};
