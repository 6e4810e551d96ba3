//! Line drawings of the people in view, amid rings of light. A step is an octave of the silk behind them.

use super::Program;

pub(super) const PROGRAM: Program = Program {
    name: "mirror",
    wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/mirror.wgsl")),
    steps: (2, 4),
};
