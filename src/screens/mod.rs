//! What people read: HUD, menu, operator panel.

mod dial;
mod fading;
mod history;
mod hud;
mod menu;
mod panel;
mod style;
mod words;

pub use history::{History, Sample, Spread};
pub use words::{Camera, Line, PRIVACY, Words, looks_like, words};

use bevy::prelude::*;
use bevy::render::RenderApp;

use crate::foundation::{Faults, FrameStage};
use crate::input::{Action, Focus};
use crate::mixer::{Cue, NowPlaying, SoundLevels};
use crate::mood::Mood;
use crate::music::{LibraryStatus, Toast};
use crate::sense::camera::{CameraSwitch, SourceStatus};
use crate::vision::perception::{PerceptionStatus, Reading};
use crate::visuals::Output;

/// What lies over the picture. The experience goes on in each.
#[derive(States, Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Screen {
    /// Only the words.
    #[default]
    Experience,
    /// The menu.
    Menu,
}

/// The words on the picture. Needs Bevy's states. Without a renderer it keeps [`Words`] and
/// [`History`] and draws nothing; the operator panel needs a window.
pub struct ScreensPlugin;

impl Plugin for ScreensPlugin {
    fn build(&self, app: &mut App) {
        app.init_state::<Screen>()
            .init_resource::<Mood>()
            .init_resource::<NowPlaying>()
            .init_resource::<SoundLevels>()
            .init_resource::<SourceStatus>()
            .init_resource::<PerceptionStatus>()
            .init_resource::<Focus>()
            .init_resource::<Faults>()
            .init_resource::<Toast>()
            .init_resource::<Words>()
            .init_resource::<History>()
            .add_message::<Reading>()
            .add_message::<Action>()
            .add_message::<Cue>()
            .add_systems(Update, (find_words, remember).in_set(FrameStage::Present).before(Drawing))
            .add_systems(OnEnter(Screen::Menu), |mut focus: ResMut<Focus>| *focus = Focus::Menu)
            .add_systems(OnExit(Screen::Menu), |mut focus: ResMut<Focus>| *focus = Focus::Picture)
            .add_systems(Update, (obey, switch_camera.run_if(resource_exists::<CameraSwitch>)));
        let draws = app.get_sub_app(RenderApp).is_some();
        if draws {
            app.add_plugins((hud::plugin, dial::plugin, menu::plugin));
        }
        if draws && matches!(app.world().get_resource::<Output>(), Some(Output::Window { .. })) {
            app.add_plugins(panel::plugin);
        }
    }
}

/// The systems that put words on the picture.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Drawing;

fn find_words(
    mood: Res<Mood>,
    playing: Res<NowPlaying>,
    (source, switch): (Res<SourceStatus>, Option<Res<CameraSwitch>>),
    (faults, answered, library): (Res<Faults>, Res<Toast>, Option<Res<LibraryStatus>>),
    mut shown: ResMut<Words>,
) {
    let camera = if switch.is_none_or(|switch| switch.on) { Camera::On } else { Camera::Off };
    let mut said = words(&mood, &playing, &source, camera, &faults, answered.words.as_deref());
    if let Some(progress) = library.and_then(|library| library.words()) {
        // The topic stays, so that a counting number does not flicker.
        said.around.text = format!("{} · {progress}", said.around.text);
    }
    shown.set_if_neq(said);
}

fn switch_camera(mut actions: MessageReader<Action>, mut switch: ResMut<CameraSwitch>) {
    if actions.read().filter(|action| **action == Action::ToggleCamera).count() % 2 == 1 {
        switch.on = !switch.on;
    }
}

fn remember(
    mood: Res<Mood>,
    levels: Res<SoundLevels>,
    time: Res<Time>,
    mut readings: MessageReader<Reading>,
    mut history: ResMut<History>,
) {
    for reading in readings.read() {
        history.reading(reading);
    }
    history.sample(Sample {
        at: time.elapsed(),
        valence: mood.fast.valence,
        arousal: mood.fast.arousal,
        probabilities: mood.fast.probabilities,
        rms: levels.rms,
    });
}

/// Does what concerns the screen as a whole.
fn obey(
    mut actions: MessageReader<Action>,
    screen: Res<State<Screen>>,
    mut next: ResMut<NextState<Screen>>,
    mut exit: MessageWriter<AppExit>,
) {
    for action in actions.read() {
        match action {
            Action::ToggleMenu => next.set(match screen.get() {
                Screen::Experience => Screen::Menu,
                Screen::Menu => Screen::Experience,
            }),
            Action::Quit => {
                exit.write(AppExit::Success);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use bevy::state::app::StatesPlugin;

    use super::*;
    use crate::app::settings::Settings;
    use crate::foundation::{ClockMode, FoundationPlugin};
    use crate::sense::camera::{CameraPlugin, SourceSpec};

    #[test]
    fn an_action_closes_the_camera_and_another_opens_it() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatesPlugin, FoundationPlugin))
            .insert_resource(ClockMode::Stepped { step: std::time::Duration::from_millis(50) })
            .insert_resource(Settings::shipped().expect("valid").camera)
            .add_plugins((CameraPlugin { spec: SourceSpec::Clip(None) }, ScreensPlugin));
        for on in [false, true] {
            app.world_mut().write_message(Action::ToggleCamera);
            for _ in 0..5 {
                app.update();
            }
            assert_eq!(app.world().resource::<CameraSwitch>().on, on);
            let status = app.world().resource::<SourceStatus>();
            assert_eq!((status.name == "camera off", status.live), (!on, on), "{status:?}");
            let said = &app.world().resource::<Words>().around.text;
            assert_eq!(said.contains("camera off"), !on, "{said}");
        }
    }
}
