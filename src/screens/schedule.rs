//! When the screens are drawn.

use bevy::prelude::*;

/// The systems that put text and controls on the picture, after the status of the frame is known.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DrawScreens;
