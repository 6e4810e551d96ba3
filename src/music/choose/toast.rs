//! A short message on the screen that answers a button press.

use std::time::Duration;

use bevy::prelude::*;

/// What to tell somebody who has just pressed "like" or the like: a few words, for a short time.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct Toast {
    pub words: Option<&'static str>,
    until: Duration,
}
