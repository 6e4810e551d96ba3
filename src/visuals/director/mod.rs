//! The director: which scene is shown, and when another takes its place.
//!
//! Time, mood and music are passed in, so that an evening is a test of a millisecond. `stagehand` adapts it to the app.

mod settings;
pub(super) mod stagehand;
mod suits;

pub use settings::{DirectorSettings, DirectorSettingsOverlay};
pub use stagehand::Direction;
pub use suits::{Suits, fit};

use std::collections::{BTreeSet, VecDeque};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// A scene that could be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its name in the library.
    pub name: String,
    /// How well it suits now, see [`fit`].
    pub fit: f32,
}

/// What the director knows of the music, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MusicClock {
    /// Since the last crossfade began.
    pub since_fade: Option<f64>,
    /// Until the next one is expected.
    pub until_fade: Option<f64>,
}

/// What a person asks of the director.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Another scene.
    Next,
    /// The scene before.
    Back,
    /// This scene.
    Show(String),
    /// Keep this scene, or let scenes change again.
    Lock,
    /// This scene is a favourite, or no longer one.
    Favourite,
}

/// A change of scene that begins now.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Name of the scene that comes.
    pub scene: String,
    /// How long the dissolve takes.
    pub seconds: f32,
}

/// The state of the evening.
#[derive(Debug)]
pub struct Director {
    settings: DirectorSettings,
    shown: VecDeque<String>,
    favourites: BTreeSet<String>,
    locked: bool,
    /// When the scene on show began to come, and when it is there in full.
    began: f64,
    there: f64,
    asked: Option<Wish>,
    random: StdRng,
}

/// Names kept for the way back.
const REMEMBERED: usize = 64;
/// A change that goes with the music begins at most so many seconds after it.
const WITH: f64 = 0.5;

impl Director {
    /// The first scene is on show from time 0 on.
    #[must_use]
    pub fn new(first: &str, settings: DirectorSettings, seed: u64) -> Self {
        Self {
            settings,
            shown: VecDeque::from([first.to_owned()]),
            favourites: BTreeSet::new(),
            locked: false,
            began: 0.0,
            there: 0.0,
            asked: None,
            random: StdRng::seed_from_u64(seed),
        }
    }

    /// The scene on show, or the one that is coming.
    #[must_use]
    pub fn scene(&self) -> &str {
        self.shown.back().map_or("", String::as_str)
    }

    /// Whether a person keeps the scene.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    /// Names of scenes that a person likes.
    #[must_use]
    pub fn favourites(&self) -> &BTreeSet<String> {
        &self.favourites
    }

    /// Sets them, from a file.
    pub fn set_favourites(&mut self, names: impl IntoIterator<Item = String>) {
        self.favourites = names.into_iter().collect();
    }

    /// Takes what a person asks for. A wish for a scene waits until a dissolve under way is over.
    pub fn ask(&mut self, wish: Wish) {
        match wish {
            Wish::Lock => self.locked = !self.locked,
            Wish::Favourite => {
                let scene = self.scene().to_owned();
                if !self.favourites.remove(&scene) {
                    self.favourites.insert(scene);
                }
            }
            _ => self.asked = Some(wish),
        }
    }

    /// Looks whether a change begins at `now`, in seconds.
    pub fn step(&mut self, now: f64, music: MusicClock, candidates: &[Candidate]) -> Option<Change> {
        if now < self.there {
            return None;
        }
        if let Some(wish) = self.asked.take() {
            let scene = self.wished(&wish, candidates)?;
            return self.change(scene, self.settings.asked_dissolve_seconds, now);
        }
        if !self.settings.on || self.locked || !self.is_due(now, candidates) || !self.moment_is_good(music) {
            return None;
        }
        let scene = self.choose(candidates)?;
        self.change(scene, self.settings.dissolve_seconds, now)
    }

    fn change(&mut self, scene: String, seconds: f32, now: f64) -> Option<Change> {
        if scene == self.scene() {
            return None;
        }
        self.shown.push_back(scene.clone());
        if self.shown.len() > REMEMBERED {
            self.shown.pop_front();
        }
        self.began = now;
        self.there = now + f64::from(seconds);
        Some(Change { scene, seconds })
    }

    fn wished(&mut self, wish: &Wish, candidates: &[Candidate]) -> Option<String> {
        match wish {
            Wish::Show(name) => candidates.iter().find(|c| c.name == *name).map(|c| c.name.clone()),
            Wish::Back => {
                let before = self.shown.len().checked_sub(2)?;
                let name = self.shown.remove(before)?;
                // It comes last again; what was on show before it can be reached by going back once more.
                candidates.iter().any(|c| c.name == name).then_some(name)
            }
            _ => self.choose(candidates),
        }
    }

    fn is_due(&self, now: f64, candidates: &[Candidate]) -> bool {
        let stayed = now - self.began;
        if stayed < f64::from(self.settings.stay_seconds) {
            return false;
        }
        let fit_now = candidates.iter().find(|c| c.name == self.scene()).map_or(0.0, |c| c.fit);
        let best = candidates.iter().map(|c| c.fit).fold(0.0, f32::max);
        stayed >= f64::from(self.settings.longest_seconds)
            || self.settings.with_music
            || best > fit_now * self.settings.better
    }

    fn moment_is_good(&self, music: MusicClock) -> bool {
        if self.settings.with_music {
            return music.since_fade.is_some_and(|since| since <= WITH);
        }
        let apart = f64::from(self.settings.apart_seconds);
        music.since_fade.is_none_or(|since| since >= apart)
            && music.until_fade.is_none_or(|until| until >= apart)
    }

    /// One that suits, by chance, and not one of the last.
    fn choose(&mut self, candidates: &[Candidate]) -> Option<String> {
        let others = candidates.iter().filter(|c| c.name != self.scene()).count();
        let tired = self.settings.variety.min(others.saturating_sub(1));
        let recent: Vec<String> = self.shown.iter().rev().take(tired + 1).cloned().collect();
        let weight = |c: &Candidate| {
            if recent.contains(&c.name) || c.name == self.scene() {
                return 0.0;
            }
            let favour = if self.favourites.contains(&c.name) { self.settings.favour } else { 1.0 };
            c.fit.max(1e-3).powi(2) * favour
        };
        let weights: Vec<f32> = candidates.iter().map(weight).collect();
        let mut left = self.random.random::<f32>() * weights.iter().sum::<f32>();
        let last = weights.iter().rposition(|w| *w > 0.0)?;
        for (candidate, weight) in candidates.iter().zip(&weights) {
            left -= weight;
            if left < 0.0 && *weight > 0.0 {
                return Some(candidate.name.clone());
            }
        }
        Some(candidates[last].name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::settings::Settings;
    use proptest::prelude::*;

    fn settings() -> DirectorSettings {
        DirectorSettings {
            stay_seconds: 60.0,
            longest_seconds: 180.0,
            dissolve_seconds: 6.0,
            apart_seconds: 8.0,
            variety: 2,
            ..Settings::shipped().expect("valid").visuals.director
        }
    }

    fn scenes(fits: &[f32]) -> Vec<Candidate> {
        fits.iter().enumerate().map(|(i, fit)| Candidate { name: format!("s{i}"), fit: *fit }).collect()
    }

    const QUIET: MusicClock = MusicClock { since_fade: None, until_fade: None };

    /// Times and names of the changes of a while, ten looks a second.
    fn evening(director: &mut Director, seconds: u32, fits: &[f32]) -> Vec<(f64, String)> {
        let candidates = scenes(fits);
        (0..seconds * 10)
            .map(|i| f64::from(i) / 10.0)
            .filter_map(|now| director.step(now, QUIET, &candidates).map(|change| (now, change.scene)))
            .collect()
    }

    #[test]
    fn a_scene_stays_while_nothing_suits_better_and_changes_in_the_end() {
        let mut director = Director::new("s0", settings(), 1);
        let changes = evening(&mut director, 800, &[0.5; 5]);
        assert_eq!(changes.len(), 4, "{changes:?}");
        assert!((changes[0].0 - 180.0).abs() < 0.2);
    }

    #[test]
    fn a_mood_that_another_scene_suits_better_brings_it_after_the_stay() {
        let mut director = Director::new("s0", settings(), 1);
        let changes = evening(&mut director, 100, &[0.05, 0.05, 1.0]);
        assert_eq!(changes, [(60.0, "s2".to_owned())]);
    }

    #[test]
    fn no_scene_comes_again_before_others_have_been_shown() {
        let mut director = Director::new("s0", settings(), 7);
        let mut names = vec!["s0".to_owned()];
        names.extend(evening(&mut director, 8_000, &[0.9, 0.9, 0.1, 0.1, 0.1]).into_iter().map(|c| c.1));
        assert!(names.len() > 40);
        for three in names.windows(3) {
            assert!(three[0] != three[1] && three[1] != three[2] && three[0] != three[2], "{three:?}");
        }
    }

    #[test]
    fn two_scenes_take_turns() {
        let mut director = Director::new("s0", settings(), 3);
        let changes = evening(&mut director, 600, &[0.5, 0.5]);
        assert!(changes.len() == 3 && changes[0].1 == "s1" && changes[1].1 == "s0", "{changes:?}");
    }

    #[test]
    fn scenes_and_music_do_not_change_together_unless_asked() {
        let candidates = scenes(&[0.5; 4]);
        let near = [
            MusicClock { since_fade: Some(3.0), until_fade: None },
            MusicClock { since_fade: None, until_fade: Some(2.0) },
        ];
        let far = MusicClock { since_fade: Some(9.0), until_fade: Some(60.0) };
        let mut director = Director::new("s0", settings(), 1);
        for music in near {
            assert_eq!(director.step(500.0, music, &candidates), None);
        }
        assert!(director.step(500.0, far, &candidates).is_some());

        let mut director = Director::new("s0", DirectorSettings { with_music: true, ..settings() }, 1);
        assert_eq!(director.step(500.0, far, &candidates), None);
        let now = MusicClock { since_fade: Some(0.1), until_fade: None };
        assert!(director.step(500.0, now, &candidates).is_some());
    }

    #[test]
    fn a_wish_is_done_at_once_or_after_the_dissolve_under_way() {
        let candidates = scenes(&[0.5; 4]);
        let near = MusicClock { since_fade: Some(1.0), until_fade: None };
        let mut director = Director::new("s0", settings(), 1);
        director.ask(Wish::Show("s2".into()));
        let change = director.step(1.0, near, &candidates).expect("a change");
        assert_eq!((change.scene.as_str(), change.seconds), ("s2", settings().asked_dissolve_seconds));
        director.ask(Wish::Back);
        assert_eq!(director.step(1.1, near, &candidates), None);
        let later = 1.0 + f64::from(change.seconds) + 0.1;
        assert_eq!(director.step(later, near, &candidates).expect("a change").scene, "s0");
    }

    #[test]
    fn a_locked_scene_stays_but_a_wish_still_counts() {
        let candidates = scenes(&[0.05, 1.0]);
        let mut director = Director::new("s0", settings(), 1);
        director.ask(Wish::Lock);
        assert_eq!(director.step(5_000.0, QUIET, &candidates), None);
        director.ask(Wish::Next);
        assert!(director.step(5_001.0, QUIET, &candidates).is_some());
        assert!(director.is_locked());
    }

    #[test]
    fn a_favourite_comes_more_often() {
        let count = |favourite: bool| {
            let mut director = Director::new("s0", settings(), 11);
            if favourite {
                director.set_favourites(["s4".to_owned()]);
            }
            evening(&mut director, 40_000, &[0.5; 8]).iter().filter(|change| change.1 == "s4").count()
        };
        let (plain, favoured) = (count(false), count(true));
        assert!(favoured as f32 > plain as f32 * 1.2, "{plain} {favoured}");
    }

    #[test]
    fn one_scene_alone_stays() {
        let mut director = Director::new("s0", settings(), 1);
        assert!(evening(&mut director, 1_000, &[0.5]).is_empty());
        director.ask(Wish::Next);
        assert_eq!(director.step(2_000.0, QUIET, &scenes(&[0.5])), None);
    }

    proptest! {
        #[test]
        fn changes_keep_their_distance(seed in 0u64..1000, fits in proptest::collection::vec(0.01f32..1.0, 2..9)) {
            let mut director = Director::new("s0", settings(), seed);
            let changes = evening(&mut director, 1_000, &fits);
            for pair in changes.windows(2) {
                prop_assert!(pair[1].0 - pair[0].0 >= 60.0 - 1e-6, "{changes:?}");
                prop_assert!(pair[0].1 != pair[1].1);
            }
        }
    }
}
