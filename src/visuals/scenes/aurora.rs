//! Curtains of light over a lake. A step is a curtain.

use super::Program;

pub(super) const PROGRAM: Program = Program {
    name: "aurora",
    wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/aurora.wgsl")),
    steps: (2, 8),
};
