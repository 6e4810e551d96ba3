//! The people in view as lights of the picture: each at their place, with a mask; and the idle lights that an empty room
//! shows until somebody comes.
//!
//! There is a fixed number of slots, since a shader takes an array. A light keeps its slot until it is gone, so no light
//! of the picture changes its place in the array while it is seen. Arriving and leaving are ages in seconds: the shader
//! draws the ring of a greeting and the embers of a farewell from them.

use std::f32::consts::TAU;

use bevy::prelude::Resource;

use super::face_glyph::FaceGlyphTable;
use super::light::{LightOwner, LightTarget, PersonLight};
use super::light_timing::PersonLightTiming;
use crate::emotion::{Emotion, PersonId, Probabilities};
use crate::visuals::inputs::MoodInput;

/// The most lights at once, those that are leaving included.
pub const MOST_LIGHTS: usize = 6;
/// Lights that an empty room shows.
const IDLE_LIGHTS: usize = 2;

/// A person whose place and mood are known now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisiblePerson {
    /// Who it is.
    pub id: PersonId,
    /// −1 left ..= 1 right, as in a mirror.
    pub x: f32,
    /// −1 bottom ..= 1 top.
    pub y: f32,
    /// Height of the face as a share of the picture's.
    pub size: f32,
    /// How well they can be read now, 0..=1.
    pub readability: f32,
    /// What is read of them.
    pub mood: MoodInput,
}

/// The lights of everybody in view, and the idle lights of an empty room.
#[derive(Resource, Debug, Clone)]
pub struct PeopleLights {
    response: PersonLightTiming,
    masks: FaceGlyphTable,
    slots: [Option<PersonLight>; MOST_LIGHTS],
    /// Everybody who is present, seen in this moment or not.
    present: Vec<PersonId>,
    /// Seconds since somebody was in view.
    empty: f32,
    /// Seconds that the idle lights have moved.
    idle_time: f32,
}

impl PeopleLights {
    /// An empty room.
    #[must_use]
    pub fn new(response: PersonLightTiming) -> Self {
        let masks = response.masks();
        Self {
            response,
            masks,
            slots: [const { None }; MOST_LIGHTS],
            present: Vec::new(),
            empty: 0.0,
            idle_time: 0.0,
        }
    }

    /// Follows another response from now on. Nothing jumps: everything eases on from where it is.
    pub fn set_response(&mut self, response: PersonLightTiming) {
        self.masks = response.masks();
        self.response = response;
    }

    /// The lights by slot. A light keeps its slot until it is gone.
    #[must_use]
    pub fn lights(&self) -> [Option<&PersonLight>; MOST_LIGHTS] {
        std::array::from_fn(|slot| self.slots[slot].as_ref())
    }

    /// How many people have a light now.
    #[must_use]
    pub fn people(&self) -> usize {
        self.slots.iter().flatten().filter(|v| v.leaving.is_none() && !v.is_idle()).count()
    }

    /// Takes over who is present, and those of them whose place and mood are known now. The lights of the others stay
    /// where they are.
    pub fn follow(&mut self, present: &[PersonId], visible: &[VisiblePerson]) {
        self.present.clear();
        self.present.extend_from_slice(present);
        for person in visible.iter().take(MOST_LIGHTS) {
            let target = LightTarget {
                x: person.x.clamp(-1.0, 1.0),
                y: person.y.clamp(-1.0, 1.0),
                size: (person.size * 1.6).clamp(0.0, 1.0),
                clarity: person.readability,
                mood: person.mood,
            };
            self.assign(LightOwner::Person(person.id), target);
        }
    }

    /// Gives the owner a light if it has none, and its light a new target.
    fn assign(&mut self, owner: LightOwner, target: LightTarget) {
        if let Some(light) = self.slots.iter_mut().flatten().find(|light| light.owner == owner) {
            light.target = target;
            if light.leaving.take().is_some() {
                light.age = 0.0;
            }
            return;
        }
        // The first people who come take over the idle lights, which fly to them.
        if !matches!(owner, LightOwner::Idle(_))
            && let Some(light) = self.slots.iter_mut().flatten().find(|v| v.is_idle() && v.leaving.is_none())
        {
            (light.owner, light.target, light.age) = (owner, target, 0.0);
            return;
        }
        if let Some(free) = self.slots.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(PersonLight::new(owner, target));
        }
    }

    /// Moves on by `dt` seconds. `mood` is that of the group, `None` in an empty room.
    pub fn advance(&mut self, mood: Option<&MoodInput>, dt: f32) {
        // The light of the group gives its place to the lights of single people.
        let group = mood.filter(|_| self.present.is_empty());
        if let Some(mood) = group {
            let target = LightTarget { x: 0.0, y: 0.12, size: 0.5, clarity: mood.certainty, mood: *mood };
            self.assign(LightOwner::Group, target);
        }
        let empty = self.present.is_empty() && group.is_none();
        self.empty = if empty { self.empty + dt } else { 0.0 };
        self.idle_time += dt;
        let idle = self.empty > self.response.idle_after_seconds;
        if idle {
            for n in 0..IDLE_LIGHTS {
                let target = self.idle_target(n);
                self.assign(LightOwner::Idle(n), target);
            }
        }
        self.dismiss(group.is_some(), idle);
        for light in self.slots.iter_mut().flatten() {
            light.advance(&self.response, &self.masks, dt);
        }
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|light| light.leaving.is_some() && light.farewell >= 1.0) {
                *slot = None;
            }
        }
    }

    /// Lights whose owners are gone begin to leave.
    fn dismiss(&mut self, group: bool, idle: bool) {
        for light in self.slots.iter_mut().flatten() {
            let stays = match light.owner {
                LightOwner::Person(id) => self.present.contains(&id),
                LightOwner::Group => group,
                LightOwner::Idle(_) => idle,
            };
            if !stays && light.leaving.is_none() {
                light.leaving = Some(0.0);
            }
        }
    }

    /// Where an idle light is drawn to, and its colour: slow rounds that meet and part.
    fn idle_target(&self, n: usize) -> LightTarget {
        let round = TAU * self.idle_time / self.response.idle_orbit_seconds;
        let side = if n.is_multiple_of(2) { 1.0 } else { -1.0 };
        let colors = TAU * (self.idle_time / self.response.idle_color_seconds + n as f32 * 0.37);
        let swell = |shift: f32| 0.5 + 0.5 * (colors + shift).cos();
        let mut weights = [0.0; 7];
        weights[Emotion::Happy.index()] = swell(0.0);
        weights[Emotion::Surprise.index()] = swell(TAU / 3.0);
        weights[Emotion::Neutral.index()] = swell(2.0 * TAU / 3.0);
        let probabilities = Probabilities::from_weights(weights);
        LightTarget {
            x: side * (0.34 * round.sin() + 0.10),
            y: 0.16 + 0.14 * (2.0 * round).sin() * side,
            size: 0.45,
            clarity: 0.5,
            mood: MoodInput { valence: 0.4, arousal: -0.1, certainty: 0.5, dispersion: 0.0, probabilities },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::visuals::people::light_timing::SHIPPED;
    use proptest::prelude::*;

    fn people() -> PeopleLights {
        PeopleLights::new(PersonLightTiming::shipped().expect("assets/presence.ron is whole"))
    }

    fn looks(emotion: Emotion) -> MoodInput {
        MoodInput {
            valence: 0.5,
            arousal: 0.2,
            certainty: 1.0,
            dispersion: 0.0,
            probabilities: Probabilities::certain(emotion),
        }
    }

    fn person(id: u32, x: f32) -> VisiblePerson {
        VisiblePerson {
            id: PersonId(id),
            x,
            y: 0.0,
            size: 0.4,
            readability: 1.0,
            mood: looks(Emotion::Happy),
        }
    }

    fn ids(visible: &[VisiblePerson]) -> Vec<PersonId> {
        visible.iter().map(|person| person.id).collect()
    }

    fn pass(people: &mut PeopleLights, visible: &[VisiblePerson], seconds: f32) {
        for _ in 0..(seconds * 30.0) as u32 {
            people.follow(&ids(visible), visible);
            let mood = visible.first().map(|person| person.mood);
            people.advance(mood.as_ref(), 1.0 / 30.0);
        }
    }

    #[test]
    fn each_person_is_a_light_at_their_place() {
        let mut people = people();
        pass(&mut people, &[person(1, -0.5), person(2, 0.5)], 4.0);
        let places: Vec<f32> = people.lights().into_iter().flatten().map(|light| light.x).collect();
        assert_eq!((people.people(), places.len()), (2, 2));
        assert!((places[0] + 0.5).abs() < 0.01 && (places[1] - 0.5).abs() < 0.01, "{places:?}");
    }

    #[test]
    fn coming_is_greeted_and_going_bids_farewell() {
        let mut people = people();
        pass(&mut people, &[person(1, 0.0)], 0.5);
        let first = people.lights()[0].expect("a light").clone();
        assert!(first.greeting() < 0.5 && first.strength > 0.2, "{first:?}");
        pass(&mut people, &[person(1, 0.0)], 5.0);
        assert!(people.lights()[0].expect("a light").greeting() >= 1.0);
        pass(&mut people, &[], 2.0);
        let last = people.lights()[0].expect("still going").clone();
        assert!(last.farewell() > 0.2 && last.strength < 0.6, "{last:?}");
        assert_eq!(people.people(), 0);
        pass(&mut people, &[], 3.0);
        assert!(people.lights()[0].is_none());
    }

    /// Who is present is decided by the mood alone: somebody who is missed for a moment keeps their light and its place.
    #[test]
    fn somebody_who_is_present_but_not_seen_keeps_their_light() {
        let mut people = people();
        pass(&mut people, &[person(1, 0.6)], 4.0);
        for _ in 0..120 {
            people.follow(&[PersonId(1)], &[]);
            people.advance(Some(&looks(Emotion::Happy)), 1.0 / 30.0);
        }
        let light = people.lights()[0].expect("a light");
        assert!((light.x - 0.6).abs() < 0.01 && light.strength > 0.8 && light.farewell() < 1e-6, "{light:?}");
        people.follow(&[], &[]);
        people.advance(None, 1.0 / 30.0);
        assert_eq!(people.people(), 0);
    }

    #[test]
    fn an_empty_room_shows_idle_lights_and_the_first_who_comes_takes_one_over() {
        let mut people = people();
        pass(&mut people, &[], 12.0);
        assert_eq!(people.lights().into_iter().flatten().count(), IDLE_LIGHTS);
        assert_eq!(people.people(), 0);
        let idle_mask = people.lights()[0].expect("a idle_time").mask();
        assert!(idle_mask[0][2].abs() < 1e-3 && idle_mask[1][3] > 0.3, "{idle_mask:?}");
        pass(&mut people, &[person(7, 0.6)], 6.0);
        let woken = people.lights()[0].expect("the same light");
        assert!((woken.x - 0.6).abs() < 0.02 && woken.awake > 0.9, "{woken:?}");
        assert_eq!(people.lights().into_iter().flatten().count(), 1);
    }

    #[test]
    fn a_mood_set_by_hand_has_one_light_in_the_middle() {
        let mut people = people();
        for _ in 0..120 {
            people.advance(Some(&looks(Emotion::Sad)), 1.0 / 30.0);
        }
        let light = people.lights()[0].expect("a light");
        assert!(light.x.abs() < 1e-3 && light.strength > 0.8 && light.mask()[0][3] < -0.5);
    }

    #[test]
    fn a_mask_that_misses_an_emotion_is_refused_with_its_name() {
        let text = SHIPPED.replacen("sad: ", "bored: ", 1);
        assert!(PersonLightTiming::parse(Path::new("mine.ron"), &text).is_err());
        let text = SHIPPED.replacen("smile: 1.0", "smile: 9.0", 1);
        let words = PersonLightTiming::parse(Path::new("mine.ron"), &text).unwrap_err().to_string();
        assert!(words.contains("masks.happy") && words.contains('9'), "{words}");
    }

    #[test]
    fn a_file_of_ones_own_changes_only_what_it_names() {
        let text = "(idle_strength: 0.9, masks: {happy: (brow_inside: 0.0, brow_outside: 0.0, eyes: 1.0, \
                    smile: -1.0, open: 0.0, wide: 0.0, wrinkle: 0.0)})";
        let own = PersonLightTiming::with_overlay(Path::new("presence.ron"), text).expect("whole");
        let shipped = PersonLightTiming::shipped().expect("whole");
        assert!((own.idle_strength - 0.9).abs() < 1e-6);
        assert!((own.place_seconds - shipped.place_seconds).abs() < 1e-6);
        assert_eq!(own.masks[&Emotion::Sad], shipped.masks[&Emotion::Sad]);
        let mut people = people();
        people.set_response(own);
        pass(&mut people, &[person(1, 0.0)], 6.0);
        assert!(people.lights()[0].expect("a light").mask()[0][3] < -0.9);
        let words =
            PersonLightTiming::with_overlay(Path::new("presence.ron"), "(idle: 1)").unwrap_err().to_string();
        assert!(words.starts_with("presence.ron:1:") && words.contains("idle_strength"), "{words}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn lights_never_jump_and_never_run_out_of_seats(
            crowd in proptest::collection::vec(proptest::collection::vec((0u32..9, -2.0f32..2.0), 0..7), 1..20),
        ) {
            let mut people = people();
            for visible in crowd {
                let visible: Vec<VisiblePerson> = visible.into_iter().map(|(id, x)| person(id, x)).collect();
                for _ in 0..20 {
                    let before = people.slots.clone();
                    people.follow(&ids(&visible), &visible);
                    people.advance(None, 1.0 / 60.0);
                    for (old, new) in before.iter().zip(&people.slots) {
                        let (was, is) = (old.as_ref().map_or(0.0, |v| v.strength), new.as_ref().map_or(0.0, |v| v.strength));
                        prop_assert!((was - is).abs() < 0.06, "{was} {is}");
                        prop_assert!(new.as_ref().is_none_or(|v| v.x.abs() <= 1.0));
                    }
                }
            }
        }
    }
}
