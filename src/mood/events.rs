//! Tells the other rooms what changed in the mood.

use bevy::prelude::*;

use super::mood_state::{Mood, MoodState};
use super::presence::{PersonArrived, PersonLeft};
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
    (mut arrived, mut left): (MessageReader<PersonArrived>, MessageReader<PersonLeft>),
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
    events.write_batch(arrived.read().map(|_| Event::PersonArrived));
    events.write_batch(left.read().map(|_| Event::PersonLeft));
    if last.people != mood.people {
        last.people = mood.people;
        events.write(Event::PeopleChanged { people: mood.people });
    }
}

fn mood_changed(pace: MoodPace, state: &MoodState) -> Event {
    Event::MoodChanged {
        pace,
        emotion: state.emotion,
        probability: state.probability,
        valence: state.valence,
        arousal: state.arousal,
    }
}
