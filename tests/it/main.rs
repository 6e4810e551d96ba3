//! Every test that drives the program from outside.

mod camera;
