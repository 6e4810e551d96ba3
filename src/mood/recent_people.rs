//! Everybody who was in view lately: coming, staying, leaving, and who counts.

use std::time::Duration;

use super::group::{GroupMember, GroupMood};
use super::people::{People, PersonMood};
use super::person::Person;
use super::settings::MoodSettings;
use crate::emotion::{Circumplex, PersonEvidence, PersonId};

/// Somebody must come this much nearer than the one who is followed to be followed instead.
const NEARER: f32 = 1.3;

/// Everybody who was in view lately, by identity.
#[derive(Debug, Clone)]
pub(super) struct RecentPeople {
    settings: MoodSettings,
    forget: Duration,
    known: Vec<Person>,
    /// The nearest, where only that one counts.
    #[expect(
        clippy::option_option,
        reason = "evidence of a whole room has no person, and it can be followed, too"
    )]
    followed: Option<Option<PersonId>>,
}

impl RecentPeople {
    pub(super) fn new(settings: &MoodSettings) -> Self {
        Self {
            settings: settings.clone(),
            forget: Duration::from_secs_f32(settings.forget_seconds),
            known: Vec::new(),
            followed: None,
        }
    }

    /// Applies other settings to everybody, too.
    pub(super) fn change_settings(&mut self, settings: &MoodSettings) {
        self.settings = settings.clone();
        self.forget = Duration::from_secs_f32(settings.forget_seconds);
        for person in &mut self.known {
            person.change_settings(settings);
        }
    }

    /// Takes in the evidence of one moment.
    pub(super) fn see(&mut self, at: Duration, people: &[PersonEvidence]) {
        self.forget(at);
        for evidence in people {
            if let Some(person) = self.known.iter_mut().find(|person| person.id == evidence.person) {
                person.see(at, evidence);
            } else {
                let mut person = Person::new(&self.settings, evidence, at);
                person.see(at, evidence);
                self.known.push(person);
            }
        }
        self.follow();
    }

    /// Forgets people who have been out of view for long, with what their faces read at rest.
    pub(super) fn forget(&mut self, now: Duration) {
        self.known.retain(|person| now.saturating_sub(person.last_seen) <= self.forget);
    }

    /// The mood of those who count at `at`. Somebody out of view counts for less and less.
    pub(super) fn group(&self, at: Duration, circumplex: &Circumplex) -> Option<GroupMood> {
        let members: Vec<GroupMember> = self
            .known
            .iter()
            .filter(|person| !self.settings.only_nearest || Some(person.id) == self.followed)
            .map(|person| GroupMember {
                shares: *person.shares(),
                weight: person.weight() * self.still_here(person, at),
            })
            .collect();
        GroupMood::of(&members, circumplex)
    }

    /// Of those who count as in view, everybody whom the evidence of `at` sees; nearest first.
    pub(super) fn seen_at(&self, at: Duration, in_view: &[PersonId], circumplex: &Circumplex) -> People {
        let counts =
            |person: &&Person| person.last_seen == at && person.id.is_some_and(|id| in_view.contains(&id));
        let mut seen: Vec<&Person> = self.known.iter().filter(counts).collect();
        seen.sort_by(|a, b| b.size().total_cmp(&a.size()));
        let moods: Vec<PersonMood> = seen.into_iter().filter_map(|person| person.mood(circumplex)).collect();
        People(moods)
    }

    /// 1 for somebody in view, falling to 0 when they are about to be forgotten.
    fn still_here(&self, person: &Person, at: Duration) -> f32 {
        let unseen = at.saturating_sub(person.last_seen).as_secs_f32();
        let forget = self.forget.as_secs_f32();
        if unseen > 0.0 { (1.0 - unseen / forget).clamp(0.0, 1.0) } else { 1.0 }
    }

    fn follow(&mut self) {
        let size = |id| self.known.iter().find(|person| person.id == id).map(Person::size);
        let Some(nearest) = self.known.iter().max_by(|a, b| a.size().total_cmp(&b.size())) else {
            self.followed = None;
            return;
        };
        let stays = self.followed.and_then(size).is_some_and(|size| size * NEARER >= nearest.size());
        if !stays {
            self.followed = Some(nearest.id);
        }
    }
}
