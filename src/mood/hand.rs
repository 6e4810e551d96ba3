//! The dial in the app: actions move it, and it is laid over the mood that the camera gave.

use bevy::prelude::*;

use super::dial::{Dial, DialSettings};
use super::{Mood, feel};
use crate::emotion::{Affect, Circumplex};
use crate::foundation::FrameStage;
use crate::input::{Action, Focus, Push};
use crate::sense::camera::SourceStatus;
use crate::settings::AddSettings as _;

/// Puts the dial somewhere, as a pointer on a drawn circle does.
#[derive(Message, Debug, Clone, Copy, PartialEq)]
pub struct DialTo(pub Affect);

/// The mood set by hand. Needs [`DialSettings`] and [`Circumplex`] as resources, and the
/// [`super::MoodPlugin`].
pub struct DialPlugin;

impl Plugin for DialPlugin {
    fn build(&self, app: &mut App) {
        app.add_settings::<DialSettings>("dial");
        app.init_resource::<Mood>()
            .init_resource::<SourceStatus>()
            .init_resource::<Focus>()
            .init_resource::<Push>()
            .add_message::<Action>()
            .add_message::<DialTo>()
            .add_systems(PreStartup, begin)
            .add_systems(Update, (turn, lay).chain().after(feel).in_set(FrameStage::Feel));
    }
}

fn begin(settings: Res<DialSettings>, mut commands: Commands) {
    commands.insert_resource(Dial::new(&settings));
}

fn turn(
    mut actions: MessageReader<Action>,
    mut places: MessageReader<DialTo>,
    focus: Res<Focus>,
    mut dial: ResMut<Dial>,
) {
    for action in actions.read() {
        match action {
            Action::ToggleDial => dial.toggle(),
            _ if *focus == Focus::Menu => {}
            Action::Up => dial.press(0.0, 1.0),
            Action::Down => dial.press(0.0, -1.0),
            Action::Left => dial.press(-1.0, 0.0),
            Action::Right => dial.press(1.0, 0.0),
            Action::Back if dial.is_open() => dial.close(),
            _ => {}
        }
    }
    for place in places.read() {
        dial.put(place.0);
    }
}

pub(super) fn lay(
    mut dial: ResMut<Dial>,
    mut mood: ResMut<Mood>,
    (push, focus): (Res<Push>, Res<Focus>),
    source: Res<SourceStatus>,
    circumplex: Res<Circumplex>,
    time: Res<Time>,
) {
    let push = if *focus == Focus::Picture { [push.0.x, push.0.y] } else { [0.0; 2] };
    let seen = Affect { valence: mood.fast.valence, arousal: mood.fast.arousal };
    dial.advance(time.delta_secs(), push, seen, source.live);
    // An untouched dial leaves the mood as it is, and unmarked as changed.
    let untouched = mood.by_hand.is_none() && dial.weight() <= 0.0;
    let mood = if untouched { mood.bypass_change_detection() } else { &mut *mood };
    dial.lay(mood, &circumplex, time.elapsed());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::time::TimeUpdateStrategy;

    use super::super::MoodPlugin;
    use super::*;
    use crate::app::settings::Settings;
    use crate::emotion::Emotion;
    use crate::foundation::FoundationPlugin;
    use crate::vision::perception::Reading;

    fn app() -> App {
        let settings = Settings::shipped().expect("valid");
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin, MoodPlugin, DialPlugin))
            .add_message::<Reading>()
            .insert_resource(settings.mood)
            .insert_resource(settings.dial)
            .insert_resource(Circumplex::shipped().expect("valid"))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(50)));
        app.update();
        app
    }

    fn press(app: &mut App, action: Action, times: usize) {
        for _ in 0..times {
            app.world_mut().write_message(action);
            app.update();
        }
    }

    fn wait(app: &mut App, seconds: f32) -> Mood {
        for _ in 0..(seconds * 20.0).round() as u32 {
            app.update();
        }
        app.world().resource::<Mood>().clone()
    }

    #[test]
    fn actions_set_the_mood_without_any_camera() {
        let mut app = app();
        press(&mut app, Action::Right, 3);
        assert_eq!(wait(&mut app, 1.0), Mood::default(), "a closed dial does nothing");
        press(&mut app, Action::ToggleDial, 1);
        press(&mut app, Action::Right, 9);
        press(&mut app, Action::Up, 5);
        let mood = wait(&mut app, 5.0);
        assert_eq!(mood.by_hand, Some(1.0));
        assert_eq!((mood.fast.emotion, mood.slow.emotion), (Some(Emotion::Happy), Some(Emotion::Happy)));
        assert_eq!(mood.people, 0);
        press(&mut app, Action::Back, 1);
        assert!(!app.world().resource::<Dial>().is_open());
        assert_eq!(wait(&mut app, 600.0).by_hand, Some(1.0), "without a camera it stays");
    }

    #[test]
    fn a_live_camera_takes_the_mood_back() {
        let mut app = app();
        app.world_mut().resource_mut::<SourceStatus>().live = true;
        press(&mut app, Action::ToggleDial, 1);
        press(&mut app, Action::Left, 4);
        let settings = app.world().resource::<DialSettings>().clone();
        assert!(wait(&mut app, 3.0).fast.valence < -0.2);
        assert!(wait(&mut app, settings.hold_seconds + settings.fade_seconds + 1.0).by_hand.is_none());
        assert!(app.world().resource::<Mood>().fast.valence.abs() < f32::EPSILON);
    }

    #[test]
    fn a_held_push_and_a_pointer_move_it_and_the_menu_keeps_it_still() {
        let mut app = app();
        press(&mut app, Action::ToggleDial, 1);
        app.world_mut().insert_resource(Focus::Menu);
        app.world_mut().resource_mut::<Push>().0 = Vec2::Y;
        press(&mut app, Action::Up, 3);
        assert_eq!(wait(&mut app, 1.0).by_hand, None);
        app.world_mut().insert_resource(Focus::Picture);
        assert!(wait(&mut app, 2.0).fast.arousal > 0.9);
        app.world_mut().resource_mut::<Push>().0 = Vec2::ZERO;
        app.world_mut().write_message(DialTo(Affect { valence: 0.6, arousal: -0.6 }));
        let mood = wait(&mut app, 3.0).fast;
        assert!((mood.valence - 0.6).abs() < 0.01 && (mood.arousal + 0.6).abs() < 0.01, "{mood:?}");
    }
}
