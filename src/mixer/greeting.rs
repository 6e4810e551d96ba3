//! A soft sound when a person comes into an empty room, and another when the last one leaves.

use std::time::Duration;

use bevy::prelude::*;

use super::cues::Cue;
use super::settings::MixerSettings;
use crate::mood::Presence;

/// Whether anyone was present, and when the last sound was played.
#[derive(Default)]
pub(super) struct Greeter {
    occupied: bool,
    rang: Option<Duration>,
}

impl Greeter {
    /// The cue that is due. Sounds are at least `pause` apart.
    fn due(&mut self, now: Duration, people: usize, pause: Duration) -> Option<Cue> {
        let occupied = people > 0;
        if occupied == self.occupied {
            return None;
        }
        self.occupied = occupied;
        if self.rang.is_some_and(|rang| now.saturating_sub(rang) < pause) {
            return None;
        }
        self.rang = Some(now);
        Some(if occupied { Cue::Welcome } else { Cue::Farewell })
    }
}

pub(super) fn greet(
    mut greeter: Local<Greeter>,
    presence: Res<Presence>,
    settings: Res<MixerSettings>,
    time: Res<Time>,
    mut cues: MessageWriter<Cue>,
) {
    if !settings.greet {
        return;
    }
    let pause = Duration::from_secs_f32(settings.greet_pause_seconds);
    if let Some(cue) = greeter.due(time.elapsed(), presence.people().len(), pause) {
        cues.write(cue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coming_and_going_rings_but_not_again_and_again() {
        let mut greeter = Greeter::default();
        let pause = Duration::from_secs(10);
        let mut due = |seconds, people| greeter.due(Duration::from_secs(seconds), people, pause);
        assert_eq!(due(0, 0), None);
        assert_eq!(due(1, 1), Some(Cue::Welcome));
        assert_eq!(due(2, 2), None);
        assert_eq!(due(3, 0), None, "too soon after the welcome");
        assert_eq!(due(4, 1), None);
        assert_eq!(due(30, 0), Some(Cue::Farewell));
    }
}
