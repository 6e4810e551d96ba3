//! Lights of a town behind wet glass. A step is a layer of running drops.

use super::Program;

pub(super) const PROGRAM: Program = Program {
    name: "rain",
    wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/rain.wgsl")),
    steps: (1, 3),
};
