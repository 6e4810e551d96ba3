//! Who is in view: coming, staying, leaving, and who counts.

use std::time::Duration;

use super::group::{GroupMood, GroupMember};
use super::person::{Person, SeenFace};
use super::settings::MoodSettings;
use crate::emotion::Circumplex;

/// Somebody must come so much nearer than the one who is followed to be followed instead.
const NEARER: f32 = 1.3;

/// Everybody who was in view lately, by identity.
#[derive(Debug, Clone)]
pub(super) struct KnownPeople {
    settings: MoodSettings,
    forget: Duration,
    known: Vec<Person>,
    /// The nearest, where only that one counts.
    followed: Option<u32>,
}

impl KnownPeople {
    pub(super) fn new(settings: &MoodSettings) -> Self {
        Self {
            settings: settings.clone(),
            forget: Duration::from_secs_f32(settings.forget_seconds),
            known: Vec::new(),
            followed: None,
        }
    }

    /// Takes in the faces of a frame.
    pub(super) fn see(&mut self, at: Duration, faces: &[SeenFace]) {
        self.forget(at);
        for face in faces {
            if let Some(person) = self.known.iter_mut().find(|person| person.id == face.id) {
                person.see(at, face);
            } else {
                let mut person = Person::new(&self.settings, face, at);
                person.see(at, face);
                self.known.push(person);
            }
        }
        self.follow();
    }

    /// Whoever is out of view for long is forgotten, with what their face reads at rest.
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
                evidence: *person.evidence(),
                weight: person.weight() * self.still_here(person, at),
            })
            .collect();
        GroupMood::of(&members, circumplex)
    }

    /// 1 for somebody in view, falling to 0 when they are about to be forgotten.
    fn still_here(&self, person: &Person, at: Duration) -> f32 {
        let unseen = at.saturating_sub(person.last_seen).as_secs_f32();
        let forget = self.forget.as_secs_f32();
        if unseen > 0.0 { (1.0 - unseen / forget).clamp(0.0, 1.0) } else { 1.0 }
    }

    fn follow(&mut self) {
        let area = |id: u32| self.known.iter().find(|person| person.id == id).map(Person::area);
        let Some(nearest) = self.known.iter().max_by(|a, b| a.area().total_cmp(&b.area())) else {
            self.followed = None;
            return;
        };
        let stays = self.followed.and_then(area).is_some_and(|area| area * NEARER >= nearest.area());
        if !stays {
            self.followed = Some(nearest.id);
        }
    }
}
