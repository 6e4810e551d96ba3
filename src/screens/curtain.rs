//! Darkness over picture and text at the end of a run.

use bevy::prelude::*;

use super::schedule::DrawScreens;
use crate::session::Ending;

/// Above everything else on the screen.
const ON_TOP: GlobalZIndex = GlobalZIndex(i32::MAX);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Ending>()
        .add_systems(Update, draw_curtain.in_set(DrawScreens).run_if(resource_changed::<Ending>));
}

#[derive(Component)]
struct Curtain;

/// Closes the curtain as far as the end is. Until then there is none.
fn draw_curtain(
    mut commands: Commands,
    ending: Res<Ending>,
    curtain: Option<Single<&mut BackgroundColor, With<Curtain>>>,
) {
    if ending.end().is_none() {
        return;
    }
    let color = BackgroundColor(Color::BLACK.with_alpha(1.0 - ending.light()));
    if let Some(mut curtain) = curtain {
        **curtain = color;
        return;
    }
    let whole = Node {
        position_type: PositionType::Absolute,
        width: percent(100),
        height: percent(100),
        ..default()
    };
    commands.spawn((Name::new("curtain"), Curtain, ON_TOP, whole, color));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::command::{Command, Request};
    use crate::foundation::{ClockMode, FoundationPlugin, FrameStage};
    use crate::session::SessionPlugin;

    /// Nothing lies over the picture until the run ends; then darkness comes in small steps, and it is whole when the app
    /// ends.
    #[test]
    fn the_curtain_closes_before_the_app_ends() {
        let step = Duration::from_millis(50);
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin, SessionPlugin))
            .insert_resource(ClockMode::Stepped { step })
            .insert_resource(TimeUpdateStrategy::ManualDuration(step))
            .add_plugins(plugin)
            .configure_sets(Update, DrawScreens.in_set(FrameStage::Present));
        let alpha = |app: &mut App| {
            let mut curtains = app.world_mut().query_filtered::<&BackgroundColor, With<Curtain>>();
            curtains.iter(app.world()).map(|color| color.0.alpha()).collect::<Vec<f32>>()
        };
        app.update();
        app.update();
        assert_eq!(alpha(&mut app), [0.0_f32; 0]);
        app.world_mut().write_message(Request::script(Command::Quit));
        let mut last = 0.0;
        while app.should_exit().is_none() {
            app.update();
            let [now] = alpha(&mut app)[..] else { panic!("one curtain") };
            assert!((0.0..0.08).contains(&(now - last)), "from {last} to {now}");
            last = now;
        }
        assert!((last - 1.0).abs() < 1e-6, "{last}");
    }
}
