//! The people whom the mood knows become lights.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::lights::{PeopleLights, VisiblePerson};
use crate::emotion::FacePlace;
use crate::foundation::FrameStage;
use crate::mood::{Mood, People, PersonMood, Presence};
use crate::visuals::inputs::{MoodInput, frame_seconds};
use crate::visuals::scene::AdvanceScenes;

pub(in crate::visuals) fn plugin(app: &mut App) {
    app.init_resource::<People>().init_resource::<Presence>().add_systems(
        Update,
        update_people_lights
            .in_set(FrameStage::Present)
            .before(AdvanceScenes)
            .run_if(resource_exists::<PeopleLights>),
    );
}

/// Who is present, what is known of each, and the mood of the group.
#[derive(SystemParam)]
struct PeopleSources<'w> {
    presence: Res<'w, Presence>,
    people: Res<'w, People>,
    mood: Res<'w, Mood>,
}

fn update_people_lights(mut lights: ResMut<PeopleLights>, sources: PeopleSources, time: Res<Time>) {
    let visible: Vec<VisiblePerson> = sources.people.0.iter().filter_map(visible_person).collect();
    lights.follow(sources.presence.people(), &visible);
    lights.advance(MoodInput::of_group(&sources.mood).as_ref(), frame_seconds(time.delta()));
}

/// A person as in a mirror: what is on the left of the room is on the left of the picture. `None` for somebody whose
/// place no sensor knows.
fn visible_person(person: &PersonMood) -> Option<VisiblePerson> {
    let FacePlace { x, y, height } = person.place?;
    Some(VisiblePerson {
        id: person.id,
        x: 1.0 - 2.0 * x,
        y: 1.0 - 2.0 * y,
        size: height,
        readability: person.readability,
        mood: MoodInput {
            valence: person.affect.valence,
            arousal: person.affect.arousal,
            certainty: person.current.top().1,
            dispersion: 0.0,
            probabilities: person.current,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::{Circumplex, Emotion, PersonId};

    /// A light shows what the mood knows of its person, mirrored, and not the raw reading of a frame.
    #[test]
    fn a_light_shows_the_person_as_the_mood_knows_them() {
        let circumplex = Circumplex::shipped().expect("whole");
        let place = FacePlace { x: 0.25, y: 0.4, height: 0.3 };
        let known = PersonMood::certain(PersonId(3), place, Emotion::Sad, &circumplex);
        let seen = visible_person(&PersonMood { readability: 0.4, ..known }).expect("a place");
        assert!((seen.x - 0.5).abs() < 1e-6 && (seen.y - 0.2).abs() < 1e-6 && (seen.size - 0.3).abs() < 1e-6);
        assert!((seen.readability - 0.4).abs() < 1e-6);
        assert!((seen.mood.certainty - known.current.of(Emotion::Sad)).abs() < 1e-6, "sure, if seen poorly");
        assert!((seen.mood.valence - known.affect.valence).abs() < 1e-6);
        assert_eq!(seen.mood.probabilities, known.current);
        assert!(visible_person(&PersonMood { place: None, ..known }).is_none());
    }
}
