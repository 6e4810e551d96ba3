//! The flash guard: no scene and no change between scenes may flash.
//!
//! A token bucket for each of 48 × 48 cells ([`token_bucket`]) limits how often light may reverse. A cell that may not
//! reverse keeps part of what was shown before; the share is the smallest of its neighbours and smooth between cells, so
//! no square is ever seen. A picture that does not flash passes untouched.
//!
//! The guard exists twice: [`CpuFlashGuard`] in plain Rust with property tests, and `gpu_guard` on the graphics card. A
//! test gives both the same pictures and compares every cell. [`FlashCounter`] judges finished pictures and shares no
//! code with the guard.

mod cpu_guard;
mod flash_counter;
pub(super) mod gpu_guard;
pub mod token_bucket;

pub use cpu_guard::{CELLS, CpuFlashGuard};
pub use flash_counter::{AREA, FlashCounter, FlashReport};
pub use token_bucket::FlashLimits;
