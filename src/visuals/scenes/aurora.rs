//! Curtains of light over a lake. A step is a curtain.

use super::Program;

pub(super) const PROGRAM: Program =
    Program { name: "aurora", wgsl: include_str!("../../../scenes/aurora.wgsl"), steps: (2, 8) };
