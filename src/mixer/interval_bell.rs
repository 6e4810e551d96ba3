//! The interval bell: rings every few minutes while a person is present.

use std::time::Duration;

use bevy::prelude::*;

use super::cues::Cue;
use super::settings::MixerSettings;
use crate::mood::Presence;

/// Counts the minutes of a visit ([`Presence::visit_since`]): a bowed head does not end it, an idle room does.
#[derive(Default)]
pub(super) struct IntervalBell {
    /// When it last rang, or the visit began.
    since: Option<Duration>,
}

impl IntervalBell {
    /// Whether it is time.
    fn is_due(&mut self, now: Duration, visited: bool, interval: Option<Duration>) -> bool {
        let Some(interval) = interval.filter(|_| visited) else {
            self.since = None;
            return false;
        };
        let since = *self.since.get_or_insert(now);
        let due = now.saturating_sub(since) >= interval;
        if due {
            self.since = Some(now);
        }
        due
    }
}

pub(super) fn ring(
    mut bell: Local<IntervalBell>,
    presence: Res<Presence>,
    settings: Res<MixerSettings>,
    time: Res<Time>,
    mut cues: MessageWriter<Cue>,
) {
    let interval =
        (settings.bell_minutes > 0.0).then(|| Duration::from_secs_f32(60.0 * settings.bell_minutes));
    if bell.is_due(time.elapsed(), presence.visit_since().is_some(), interval) {
        cues.write(Cue::Bell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which it rings within 20 minutes.
    fn rings(minutes: u64, visited: impl Fn(u64) -> bool) -> Vec<u64> {
        let mut bell = IntervalBell::default();
        let interval = (minutes > 0).then(|| Duration::from_mins(minutes));
        (0..1_200).filter(|at| bell.is_due(Duration::from_secs(*at), visited(*at), interval)).collect()
    }

    #[test]
    fn it_rings_in_even_intervals_from_the_beginning_of_a_visit() {
        assert_eq!(rings(5, |at| at >= 30), [330, 630, 930]);
        assert_eq!(rings(0, |at| at >= 30), [0; 0]);
    }

    #[test]
    fn the_next_visit_begins_anew_and_an_empty_room_hears_nothing() {
        assert_eq!(rings(5, |at| !(400..800).contains(&at)), [300, 1_100]);
        assert_eq!(rings(5, |_| false), [0; 0]);
    }
}
