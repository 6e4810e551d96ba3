//! Hides the pointer while nobody moves it: on a wall it would stay in the picture for months.
//!
//! It is hidden at the start. A movement shows it, and so do the menu and the control for the mood when they open,
//! since there is something to point at then.

use bevy::prelude::*;
use bevy::window::{CursorMoved, CursorOptions, PrimaryWindow};

use crate::command::Screen;
use crate::foundation::FrameStage;
use crate::mood::ManualMood;
use crate::visuals::VisualsSettings;

pub(super) fn plugin(app: &mut App) {
    app.add_message::<CursorMoved>()
        .init_resource::<PointerRest>()
        .add_systems(Update, hide_pointer.in_set(FrameStage::Present));
}

/// What is known of the pointer.
#[derive(Resource)]
struct PointerRest {
    /// Seconds without a movement. At the start it has been still for ever.
    still_for: f32,
    /// Whether there was something to point at in the update before.
    had_control: bool,
    place_known: bool,
}

impl Default for PointerRest {
    fn default() -> Self {
        Self { still_for: f32::INFINITY, had_control: false, place_known: false }
    }
}

impl PointerRest {
    /// Whether it was moved. A window that opens under a still pointer is told its place first, which is no movement.
    fn is_movement(&mut self, moved: &CursorMoved) -> bool {
        let is_first = !std::mem::replace(&mut self.place_known, true);
        moved.delta.map_or(!is_first, |way| way != Vec2::ZERO)
    }

    /// Whether menu or control has opened since the last call.
    fn is_opening(&mut self, has_control: bool) -> bool {
        let before = std::mem::replace(&mut self.had_control, has_control);
        has_control && !before
    }
}

fn hide_pointer(
    time: Res<Time<Real>>,
    settings: Res<VisualsSettings>,
    mut moves: MessageReader<CursorMoved>,
    controls: (Option<Res<State<Screen>>>, Option<Res<ManualMood>>),
    mut rest: ResMut<PointerRest>,
    mut windows: Query<&mut CursorOptions, With<PrimaryWindow>>,
) {
    let has_control = controls.0.is_some_and(|screen| *screen.get() == Screen::Menu)
        || controls.1.is_some_and(|mood| mood.is_open());
    let is_opening = rest.is_opening(has_control);
    let has_moved = moves.read().filter(|moved| rest.is_movement(moved)).count() > 0;
    rest.still_for = if has_moved || is_opening { 0.0 } else { rest.still_for + time.delta_secs() };
    let visible = rest.still_for < settings.display.pointer_seconds;
    for mut cursor in &mut windows {
        if cursor.visible != visible {
            cursor.visible = visible;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::state::app::StatesPlugin;

    use super::*;

    struct PointerFixture {
        app: App,
        window: Entity,
    }

    impl PointerFixture {
        fn new() -> Self {
            let mut app = App::new();
            app.add_plugins(StatesPlugin)
                .init_state::<Screen>()
                .init_resource::<Time<Real>>()
                .init_resource::<VisualsSettings>()
                .add_plugins(plugin);
            let window = app.world_mut().spawn((PrimaryWindow, CursorOptions::default())).id();
            Self { app, window }
        }

        fn is_visible_after(&mut self, seconds: f32) -> bool {
            let mut time = self.app.world_mut().resource_mut::<Time<Real>>();
            time.advance_by(Duration::from_secs_f32(seconds));
            self.app.update();
            self.app.world().get::<CursorOptions>(self.window).expect("there").visible
        }

        fn move_pointer(&mut self, delta: Option<Vec2>) {
            let moved = CursorMoved { window: self.window, position: Vec2::ONE, delta };
            self.app.world_mut().write_message(moved);
        }
    }

    /// The pointer lay on the picture for as long as the program ran.
    #[test]
    fn the_pointer_is_hidden_at_the_start_and_when_it_rests() {
        let mut fixture = PointerFixture::new();
        assert!(!fixture.is_visible_after(0.01));
        // The window opens under it, and is moved under it.
        fixture.move_pointer(None);
        assert!(!fixture.is_visible_after(0.01));
        fixture.move_pointer(Some(Vec2::ZERO));
        assert!(!fixture.is_visible_after(0.01));
        fixture.move_pointer(Some(Vec2::X));
        assert!(fixture.is_visible_after(0.1));
        assert!(fixture.is_visible_after(2.5));
        assert!(!fixture.is_visible_after(0.6));
        // It comes in from another window.
        fixture.move_pointer(None);
        assert!(fixture.is_visible_after(0.1));
    }

    /// There is something to point at in the menu; there, too, a pointer that rests is hidden.
    #[test]
    fn the_pointer_returns_with_the_menu() {
        let mut fixture = PointerFixture::new();
        assert!(!fixture.is_visible_after(1.0));
        fixture.app.world_mut().resource_mut::<NextState<Screen>>().set(Screen::Menu);
        fixture.app.update();
        assert!(fixture.is_visible_after(1.0));
        assert!(!fixture.is_visible_after(4.0));
        fixture.move_pointer(Some(Vec2::Y));
        assert!(fixture.is_visible_after(0.1));
        // It returns each time that the menu opens.
        for (screen, visible) in [(Screen::Picture, false), (Screen::Menu, true)] {
            assert!(!fixture.is_visible_after(9.0));
            fixture.app.world_mut().resource_mut::<NextState<Screen>>().set(screen);
            fixture.app.update();
            assert_eq!(fixture.is_visible_after(0.1), visible, "{screen:?}");
        }
    }

    /// How long it rests is a setting.
    #[test]
    fn the_time_is_a_setting() {
        let mut fixture = PointerFixture::new();
        fixture.app.world_mut().resource_mut::<VisualsSettings>().display.pointer_seconds = 10.0;
        fixture.move_pointer(Some(Vec2::X));
        assert!(fixture.is_visible_after(0.1) && fixture.is_visible_after(9.0));
        assert!(!fixture.is_visible_after(1.5));
    }
}
