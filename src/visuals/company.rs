//! The people in view as voices of the picture: each a light at their place, with a mask; and the lights
//! that dream in an empty room until somebody comes.

mod manners;
mod voice;

use std::f32::consts::TAU;

use bevy::prelude::Resource;

pub use manners::Manners;
pub use voice::Voice;

use super::mask::Masks;
use super::senses::Seen;
use crate::emotion::{Emotion, Probabilities};
use voice::{Goal, Owner, dreams};

/// How many voices there can be at once, those who are leaving included.
pub const SEATS: usize = 6;
/// Lights that dream in an empty room.
const DREAMERS: usize = 2;

/// One face of a reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guest {
    /// The same number for the same person.
    pub id: u32,
    /// −1 left ..= 1 right, as in a mirror.
    pub x: f32,
    /// −1 bottom ..= 1 top.
    pub y: f32,
    /// Height of the face as a share of the picture's.
    pub size: f32,
    pub seen: Seen,
}

/// Everybody in view, and the lights that wait for somebody.
#[derive(Resource, Debug, Clone)]
pub struct Company {
    manners: Manners,
    masks: Masks,
    seats: [Option<Voice>; SEATS],
    /// Seconds since anybody was there.
    empty: f32,
    /// Seconds of the dream.
    dream: f32,
}

impl Company {
    /// An empty room.
    #[must_use]
    pub fn new(manners: Manners) -> Self {
        let masks = manners.masks();
        Self { manners, masks, seats: [const { None }; SEATS], empty: 0.0, dream: 0.0 }
    }

    /// Answers people in another way from now on. Nothing jumps: everything eases on from where it is.
    pub fn behave(&mut self, manners: Manners) {
        self.masks = manners.masks();
        self.manners = manners;
    }

    /// The voices by seat. A voice keeps its seat until it is gone.
    #[must_use]
    pub fn voices(&self) -> [Option<&Voice>; SEATS] {
        std::array::from_fn(|seat| self.seats[seat].as_ref())
    }

    /// How many people have a voice now.
    #[must_use]
    pub fn people(&self) -> usize {
        self.seats.iter().flatten().filter(|v| v.leaving.is_none() && !dreams(v)).count()
    }

    /// Takes in the faces of a reading.
    pub fn see(&mut self, guests: &[Guest]) {
        for guest in guests.iter().take(SEATS) {
            let goal = Goal {
                x: guest.x.clamp(-1.0, 1.0),
                y: guest.y.clamp(-1.0, 1.0),
                size: (guest.size * 1.6).clamp(0.0, 1.0),
                seen: guest.seen,
            };
            self.seat(Owner::Person(guest.id), goal);
        }
    }

    /// Gives a place to whoever has none, and a goal to whoever has.
    fn seat(&mut self, owner: Owner, goal: Goal) {
        if let Some(voice) = self.seats.iter_mut().flatten().find(|voice| voice.owner == owner) {
            voice.goal = goal;
            voice.unseen = 0.0;
            if voice.leaving.take().is_some() {
                voice.age = 0.0;
            }
            return;
        }
        // Whoever comes into a dream takes over its light: it flies to them and wakes.
        if !matches!(owner, Owner::Dream(_))
            && let Some(voice) = self.seats.iter_mut().flatten().find(|v| dreams(v) && v.leaving.is_none())
        {
            (voice.owner, voice.goal, voice.age, voice.unseen) = (owner, goal, 0.0, 0.0);
            return;
        }
        if let Some(free) = self.seats.iter_mut().find(|seat| seat.is_none()) {
            *free = Some(Voice::new(owner, goal));
        }
    }

    /// Moves on by `dt` seconds. `seen` is the mood of all, `None` in an empty room.
    pub fn advance(&mut self, seen: Option<&Seen>, dt: f32) {
        self.leave(dt);
        if let (Some(seen), false) = (seen, self.anybody(|owner| matches!(owner, Owner::Person(_)))) {
            self.seat(Owner::Everybody, Goal { x: 0.0, y: 0.12, size: 0.5, seen: *seen });
        }
        let here = self.anybody(|owner| !matches!(owner, Owner::Dream(_)));
        self.empty = if here { 0.0 } else { self.empty + dt };
        self.dream += dt;
        if self.empty > self.manners.dream_after_seconds {
            for n in 0..DREAMERS {
                let goal = self.dreamt(n);
                self.seat(Owner::Dream(n), goal);
            }
        }
        for voice in self.seats.iter_mut().flatten() {
            voice.advance(&self.manners, &self.masks, dt);
        }
        for seat in &mut self.seats {
            if seat.as_ref().is_some_and(|voice| voice.leaving.is_some() && voice.farewell >= 1.0) {
                *seat = None;
            }
        }
    }

    fn anybody(&self, which: impl Fn(Owner) -> bool) -> bool {
        self.seats.iter().flatten().any(|voice| voice.leaving.is_none() && which(voice.owner))
    }

    /// Whoever was not seen for a while begins to leave.
    fn leave(&mut self, dt: f32) {
        let people = self.anybody(|owner| matches!(owner, Owner::Person(_)));
        for voice in self.seats.iter_mut().flatten() {
            voice.unseen += dt;
            // The light for everybody makes room for the lights of each.
            let relieved = people && voice.owner == Owner::Everybody;
            let stays = voice.unseen <= self.manners.away_seconds && !relieved;
            if !stays && voice.leaving.is_none() {
                voice.leaving = Some(0.0);
            }
        }
    }

    /// Where a dreaming light is drawn to, and its colour: slow rounds that meet and part.
    fn dreamt(&self, n: usize) -> Goal {
        let round = TAU * self.dream / self.manners.dream_round_seconds;
        let side = if n.is_multiple_of(2) { 1.0 } else { -1.0 };
        let colors = TAU * (self.dream / self.manners.dream_colors_seconds + n as f32 * 0.37);
        let swell = |shift: f32| 0.5 + 0.5 * (colors + shift).cos();
        let mut weights = [0.0; 7];
        weights[Emotion::Happy.index()] = swell(0.0);
        weights[Emotion::Surprise.index()] = swell(TAU / 3.0);
        weights[Emotion::Neutral.index()] = swell(2.0 * TAU / 3.0);
        let probabilities = Probabilities::from_weights(weights);
        Goal {
            x: side * (0.34 * round.sin() + 0.10),
            y: 0.16 + 0.14 * (2.0 * round).sin() * side,
            size: 0.45,
            seen: Seen { valence: 0.4, arousal: -0.1, certainty: 0.5, dispersion: 0.0, probabilities },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::manners::SHIPPED;
    use super::*;
    use proptest::prelude::*;

    fn company() -> Company {
        Company::new(Manners::shipped().expect("assets/presence.ron is whole"))
    }

    fn looks(emotion: Emotion) -> Seen {
        Seen {
            valence: 0.5,
            arousal: 0.2,
            certainty: 1.0,
            dispersion: 0.0,
            probabilities: Probabilities::certain(emotion),
        }
    }

    fn guest(id: u32, x: f32) -> Guest {
        Guest { id, x, y: 0.0, size: 0.4, seen: looks(Emotion::Happy) }
    }

    fn pass(company: &mut Company, guests: &[Guest], seconds: f32) {
        for _ in 0..(seconds * 30.0) as u32 {
            company.see(guests);
            let seen = guests.first().map(|guest| guest.seen);
            company.advance(seen.as_ref(), 1.0 / 30.0);
        }
    }

    #[test]
    fn each_person_is_a_light_at_their_place() {
        let mut company = company();
        pass(&mut company, &[guest(1, -0.5), guest(2, 0.5)], 4.0);
        let places: Vec<f32> = company.voices().into_iter().flatten().map(|voice| voice.x).collect();
        assert_eq!((company.people(), places.len()), (2, 2));
        assert!((places[0] + 0.5).abs() < 0.01 && (places[1] - 0.5).abs() < 0.01, "{places:?}");
    }

    #[test]
    fn coming_is_greeted_and_going_bids_farewell() {
        let mut company = company();
        pass(&mut company, &[guest(1, 0.0)], 0.5);
        let first = company.voices()[0].expect("a voice").clone();
        assert!(first.greeting() < 0.5 && first.strength > 0.2, "{first:?}");
        pass(&mut company, &[guest(1, 0.0)], 5.0);
        assert!(company.voices()[0].expect("a voice").greeting() >= 1.0);
        pass(&mut company, &[], 2.0);
        let last = company.voices()[0].expect("still going").clone();
        assert!(last.farewell() > 0.2 && last.strength < 0.6, "{last:?}");
        assert_eq!(company.people(), 0);
        pass(&mut company, &[], 3.0);
        assert!(company.voices()[0].is_none());
    }

    #[test]
    fn an_empty_room_dreams_and_the_first_who_comes_wakes_the_dream() {
        let mut company = company();
        pass(&mut company, &[], 12.0);
        assert_eq!(company.voices().into_iter().flatten().count(), DREAMERS);
        assert_eq!(company.people(), 0);
        let asleep = company.voices()[0].expect("a dream").mask();
        assert!(asleep[0][2].abs() < 1e-3 && asleep[1][3] > 0.3, "{asleep:?}");
        pass(&mut company, &[guest(7, 0.6)], 6.0);
        let woken = company.voices()[0].expect("the same light");
        assert!((woken.x - 0.6).abs() < 0.02 && woken.awake > 0.9, "{woken:?}");
        assert_eq!(company.voices().into_iter().flatten().count(), 1);
    }

    #[test]
    fn a_mood_set_by_hand_has_one_light_in_the_middle() {
        let mut company = company();
        for _ in 0..120 {
            company.advance(Some(&looks(Emotion::Sad)), 1.0 / 30.0);
        }
        let voice = company.voices()[0].expect("a light");
        assert!(voice.x.abs() < 1e-3 && voice.strength > 0.8 && voice.mask()[0][3] < -0.5);
    }

    #[test]
    fn a_mask_that_misses_an_emotion_is_refused_with_its_name() {
        let text = SHIPPED.replacen("sad: ", "bored: ", 1);
        assert!(Manners::parse(Path::new("mine.ron"), &text).is_err());
        let text = SHIPPED.replacen("smile: 1.0", "smile: 9.0", 1);
        let words = Manners::parse(Path::new("mine.ron"), &text).unwrap_err().to_string();
        assert!(words.contains("masks.happy") && words.contains('9'), "{words}");
    }

    #[test]
    fn a_file_of_ones_own_changes_only_what_it_names() {
        let text = "(dream_strength: 0.9, masks: {happy: (brow_inside: 0.0, brow_outside: 0.0, eyes: 1.0, \
                    smile: -1.0, open: 0.0, wide: 0.0, wrinkle: 0.0)})";
        let own = Manners::with_overlay(Path::new("presence.ron"), text).expect("whole");
        let shipped = Manners::shipped().expect("whole");
        assert!((own.dream_strength - 0.9).abs() < 1e-6);
        assert!((own.away_seconds - shipped.away_seconds).abs() < 1e-6);
        assert_eq!(own.masks[&Emotion::Sad], shipped.masks[&Emotion::Sad]);
        let mut company = company();
        company.behave(own);
        pass(&mut company, &[guest(1, 0.0)], 6.0);
        assert!(company.voices()[0].expect("a light").mask()[0][3] < -0.9);
        let words = Manners::with_overlay(Path::new("presence.ron"), "(dream: 1)").unwrap_err().to_string();
        assert!(words.starts_with("presence.ron:1:") && words.contains("dream_strength"), "{words}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn lights_never_jump_and_never_run_out_of_seats(
            crowd in proptest::collection::vec(proptest::collection::vec((0u32..9, -2.0f32..2.0), 0..7), 1..20),
        ) {
            let mut company = company();
            for guests in crowd {
                let guests: Vec<Guest> = guests.into_iter().map(|(id, x)| guest(id, x)).collect();
                for _ in 0..20 {
                    let before = company.seats.clone();
                    company.see(&guests);
                    company.advance(None, 1.0 / 60.0);
                    for (old, new) in before.iter().zip(&company.seats) {
                        let (was, is) = (old.as_ref().map_or(0.0, |v| v.strength), new.as_ref().map_or(0.0, |v| v.strength));
                        prop_assert!((was - is).abs() < 0.06, "{was} {is}");
                        prop_assert!(new.as_ref().is_none_or(|v| v.x.abs() <= 1.0));
                    }
                }
            }
        }
    }
}
