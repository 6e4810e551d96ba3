//! Thousands of lights that flock. A step is a layer of birds.

use super::Program;

pub(super) const PROGRAM: Program = Program {
    name: "murmuration",
    wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/murmuration.wgsl")),
    steps: (3, 10),
};
