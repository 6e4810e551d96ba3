//! Stars that find each other, and link the people in view. A step is a layer of stars.

use super::Program;

pub(super) const PROGRAM: Program = Program {
    name: "constellation",
    wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/constellation.wgsl")),
    steps: (1, 3),
};
