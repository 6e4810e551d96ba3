//! Ink that unfolds in water. A step is an octave of its clouds.

use super::Program;

pub(super) const PROGRAM: Program = Program {
    name: "ink",
    wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/ink.wgsl")),
    steps: (2, 5),
};
