//! Guided sessions. So far: the one breath that everything on screen and in the ambient sound follows.

mod breath;

pub use breath::{Breath, BreathPattern, BreathPatternError, BreathStage};

use bevy::prelude::*;

use crate::foundation::FrameStage;

/// Owns [`Breath`]: the only writer of it.
pub struct SessionPlugin;

impl Plugin for SessionPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Breath>().add_systems(Update, advance_breath.in_set(FrameStage::Sense));
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
