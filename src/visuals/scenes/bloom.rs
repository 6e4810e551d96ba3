//! A kaleidoscopic flower of folded light. A step is a ring of petals.

use super::Program;

pub(super) const PROGRAM: Program = Program {
    name: "bloom",
    wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/bloom.wgsl")),
    steps: (4, 11),
};
