//! Hides the pointer while nobody moves it: on a wall it would stay in the picture for months.

use bevy::prelude::*;
use bevy::window::{CursorMoved, CursorOptions, PrimaryWindow};

use crate::foundation::FrameStage;

/// Seconds without a movement after which the pointer is hidden.
const HIDDEN_AFTER: f32 = 3.0;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<CursorMoved>().add_systems(Update, hide_pointer.in_set(FrameStage::Present));
}

fn hide_pointer(
    time: Res<Time<Real>>,
    mut moves: MessageReader<CursorMoved>,
    mut rests_for: Local<f32>,
    mut windows: Query<&mut CursorOptions, With<PrimaryWindow>>,
) {
    *rests_for = if moves.read().count() > 0 { 0.0 } else { *rests_for + time.delta_secs() };
    let visible = *rests_for < HIDDEN_AFTER;
    for mut cursor in &mut windows {
        if cursor.visible != visible {
            cursor.visible = visible;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The pointer lay on the picture for as long as the program ran.
    #[test]
    fn a_pointer_that_rests_is_hidden_until_it_moves() {
        let mut app = App::new();
        app.init_resource::<Time<Real>>().add_plugins(plugin);
        let window = app.world_mut().spawn((PrimaryWindow, CursorOptions::default())).id();
        let visible_after = |app: &mut App, seconds: f32| {
            app.world_mut().resource_mut::<Time<Real>>().advance_by(Duration::from_secs_f32(seconds));
            app.update();
            app.world().get::<CursorOptions>(window).expect("there").visible
        };
        assert!(visible_after(&mut app, 1.0));
        assert!(!visible_after(&mut app, 5.0));
        app.world_mut().write_message(CursorMoved { window, position: Vec2::ONE, delta: None });
        assert!(visible_after(&mut app, 0.1));
        assert!(!visible_after(&mut app, 4.0));
    }
}
