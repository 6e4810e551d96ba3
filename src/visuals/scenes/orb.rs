//! A sphere of soft light that breathes. A step is an octave of the veils on its surface.

use super::Program;

pub(super) const PROGRAM: Program = Program {
    name: "orb",
    wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/orb.wgsl")),
    steps: (2, 5),
};
