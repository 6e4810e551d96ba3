//! Guided sessions. So far: the one breath that everything on screen and in the ambient sound follows, and the soft end.

mod breath;
mod end_systems;
mod ending;
mod settings;

pub use breath::{Breath, BreathPattern, BreathPatternError, BreathStage};
pub use end_systems::{EndsOnSignals, PlannedEnd, note_signal};
pub use ending::{Ending, EndingSettings, EndingSettingsOverlay};
pub use settings::{BreathSettings, BreathSettingsOverlay, SessionSettings, SessionSettingsOverlay};

use bevy::prelude::*;

use crate::command;
use crate::foundation::{ClockMode, FrameStage};
use crate::settings::{AddSettings as _, SectionChanged};

/// Owns [`Breath`] and [`Ending`]: the only writer of them.
pub struct SessionPlugin;

impl Plugin for SessionPlugin {
    fn build(&self, app: &mut App) {
        command::plugin(app);
        app.add_settings::<SessionSettings>("session")
            .add_settings::<EndingSettings>("ending")
            .init_resource::<Ending>()
            .init_resource::<ClockMode>();
        let pattern = app.world().resource::<SessionSettings>().breath.pattern();
        app.insert_resource(Breath::new(pattern))
            .add_systems(
                Update,
                (
                    (follow_settings, advance_breath).chain(),
                    (end_systems::begin_end, end_systems::advance_end).chain(),
                )
                    .in_set(FrameStage::Sense),
            )
            .add_systems(Update, end_systems::exit_at_end.after(FrameStage::Record));
    }
}

/// The free pace is another one.
fn follow_settings(
    mut changes: MessageReader<SectionChanged<SessionSettings>>,
    settings: Res<SessionSettings>,
    mut breath: ResMut<Breath>,
) {
    if changes.read().any(|change| change.before.breath != settings.breath) {
        breath.follow(settings.breath.pattern());
    }
}

/// Reduced motion does not slow the breath: it is the pace that people breathe along with.
fn advance_breath(mut breath: ResMut<Breath>, time: Res<Time>) {
    breath.advance(time.delta_secs());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::settings::ChangeSetting;

    /// The breath follows app time.
    #[test]
    fn the_breath_of_an_app_follows_its_clock() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, SessionPlugin))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)));
        let mut expected = Breath::default();
        app.update();
        for _ in 0..50 {
            app.update();
            expected.advance(0.1);
        }
        assert!((app.world().resource::<Breath>().phase() - expected.phase()).abs() < 1e-3);
    }

    /// A person's own pace holds from the start, and another one is eased into.
    #[test]
    fn the_pace_of_the_breath_can_be_set() {
        let mut app = App::new();
        let slow = BreathSettings { in_seconds: 6.0, out_seconds: 9.0, ..BreathSettings::default() };
        app.insert_resource(SessionSettings { breath: slow })
            .add_plugins((MinimalPlugins, SessionPlugin))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)));
        app.update();
        assert!((app.world().resource::<Breath>().period() - 15.0).abs() < 1e-4, "from the start");
        let change = ChangeSetting { key: "session.breath.rest_seconds".into(), value: Some("3.0".into()) };
        app.world_mut().write_message(change);
        app.update();
        let breath = app.world().resource::<Breath>();
        assert!((breath.goal().period() - 18.0).abs() < 1e-4 && breath.period() < 15.5, "{breath:?}");
        for _ in 0..900 {
            app.update();
        }
        assert!((app.world().resource::<Breath>().period() - 18.0).abs() < 0.1);
    }
}
