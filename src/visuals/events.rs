//! The events of the visuals: another scene.

use bevy::prelude::*;

use super::scene::SceneCrossfade;
use crate::event::Event;

/// The scene on show, or during a dissolve the one that comes, is another than in the last frame.
pub(super) fn write_scene_events(
    crossfade: Option<Res<SceneCrossfade>>,
    mut last: Local<String>,
    mut events: MessageWriter<Event>,
) {
    let Some(crossfade) = crossfade else { return };
    let scene = crossfade.current();
    if *last != scene.name {
        last.clone_from(&scene.name);
        events.write(Event::SceneChanged { scene: scene.name.clone(), title: scene.title.clone() });
    }
}
