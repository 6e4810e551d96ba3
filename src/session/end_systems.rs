//! What ends a run: the time that was planned, a person, or a signal of the system.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bevy::prelude::*;

use super::ending::{Ending, EndingSettings};
use crate::command::{Command, Request};
use crate::foundation::ClockMode;

/// Signals that this process has received.
static SIGNALS: AtomicU32 = AtomicU32::new(0);
/// The status of a process that a second signal ended at once.
const ENDED_AT_ONCE: i32 = 130;
/// A sound device plays what it has buffered for about this long after the end.
const DEVICE_REST: Duration = Duration::from_millis(150);

/// A time that is this near is reached.
const ROUNDING: Duration = Duration::from_millis(1);

/// App time at which the run ends by itself.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedEnd(pub Duration);

/// Whether this run heeds the signals of its process; tests that run many apps in one process do not.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndsOnSignals;

/// The handler of SIGINT and SIGTERM: the first one ends the run softly, a second one ends the process at once.
pub fn note_signal() {
    if SIGNALS.fetch_add(1, Ordering::SeqCst) > 0 {
        process::exit(ENDED_AT_ONCE);
    }
}

/// Begins the end when one of its causes is there.
pub(super) fn begin_end(
    mut ending: ResMut<Ending>,
    settings: Res<EndingSettings>,
    (planned, on_signals): (Option<Res<PlannedEnd>>, Option<Res<EndsOnSignals>>),
    mut requests: MessageReader<Request>,
    (time, mode): (Res<Time>, Res<ClockMode>),
) {
    let now = time.elapsed();
    let seconds = Duration::from_secs_f32;
    let mut end_in = |length: Duration| {
        if ending.end().is_none_or(|end| end > now + length) {
            ending.end_at(now + length);
        }
    };
    if requests.read().any(|request| request.command == Command::Quit) {
        end_in(seconds(settings.quit_seconds));
    }
    if on_signals.is_some() && SIGNALS.load(Ordering::Relaxed) > 0 {
        end_in(seconds(settings.signal_seconds));
    }
    if let Some(planned) = planned {
        // The asked length holds the fade and what a device still plays after it.
        let end = planned.0.saturating_sub(rest(*mode));
        let length = seconds(settings.planned_seconds).min(end / 2);
        if now + length >= end {
            end_in(end.saturating_sub(now));
        }
    }
}

/// Lets the fade go on.
pub(super) fn advance_end(mut ending: ResMut<Ending>, time: Res<Time>) {
    if ending.end().is_some() {
        ending.advance(time.elapsed(), time.delta());
    }
}

/// Ends the app when sound and picture are gone.
pub(super) fn exit_at_end(
    ending: Res<Ending>,
    (time, mode): (Res<Time>, Res<ClockMode>),
    mut exits: MessageWriter<AppExit>,
) {
    // Thirty steps of a thirtieth of a second are some nanoseconds less than one.
    if ending.is_over(time.elapsed() + ROUNDING, rest(*mode)) {
        exits.write(AppExit::Success);
    }
}

fn rest(mode: ClockMode) -> Duration {
    if mode.is_stepped() { Duration::ZERO } else { DEVICE_REST }
}

#[cfg(test)]
mod tests {
    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::foundation::FoundationPlugin;
    use crate::session::SessionPlugin;

    const STEP: Duration = Duration::from_millis(100);

    fn app(planned: Option<f32>) -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin, SessionPlugin))
            .insert_resource(ClockMode::Stepped { step: STEP })
            .insert_resource(TimeUpdateStrategy::ManualDuration(STEP));
        if let Some(seconds) = planned {
            app.insert_resource(PlannedEnd(Duration::from_secs_f32(seconds)));
        }
        app
    }

    /// App times, in seconds, at which the light begins to fall and the app ends.
    fn fade(app: &mut App) -> (f32, f32) {
        let mut began = None;
        for _ in 0..1_000 {
            app.update();
            let now = app.world().resource::<Time>().elapsed_secs();
            let light = app.world().resource::<Ending>().light();
            began = began.or((light < 1.0).then_some(now));
            if app.should_exit() == Some(AppExit::Success) {
                assert!(light <= 0.0, "{light}");
                return (began.unwrap_or(now), now);
            }
        }
        panic!("it never ends")
    }

    /// The fade of a planned end lies within the planned time; a short run fades for half of it.
    #[test]
    fn a_planned_end_has_its_fade_before_it() {
        let (began, ended) = fade(&mut app(Some(20.0)));
        let length = EndingSettings::default().planned_seconds;
        assert!((ended - 20.0).abs() < 0.06 && (began - (20.0 - length)).abs() < 0.21, "{began} {ended}");
        let (began, ended) = fade(&mut app(Some(4.0)));
        assert!((ended - 4.0).abs() < 0.06 && (began - 2.0).abs() < 0.21, "{began} {ended}");
    }

    /// Quit fades, for its own length, and also in the middle of a planned end.
    #[test]
    fn a_person_who_quits_is_answered_by_a_fade() {
        let length = EndingSettings::default().quit_seconds;
        for planned in [None, Some(9.0)] {
            let mut app = app(planned);
            while app.world().resource::<Time>().elapsed_secs() < 5.0 {
                app.update();
            }
            let now = app.world().resource::<Time>().elapsed_secs();
            app.world_mut().write_message(Request::script(Command::Quit));
            let (_, ended) = fade(&mut app);
            assert!((ended - now - length).abs() < 0.21, "{planned:?}: {now} {ended}");
        }
    }
}
