//! A lost graphics device is a fault that heals, not the end of the evening.
//!
//! Bevy makes a new device and draws on. What it cannot heal (a driver that refuses pictures, full graphics memory, a
//! device that does not come back) is left to a new start of the program, where there may be one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bevy::post_process::bloom::{BloomBindGroups, BloomTexture};
use bevy::prelude::*;
use bevy::render::error_handler::{ErrorType, RenderError, RenderErrorHandler, RenderErrorPolicy};
use bevy::render::render_resource::PollType;
use bevy::render::renderer::RenderDevice;
use bevy::render::settings::{RenderCreation, WgpuSettings};
use bevy::render::{Render, RenderApp, RenderStartup, RenderSystems};

use crate::foundation::{Faults, FrameStage};
use crate::visuals::faults;

/// So many pictures after a loss, the device counts as well again.
const PICTURES_TO_BE_WELL: u64 = 10;
/// When the picture has not come back by then, it will not.
const PATIENCE: Duration = Duration::from_secs(15);

/// The exit code of a run that asks to be started again, because its picture does not come back.
pub const START_AGAIN: u8 = 75;

/// Whoever runs the app starts it again when it ends with [`START_AGAIN`]. Without this the picture stands still and
/// the music goes on.
#[derive(Resource, Debug, Clone, Copy)]
pub struct MayStartAgain;

/// Pictures drawn since the start, counted by the renderer.
#[derive(Resource, Clone, Default)]
struct Drawn(Arc<AtomicU64>);

/// What is known of a picture that does not come.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
struct Trouble {
    /// App time at which it began; `None` while all is well.
    since: Option<Duration>,
    /// How many pictures were drawn at the last error.
    drawn: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outlook {
    Well,
    Waiting,
    Hopeless,
}

impl Trouble {
    fn error(&mut self, now: Duration, drawn: u64) {
        self.since.get_or_insert(now);
        self.drawn = drawn;
    }

    fn look(&mut self, now: Duration, drawn: u64) -> Outlook {
        let Some(since) = self.since else { return Outlook::Well };
        if drawn > self.drawn + PICTURES_TO_BE_WELL {
            self.since = None;
            return Outlook::Well;
        }
        if now.saturating_sub(since) > PATIENCE { Outlook::Hopeless } else { Outlook::Waiting }
    }
}

pub(super) fn plugin(app: &mut App) {
    let drawn = Drawn::default();
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .insert_resource(drawn.clone())
        .add_systems(Render, count_pictures.in_set(RenderSystems::Cleanup))
        .add_systems(RenderStartup, forget_bloom);
    if let Some(every) = rehearsed() {
        render
            .insert_resource(Rehearsal { every, last: Instant::now() })
            .add_systems(Render, rehearse.in_set(RenderSystems::PostCleanup));
    }
    app.insert_resource(drawn)
        .init_resource::<Trouble>()
        .insert_resource(RenderErrorHandler(on_error))
        .add_systems(Update, heal.in_set(FrameStage::Present));
}

/// Bevy makes nearly all of its buffers and textures anew for another device, but a camera that does not draw keeps
/// the bloom of the old one, and is asked for it.
fn forget_bloom(mut commands: Commands, views: Query<Entity, With<BloomTexture>>) {
    for view in &views {
        commands.entity(view).remove::<(BloomTexture, BloomBindGroups)>();
    }
}

fn count_pictures(drawn: Res<Drawn>) {
    drawn.0.fetch_add(1, Ordering::Relaxed);
}

fn on_error(error: &RenderError, main: &mut World, _render: &mut World) -> RenderErrorPolicy {
    let now = main.get_resource::<Time>().map_or(Duration::ZERO, Time::elapsed);
    let drawn = main.get_resource::<Drawn>().map_or(0, |drawn| drawn.0.load(Ordering::Relaxed));
    main.get_resource_or_init::<Trouble>().error(now, drawn);
    let mut faults = main.get_resource_or_init::<Faults>();
    match error.ty {
        ErrorType::DeviceLost => {
            let what = "The graphics card went away; it is being started again.";
            faults.raise(faults::GRAPHICS_DEVICE, what, now);
            RenderErrorPolicy::Recover(RenderCreation::Automatic(Box::<WgpuSettings>::default()))
        }
        ErrorType::OutOfMemory => {
            let what =
                "The graphics memory is full; the picture stands still. A lower visuals.resolution helps.";
            faults.raise(faults::GRAPHICS_ERROR, what, now);
            RenderErrorPolicy::StopRendering
        }
        // Drawing on would repeat the error in every frame, and may flash.
        ErrorType::Validation | ErrorType::Internal => {
            let what = "The graphics driver refused the picture, which stands still. A restart may help.";
            faults.raise(faults::GRAPHICS_ERROR, what, now);
            RenderErrorPolicy::StopRendering
        }
    }
}

fn heal(
    drawn: Res<Drawn>,
    mut trouble: ResMut<Trouble>,
    mut faults: ResMut<Faults>,
    may: Option<Res<MayStartAgain>>,
    time: Res<Time>,
    mut exits: MessageWriter<AppExit>,
) {
    if trouble.since.is_none() {
        return;
    }
    match trouble.look(time.elapsed(), drawn.0.load(Ordering::Relaxed)) {
        Outlook::Well => {
            faults.clear(faults::GRAPHICS_DEVICE);
            faults.clear(faults::GRAPHICS_ERROR);
        }
        Outlook::Hopeless if may.is_some() => {
            error!("the picture does not come back; Attune starts again");
            exits.write(AppExit::from_code(START_AGAIN));
        }
        Outlook::Hopeless | Outlook::Waiting => {}
    }
}

/// Loses the device every so many seconds, to see that it comes back: `ATTUNE_LOSE_DEVICE=20`.
const REHEARSE: &str = "ATTUNE_LOSE_DEVICE";

#[derive(Resource)]
struct Rehearsal {
    every: Duration,
    last: Instant,
}

fn rehearsed() -> Option<Duration> {
    let seconds: f64 = std::env::var(REHEARSE).ok()?.parse().ok()?;
    (seconds >= 1.0).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

fn rehearse(mut rehearsal: ResMut<Rehearsal>, device: Res<RenderDevice>) {
    if rehearsal.last.elapsed() < rehearsal.every {
        return;
    }
    rehearsal.last = Instant::now();
    warn!("{REHEARSE}: the graphics device is given up");
    device.wgpu_device().destroy();
    // Makes the loss known, as a driver does between two pictures; an error is what is wanted here.
    let _ = device.poll(PollType::wait_indefinitely());
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_loss_is_over_some_pictures_later() {
        let mut trouble = Trouble::default();
        trouble.error(SECOND, 100);
        assert_eq!(trouble.look(2 * SECOND, 100 + PICTURES_TO_BE_WELL), Outlook::Waiting);
        assert_eq!(trouble.look(3 * SECOND, 101 + PICTURES_TO_BE_WELL), Outlook::Well);
        assert_eq!(trouble, Trouble { since: None, drawn: 100 });
    }

    #[test]
    fn a_picture_that_does_not_come_back_is_hopeless_however_often_the_error_comes() {
        let mut trouble = Trouble::default();
        for second in 1..16 {
            trouble.error(second * SECOND, 100);
            assert_eq!(trouble.look(second * SECOND, 100), Outlook::Waiting);
        }
        assert_eq!(trouble.look(SECOND + PATIENCE + SECOND, 100), Outlook::Hopeless);
    }

    /// A few updates of an app whose picture stands still.
    fn exit_after_an_error(may: bool) -> Option<AppExit> {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .insert_resource(bevy::time::TimeUpdateStrategy::ManualDuration(SECOND))
            .init_resource::<Drawn>()
            .init_resource::<Faults>()
            .insert_resource(Trouble { since: Some(Duration::ZERO), drawn: 0 })
            .add_systems(Update, heal);
        app.world_mut().resource_mut::<Time<Virtual>>().set_max_delta(10 * SECOND);
        if may {
            app.insert_resource(MayStartAgain);
        }
        (0..20).find_map(|_| {
            app.update();
            app.should_exit()
        })
    }

    #[test]
    fn a_hopeless_picture_ends_the_run_only_where_it_is_started_again() {
        assert_eq!(exit_after_an_error(true), Some(AppExit::from_code(START_AGAIN)));
        assert_eq!(exit_after_an_error(false), None);
    }
}
