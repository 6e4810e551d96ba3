//! Guided sessions. So far: the one breath that everything on screen and in the ambient sound follows, and the soft end.

mod breath;
mod end_systems;
mod ending;

pub use breath::{Breath, BreathPattern, BreathPatternError, BreathStage};
pub use end_systems::{EndsOnSignals, PlannedEnd, note_signal};
pub use ending::{Ending, EndingSettings, EndingSettingsOverlay};

use bevy::prelude::*;

use crate::command;
use crate::foundation::{ClockMode, FrameStage};
use crate::settings::AddSettings as _;

/// Owns [`Breath`] and [`Ending`]: the only writer of them.
pub struct SessionPlugin;

impl Plugin for SessionPlugin {
    fn build(&self, app: &mut App) {
        command::plugin(app);
        app.add_settings::<EndingSettings>("ending")
            .init_resource::<Breath>()
            .init_resource::<Ending>()
            .init_resource::<ClockMode>()
            .add_systems(
                Update,
                (advance_breath, (end_systems::begin_end, end_systems::advance_end).chain())
                    .in_set(FrameStage::Sense),
            )
            .add_systems(Update, end_systems::exit_at_end.after(FrameStage::Record));
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

    /// The breath follows app time, and adding the plugin to a running breath keeps it.
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
}
