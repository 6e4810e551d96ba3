//! Keeps the screen from blanking while pictures are shown.
//!
//! Nobody touches keyboard or mouse before an installation, so every desktop would blank it after ten minutes. Each
//! desktop has its own way to be told; all that there are are asked: `org.freedesktop.ScreenSaver` on the session bus
//! (KDE, GNOME, Xfce, MATE), else the portal (`org.freedesktop.portal.Inhibit`), and an X server itself
//! (`XScreenSaverSuspend`, which stops its screen saver and DPMS). All of them take the wish back by themselves when
//! the connection ends, so that even a program that was killed leaves no screen awake.

mod screen_savers;
mod session_bus;

pub use screen_savers::ScreenSavers;

use std::time::Duration;

use bevy::prelude::*;

use super::display_server::is_x11;
use crate::foundation::{
    Capacity, FrameStage, Received, WorkDone, Worker, WorkerError, WorkerEvent, WorkerOptions,
};
use crate::mood::Presence;
use crate::visuals::settings::VisualsSettings;

/// How often is looked whether those who were told still know: a screen saver may have been started again.
const LOOK_AGAIN: Duration = Duration::from_secs(20);
/// How long the end of the program waits for the wish to be taken back.
const FAREWELL: Duration = Duration::from_secs(2);

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_systems(Startup, start)
        .add_systems(Update, follow_room.in_set(FrameStage::Present).run_if(resource_exists::<AwakeScreen>));
}

/// Keeps the screen awake on a thread of its own, since a bus may take seconds to answer. Dropping it lets the screen
/// blank again.
#[derive(Resource)]
pub struct AwakeScreen {
    keeper: Worker<bool, String>,
    wanted: bool,
}

impl AwakeScreen {
    /// The screen may blank until [`set`](Self::set) says otherwise.
    ///
    /// # Errors
    /// [`WorkerError`] if the system gives no thread.
    pub fn new(savers: ScreenSavers) -> Result<Self, WorkerError> {
        let options = WorkerOptions::named("awake screen").jobs(Capacity::Latest).join_limit(FAREWELL);
        let mut savers = Some(savers);
        let keeper = Worker::spawn(options, move |context| {
            let Some(mut savers) = savers.take() else { return WorkDone::Finished };
            let mut wanted = false;
            loop {
                match context.next_job_within(LOOK_AGAIN) {
                    Received::Item(now) => wanted = now,
                    Received::TimedOut => {}
                    Received::Closed => break,
                }
                if let Some(news) = savers.set_awake(wanted) {
                    context.report(news);
                }
            }
            savers.set_awake(false);
            WorkDone::Finished
        })?;
        Ok(Self { keeper, wanted: false })
    }

    /// Keeps the screen awake, or lets it blank.
    pub fn set(&mut self, awake: bool) {
        if self.wanted != awake {
            self.wanted = awake;
            // The latest wish replaces an older one, so there is always room for it.
            let _ = self.keeper.send(awake);
        }
    }

    /// What became of the wish, in words.
    #[must_use]
    pub fn news(&self) -> Option<String> {
        self.keeper.poll().map(|event| match event {
            WorkerEvent::News(news) => news,
            WorkerEvent::Panicked(why) => format!("the screen may blank: {why}"),
        })
    }
}

fn start(mut commands: Commands) {
    match AwakeScreen::new(ScreenSavers::of_this_session(is_x11())) {
        Ok(screen) => commands.insert_resource(screen),
        Err(error) => warn!("the screen may blank: {error}"),
    }
}

fn follow_room(
    mut screen: ResMut<AwakeScreen>,
    settings: Res<VisualsSettings>,
    presence: Option<Res<Presence>>,
) {
    let may_sleep = settings.display.sleep_in_empty_room;
    let awake = stays_awake(may_sleep, presence.as_deref());
    if screen.wanted != awake {
        screen.set(awake);
    }
    while let Some(news) = screen.bypass_change_detection().news() {
        info!("{news}");
    }
}

/// The screen may sleep in a room that has been empty for long, unless somebody sets the mood by hand there.
fn stays_awake(may_sleep: bool, presence: Option<&Presence>) -> bool {
    !may_sleep || !presence.is_some_and(|room| room.is_idle() && !room.by_hand())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::PersonId;

    /// Somebody in the room, or no permission to sleep, keeps the screen awake.
    #[test]
    fn the_screen_sleeps_only_where_it_may() {
        let somebody = Presence::of(vec![PersonId(1)], Duration::ZERO);
        assert!(stays_awake(true, Some(&somebody)) && stays_awake(true, None));
        // A room that was never entered is not idle yet: that takes a while.
        assert!(stays_awake(true, Some(&Presence::default())));
        assert!(stays_awake(false, Some(&somebody)));
    }
}
