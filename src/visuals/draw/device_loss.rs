//! A lost graphics device is a fault that heals, and does not end the program.
//!
//! Bevy makes a new device and prepares everything anew, except for the bloom of a camera that does not draw, which is
//! dropped here, and the buffers of egui (see the operator panel). The fault stays on the screen until ten pictures were drawn.
//!
//! A picture that does not come back within 15 seconds (a driver that refuses pictures, full graphics memory, a device
//! that stays away) needs a new start of the program: `attune run` executes itself again, at most three times within ten
//! minutes, since an error that comes at once would otherwise restart it for ever. Where no restart is allowed the
//! picture stands still and the music goes on. `ATTUNE_LOSE_DEVICE=20` destroys the device every 20 seconds.

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

/// After this many pictures since a loss the device counts as recovered.
const PICTURES_UNTIL_RECOVERED: u64 = 10;
/// A device that draws no picture for this long is not waited for any longer.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(15);

/// The exit code of a run that asks to be started again, because its picture does not come back.
pub const RESTART_EXIT_CODE: u8 = 75;

/// The process is started again when it ends with [`RESTART_EXIT_CODE`]. Without this resource the picture stands still
/// and the music goes on.
#[derive(Resource, Debug, Clone, Copy)]
pub struct RestartAllowed;

/// Pictures drawn since the start, counted by the renderer.
#[derive(Resource, Clone, Default)]
struct DrawnFrames(Arc<AtomicU64>);

/// Since when pictures are missing.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
struct DeviceHealth {
    /// App time at which it began; `None` while pictures are drawn.
    since: Option<Duration>,
    /// How many pictures were drawn at the last error.
    drawn: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DeviceOutlook {
    Recovered,
    Waiting,
    TimedOut,
}

impl DeviceHealth {
    fn error(&mut self, now: Duration, drawn: u64) {
        self.since.get_or_insert(now);
        self.drawn = drawn;
    }

    fn outlook(&mut self, now: Duration, drawn: u64) -> DeviceOutlook {
        let Some(since) = self.since else { return DeviceOutlook::Recovered };
        if drawn > self.drawn + PICTURES_UNTIL_RECOVERED {
            self.since = None;
            return DeviceOutlook::Recovered;
        }
        if now.saturating_sub(since) > RECOVERY_TIMEOUT {
            DeviceOutlook::TimedOut
        } else {
            DeviceOutlook::Waiting
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    let drawn = DrawnFrames::default();
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .insert_resource(drawn.clone())
        .add_systems(Render, count_pictures.in_set(RenderSystems::Cleanup))
        .add_systems(RenderStartup, drop_bloom);
    if let Some(every) = test_interval() {
        render
            .insert_resource(DeviceLossTest { every, last: Instant::now() })
            .add_systems(Render, lose_device.in_set(RenderSystems::PostCleanup));
    }
    app.insert_resource(drawn)
        .init_resource::<DeviceHealth>()
        .insert_resource(RenderErrorHandler(on_error))
        .add_systems(Update, watch_recovery.in_set(FrameStage::Present));
}

/// Bevy makes nearly all of its buffers and textures anew for another device. A camera that does not draw keeps the bloom
/// textures of the old one, and they would be used.
fn drop_bloom(mut commands: Commands, views: Query<Entity, With<BloomTexture>>) {
    for view in &views {
        commands.entity(view).remove::<(BloomTexture, BloomBindGroups)>();
    }
}

fn count_pictures(drawn: Res<DrawnFrames>) {
    drawn.0.fetch_add(1, Ordering::Relaxed);
}

fn on_error(error: &RenderError, main: &mut World, _render: &mut World) -> RenderErrorPolicy {
    let now = main.get_resource::<Time>().map_or(Duration::ZERO, Time::elapsed);
    let drawn = main.get_resource::<DrawnFrames>().map_or(0, |drawn| drawn.0.load(Ordering::Relaxed));
    main.get_resource_or_init::<DeviceHealth>().error(now, drawn);
    let mut faults = main.get_resource_or_init::<Faults>();
    match error.ty {
        ErrorType::DeviceLost => {
            let what = "The graphics card went away; it is being started again.";
            faults.raise(faults::GRAPHICS_DEVICE, what, now);
            RenderErrorPolicy::Recover(RenderCreation::Automatic(Box::<WgpuSettings>::default()))
        }
        ErrorType::OutOfMemory => {
            let what =
                "The graphics memory is full; the picture stands still. A lower visuals.quality.level helps.";
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

fn watch_recovery(
    drawn: Res<DrawnFrames>,
    mut health: ResMut<DeviceHealth>,
    mut faults: ResMut<Faults>,
    restart: Option<Res<RestartAllowed>>,
    time: Res<Time>,
    mut exits: MessageWriter<AppExit>,
) {
    if health.since.is_none() {
        return;
    }
    match health.outlook(time.elapsed(), drawn.0.load(Ordering::Relaxed)) {
        DeviceOutlook::Recovered => {
            faults.clear(faults::GRAPHICS_DEVICE);
            faults.clear(faults::GRAPHICS_ERROR);
        }
        DeviceOutlook::TimedOut if restart.is_some() => {
            error!("the picture does not come back; Attune starts again");
            exits.write(AppExit::from_code(RESTART_EXIT_CODE));
        }
        DeviceOutlook::TimedOut | DeviceOutlook::Waiting => {}
    }
}

/// Destroys the device every N seconds, to see that it comes back: `ATTUNE_LOSE_DEVICE=20`.
const LOSE_DEVICE: &str = "ATTUNE_LOSE_DEVICE";

#[derive(Resource)]
struct DeviceLossTest {
    every: Duration,
    last: Instant,
}

fn test_interval() -> Option<Duration> {
    let seconds: f64 = std::env::var(LOSE_DEVICE).ok()?.parse().ok()?;
    (seconds >= 1.0).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

fn lose_device(mut test: ResMut<DeviceLossTest>, device: Res<RenderDevice>) {
    if test.last.elapsed() < test.every {
        return;
    }
    test.last = Instant::now();
    warn!("{LOSE_DEVICE}: the graphics device is destroyed");
    device.wgpu_device().destroy();
    // Reports the loss, as a driver does between two pictures; the error is the purpose.
    let _ = device.poll(PollType::wait_indefinitely());
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A device counts as recovered only after some pictures were drawn with it.
    #[test]
    fn a_loss_is_over_some_pictures_later() {
        let mut health = DeviceHealth::default();
        health.error(SECOND, 100);
        assert_eq!(health.outlook(2 * SECOND, 100 + PICTURES_UNTIL_RECOVERED), DeviceOutlook::Waiting);
        assert_eq!(health.outlook(3 * SECOND, 101 + PICTURES_UNTIL_RECOVERED), DeviceOutlook::Recovered);
        assert_eq!(health, DeviceHealth { since: None, drawn: 100 });
    }

    /// Repeated errors do not restart the timeout of the first one.
    #[test]
    fn a_picture_that_does_not_come_back_times_out_however_often_the_error_comes() {
        let mut health = DeviceHealth::default();
        for second in 1..16 {
            health.error(second * SECOND, 100);
            assert_eq!(health.outlook(second * SECOND, 100), DeviceOutlook::Waiting);
        }
        assert_eq!(health.outlook(SECOND + RECOVERY_TIMEOUT + SECOND, 100), DeviceOutlook::TimedOut);
    }

    /// A few updates of an app whose picture stands still.
    fn exit_after_an_error(restart_allowed: bool) -> Option<AppExit> {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .insert_resource(bevy::time::TimeUpdateStrategy::ManualDuration(SECOND))
            .init_resource::<DrawnFrames>()
            .init_resource::<Faults>()
            .insert_resource(DeviceHealth { since: Some(Duration::ZERO), drawn: 0 })
            .add_systems(Update, watch_recovery);
        app.world_mut().resource_mut::<Time<Virtual>>().set_max_delta(10 * SECOND);
        if restart_allowed {
            app.insert_resource(RestartAllowed);
        }
        (0..20).find_map(|_| {
            app.update();
            app.should_exit()
        })
    }

    /// After the timeout the run ends with the restart code if a restart is allowed, and goes on otherwise.
    #[test]
    fn a_timeout_ends_the_run_only_where_it_is_started_again() {
        assert_eq!(exit_after_an_error(true), Some(AppExit::from_code(RESTART_EXIT_CODE)));
        assert_eq!(exit_after_an_error(false), None);
    }
}
