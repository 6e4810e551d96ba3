//! The bell of a session: rings every few minutes while somebody is in the room.

use std::time::Duration;

use bevy::prelude::*;

use super::cues::Cue;
use super::settings::MixerSettings;
use crate::mood::Mood;

/// Counts the minutes of who is here.
#[derive(Default)]
pub(super) struct IntervalBell {
    /// When it last rang, or somebody came.
    since: Option<Duration>,
}

impl IntervalBell {
    /// Whether it is time. Somebody whose face is not seen for a while, as with a bowed head, is still
    /// here; when the room has become idle, the next visit begins anew.
    fn look(&mut self, now: Duration, here: BellPresence, interval: Option<Duration>) -> bool {
        let Some(interval) = interval.filter(|_| here != BellPresence::Nobody) else {
            self.since = None;
            return false;
        };
        if self.since.is_none() && here == BellPresence::Hidden {
            return false;
        }
        let since = *self.since.get_or_insert(now);
        let due = now.saturating_sub(since) >= interval;
        if due {
            self.since = Some(now);
        }
        due
    }
}

/// Who is in the room, as far as a bell must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BellPresence {
    Seen,
    /// Nobody is seen, but not for long.
    Hidden,
    Nobody,
}

impl BellPresence {
    fn of(mood: &Mood) -> Self {
        // A hand on the dial belongs to somebody, also without a camera.
        if mood.people > 0 || mood.by_hand.is_some() {
            Self::Seen
        } else if mood.idle {
            Self::Nobody
        } else {
            Self::Hidden
        }
    }
}

pub(super) fn ring(
    mut bell: Local<IntervalBell>,
    mood: Res<Mood>,
    settings: Res<MixerSettings>,
    time: Res<Time>,
    mut cues: MessageWriter<Cue>,
) {
    let interval =
        (settings.bell_minutes > 0.0).then(|| Duration::from_secs_f32(60.0 * settings.bell_minutes));
    if bell.look(time.elapsed(), BellPresence::of(&mood), interval) {
        cues.write(Cue::Bell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which it rings within 20 minutes.
    fn rings(minutes: u64, here: impl Fn(u64) -> BellPresence) -> Vec<u64> {
        let mut bell = IntervalBell::default();
        let interval = (minutes > 0).then(|| Duration::from_mins(minutes));
        (0..1_200).filter(|at| bell.look(Duration::from_secs(*at), here(*at), interval)).collect()
    }

    #[test]
    fn it_rings_in_even_intervals_from_when_somebody_came() {
        let here = |at| if at < 30 { BellPresence::Nobody } else { BellPresence::Seen };
        assert_eq!(rings(5, here), [330, 630, 930]);
        assert_eq!(rings(0, here), [0; 0]);
    }

    #[test]
    fn a_bowed_head_is_somebody_and_an_empty_room_hears_nothing() {
        let bowed = |at| if (100..700).contains(&at) { BellPresence::Hidden } else { BellPresence::Seen };
        assert_eq!(rings(5, bowed), [300, 600, 900]);
        let left = |at| if (400..800).contains(&at) { BellPresence::Nobody } else { BellPresence::Seen };
        assert_eq!(rings(5, left), [300, 1_100]);
        assert_eq!(rings(5, |_| BellPresence::Hidden), [0; 0], "nobody ever came");
    }
}
