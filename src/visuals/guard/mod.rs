//! The flash guard: no scene and no change between scenes may flash.
//!
//! [`limit`] says how far each cell of the picture may move, [`PictureGuard`] does so for a picture in plain Rust,
//! `gpu` on the graphics card, and [`FlashCounter`] judges finished pictures on its own.

mod counter;
pub(super) mod gpu;
pub mod limit;
mod picture;

pub use counter::{AREA, FlashCounter, Verdict};
pub use picture::{CELLS, PictureGuard};
