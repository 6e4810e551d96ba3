//! Lights of a town behind wet glass. A step is a layer of running drops.

use super::Program;

pub(super) const PROGRAM: Program =
    Program { name: "rain", wgsl: include_str!("../../../scenes/rain.wgsl"), steps: (1, 3) };
