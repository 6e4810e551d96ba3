//! Tells the other rooms what changed in the mood.

use bevy::prelude::*;

use super::{Mood, MoodState};
use crate::emotion::Emotion;
use crate::event::{Event, MoodPace};

/// What the last event said.
#[derive(Default)]
pub(super) struct LastTold {
    fast: Option<Emotion>,
    slow: Option<Emotion>,
    people: usize,
}

pub(super) fn write_mood_events(
    mood: Res<Mood>,
    mut last: Local<LastTold>,
    mut events: MessageWriter<Event>,
) {
    let last = &mut *last;
    for (pace, state, told) in
        [(MoodPace::Fast, &mood.fast, &mut last.fast), (MoodPace::Slow, &mood.slow, &mut last.slow)]
    {
        if *told != state.emotion {
            *told = state.emotion;
            events.write(mood_changed(pace, state));
        }
    }
    if last.people != mood.people {
        last.people = mood.people;
        events.write(Event::PeopleChanged { people: mood.people });
    }
}

fn mood_changed(pace: MoodPace, state: &MoodState) -> Event {
    Event::MoodChanged {
        pace,
        emotion: state.emotion,
        probability: state.probability(),
        valence: state.valence,
        arousal: state.arousal,
    }
}
