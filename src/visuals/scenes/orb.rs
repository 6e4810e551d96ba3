//! A sphere of soft light that breathes. A step is an octave of the veils on its surface.

use super::Program;

pub(super) const PROGRAM: Program =
    Program { name: "orb", wgsl: include_str!("../../../scenes/orb.wgsl"), steps: (2, 5) };
