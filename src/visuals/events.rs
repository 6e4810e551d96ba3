//! Tells the other rooms which scene comes.

use bevy::prelude::*;

use super::showing::Showing;
use crate::event::Event;

/// The scene on show, or during a dissolve the one that comes, is another than in the last frame.
pub(super) fn write_scene_events(
    showing: Option<Res<Showing>>,
    mut last: Local<String>,
    mut events: MessageWriter<Event>,
) {
    let Some(showing) = showing else { return };
    let scene = showing.coming().unwrap_or_else(|| showing.scene());
    if *last != scene.name {
        last.clone_from(&scene.name);
        events.write(Event::SceneChanged { scene: scene.name.clone(), title: scene.title.clone() });
    }
}
