//! When another scene takes the place of the one on show, and which.
//!
//! A scene stays for a while. Then another comes as soon as it suits mood and hour much better, or at the latest after
//! the longest stay. It is drawn by chance, weighted by how well it suits and without the last few, so that the order
//! does not repeat. Time, mood, music and what is on show are passed in, so a test plays an evening in a millisecond.
//!
//! [`SceneCrossfade`](crate::visuals::scene::SceneCrossfade) alone knows which scene is on show. The director observes
//! it and keeps only the order in which scenes were shown.

use std::collections::{BTreeSet, VecDeque};

use rand::SeedableRng as _;
use rand::distr::Distribution as _;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::StdRng;

use super::settings::DirectorSettings;
use crate::visuals::scene::{SceneCandidate, SceneChange};

/// What the director knows of the music, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FadeTiming {
    /// Since the last crossfade began.
    pub since_fade: Option<f64>,
    /// Until the next one is planned to begin.
    pub until_fade: Option<f64>,
}

/// What is on show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SceneOnShow<'a> {
    /// Its name; in a dissolve, of the scene that fades in.
    pub scene: &'a str,
    /// Whether one scene dissolves into another now.
    pub dissolving: bool,
}

/// A scene that a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SceneRequest {
    /// Another scene.
    Next,
    /// The scene before.
    Back,
    /// This scene.
    Show(String),
}

/// Which scene was shown when, and what a person asks for.
#[derive(Debug)]
pub struct Director {
    settings: DirectorSettings,
    /// Names of scenes in the order in which they were last shown, each once; the last is on show.
    history: VecDeque<String>,
    favourites: BTreeSet<String>,
    locked: bool,
    /// When the scene on show began to fade in, in seconds.
    began: f64,
    asked: Option<SceneRequest>,
    random: StdRng,
}

/// Names that the history keeps.
const REMEMBERED: usize = 64;
/// With `with_music` a change begins at most this many seconds after the start of a crossfade of the music.
const WITH_MUSIC_SECONDS: f64 = 0.5;

impl Director {
    /// Takes over changed settings.
    pub fn change_settings(&mut self, settings: DirectorSettings) {
        self.settings = settings;
    }

    /// The first scene is on show from time 0 on.
    #[must_use]
    pub fn new(first: &str, settings: DirectorSettings, seed: u64) -> Self {
        Self {
            settings,
            history: VecDeque::from([first.to_owned()]),
            favourites: BTreeSet::new(),
            locked: false,
            began: 0.0,
            asked: None,
            random: StdRng::seed_from_u64(seed),
        }
    }

    /// Whether a person keeps the scene that is on show.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    /// Keeps the scene on show, or lets scenes change again.
    pub fn toggle_lock(&mut self) {
        self.locked = !self.locked;
    }

    /// Names of scenes that a person likes.
    #[must_use]
    pub fn favourites(&self) -> &BTreeSet<String> {
        &self.favourites
    }

    /// Sets the favourites, from a file.
    pub fn set_favourites(&mut self, names: impl IntoIterator<Item = String>) {
        self.favourites = names.into_iter().collect();
    }

    /// Adds a scene to the favourites, or takes it out.
    pub fn toggle_favourite(&mut self, scene: &str) {
        if !self.favourites.remove(scene) {
            self.favourites.insert(scene.to_owned());
        }
    }

    /// Takes what a person asks for. It waits until a dissolve under way is over.
    pub fn ask(&mut self, request: SceneRequest) {
        self.asked = Some(request);
    }

    /// Takes notice of what is on show at `now`, in seconds, whatever brought it there.
    pub fn observe(&mut self, on_show: SceneOnShow<'_>, now: f64) {
        if self.history.back().is_some_and(|last| last == on_show.scene) {
            return;
        }
        self.history.retain(|name| name != on_show.scene);
        self.history.push_back(on_show.scene.to_owned());
        if self.history.len() > REMEMBERED {
            self.history.pop_front();
        }
        self.began = now;
    }

    /// Decides whether a change begins at `now`, in seconds. The caller begins it, and the director observes the result.
    pub fn step(
        &mut self,
        now: f64,
        on_show: SceneOnShow<'_>,
        music: FadeTiming,
        candidates: &[SceneCandidate],
    ) -> Option<SceneChange> {
        self.observe(on_show, now);
        if on_show.dissolving {
            return None;
        }
        let (scene, seconds) = if let Some(request) = self.asked.take() {
            (self.requested(&request, candidates)?, self.settings.asked_dissolve_seconds)
        } else if self.settings.on && !self.locked && self.is_due(now, candidates) && self.fits_music(music) {
            (self.choose(candidates)?, self.settings.dissolve_seconds)
        } else {
            return None;
        };
        (scene != on_show.scene).then_some(SceneChange { scene, seconds })
    }

    fn on_show(&self) -> &str {
        self.history.back().map_or("", String::as_str)
    }

    fn requested(&mut self, request: &SceneRequest, candidates: &[SceneCandidate]) -> Option<String> {
        let known = |name: &String| candidates.iter().any(|candidate| candidate.name == *name);
        match request {
            SceneRequest::Show(name) => Some(name.clone()).filter(known),
            SceneRequest::Back => self.history.iter().rev().nth(1).filter(|name| known(name)).cloned(),
            SceneRequest::Next => self.choose(candidates),
        }
    }

    fn is_due(&self, now: f64, candidates: &[SceneCandidate]) -> bool {
        let stayed = now - self.began;
        if stayed < f64::from(self.settings.stay_seconds) {
            return false;
        }
        let fit_now = candidates.iter().find(|c| c.name == self.on_show()).map_or(0.0, |c| c.fit);
        let best = candidates.iter().map(|c| c.fit).fold(0.0, f32::max);
        stayed >= f64::from(self.settings.longest_seconds)
            || self.settings.with_music
            || best > fit_now * self.settings.better
    }

    fn fits_music(&self, music: FadeTiming) -> bool {
        if self.settings.with_music {
            return music.since_fade.is_some_and(|since| since <= WITH_MUSIC_SECONDS);
        }
        let apart = f64::from(self.settings.apart_seconds);
        music.since_fade.is_none_or(|since| since >= apart)
            && music.until_fade.is_none_or(|until| until >= apart)
    }

    /// One that suits, by chance, and not one of the last.
    fn choose(&mut self, candidates: &[SceneCandidate]) -> Option<String> {
        let others = candidates.iter().filter(|candidate| candidate.name != self.on_show()).count();
        let left_out = self.settings.variety.min(others.saturating_sub(1)) + 1;
        let weight = |candidate: &SceneCandidate| {
            if self.history.iter().rev().take(left_out).any(|name| *name == candidate.name) {
                return 0.0;
            }
            let favour = if self.favourites.contains(&candidate.name) { self.settings.favour } else { 1.0 };
            candidate.fit.max(1e-3).powi(2) * favour
        };
        // No weights, or none above 0: there is nothing to choose from.
        let weights = WeightedIndex::new(candidates.iter().map(weight)).ok()?;
        candidates.get(weights.sample(&mut self.random)).map(|candidate| candidate.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visuals::VisualsSettings;
    use proptest::prelude::*;

    fn settings() -> DirectorSettings {
        DirectorSettings {
            stay_seconds: 60.0,
            longest_seconds: 180.0,
            dissolve_seconds: 6.0,
            apart_seconds: 8.0,
            variety: 2,
            ..VisualsSettings::default().director
        }
    }

    fn scenes(fits: &[f32]) -> Vec<SceneCandidate> {
        fits.iter().enumerate().map(|(i, fit)| SceneCandidate { name: format!("s{i}"), fit: *fit }).collect()
    }

    const QUIET: FadeTiming = FadeTiming { since_fade: None, until_fade: None };

    fn alone(scene: &str) -> SceneOnShow<'_> {
        SceneOnShow { scene, dissolving: false }
    }

    /// Times and names of the changes of a while, ten looks a second. Every change is shown, and takes its time.
    fn evening(director: &mut Director, seconds: u32, fits: &[f32]) -> Vec<(f64, String)> {
        let candidates = scenes(fits);
        let (mut scene, mut over) = (director.on_show().to_owned(), 0.0);
        let mut changes = Vec::new();
        for now in (0..seconds * 10).map(|i| f64::from(i) / 10.0) {
            let on_show = SceneOnShow { scene: &scene, dissolving: now < over };
            if let Some(change) = director.step(now, on_show, QUIET, &candidates) {
                over = now + f64::from(change.seconds);
                changes.push((now, change.scene.clone()));
                scene = change.scene;
                director.observe(SceneOnShow { scene: &scene, dissolving: true }, now);
            }
        }
        changes
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
            FadeTiming { since_fade: Some(3.0), until_fade: None },
            FadeTiming { since_fade: None, until_fade: Some(2.0) },
        ];
        let far = FadeTiming { since_fade: Some(9.0), until_fade: Some(60.0) };
        let mut director = Director::new("s0", settings(), 1);
        for music in near {
            assert_eq!(director.step(500.0, alone("s0"), music, &candidates), None);
        }
        assert!(director.step(500.0, alone("s0"), far, &candidates).is_some());

        let mut director = Director::new("s0", DirectorSettings { with_music: true, ..settings() }, 1);
        assert_eq!(director.step(500.0, alone("s0"), far, &candidates), None);
        let now = FadeTiming { since_fade: Some(0.1), until_fade: None };
        assert!(director.step(500.0, alone("s0"), now, &candidates).is_some());
    }

    #[test]
    fn a_request_is_done_at_once_or_after_the_dissolve_under_way() {
        let candidates = scenes(&[0.5; 4]);
        let near = FadeTiming { since_fade: Some(1.0), until_fade: None };
        let mut director = Director::new("s0", settings(), 1);
        director.ask(SceneRequest::Show("s2".into()));
        let change = director.step(1.0, alone("s0"), near, &candidates).expect("a change");
        assert_eq!((change.scene.as_str(), change.seconds), ("s2", settings().asked_dissolve_seconds));
        director.ask(SceneRequest::Back);
        let dissolving = SceneOnShow { scene: "s2", dissolving: true };
        assert_eq!(director.step(1.1, dissolving, near, &candidates), None);
        // However long the dissolve takes: the director has no clock of its own for it.
        assert_eq!(director.step(60.0, dissolving, near, &candidates), None);
        assert_eq!(director.step(60.1, alone("s2"), near, &candidates).expect("a change").scene, "s0");
    }

    /// A change that was not begun leaves no trace: the director knows only what was on show.
    #[test]
    fn what_was_never_shown_is_not_remembered() {
        let candidates = scenes(&[0.5; 4]);
        let mut director = Director::new("s0", settings(), 1);
        director.ask(SceneRequest::Show("s2".into()));
        assert!(director.step(1.0, alone("s0"), QUIET, &candidates).is_some());
        director.observe(alone("s0"), 2.0);
        assert_eq!(director.on_show(), "s0");
        director.observe(alone("s3"), 3.0);
        director.ask(SceneRequest::Back);
        assert_eq!(director.step(4.0, alone("s3"), QUIET, &candidates).expect("a change").scene, "s0");
    }

    #[test]
    fn a_locked_scene_stays_but_a_request_still_counts() {
        let candidates = scenes(&[0.05, 1.0]);
        let mut director = Director::new("s0", settings(), 1);
        director.toggle_lock();
        assert_eq!(director.step(5_000.0, alone("s0"), QUIET, &candidates), None);
        director.ask(SceneRequest::Next);
        assert!(director.step(5_001.0, alone("s0"), QUIET, &candidates).is_some());
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
    fn a_favourite_is_taken_back_by_the_same_key() {
        let mut director = Director::new("s0", settings(), 1);
        director.toggle_favourite("s1");
        assert!(director.favourites().contains("s1"));
        director.toggle_favourite("s1");
        assert!(director.favourites().is_empty());
    }

    #[test]
    fn one_scene_alone_stays() {
        let mut director = Director::new("s0", settings(), 1);
        assert!(evening(&mut director, 1_000, &[0.5]).is_empty());
        director.ask(SceneRequest::Next);
        assert_eq!(director.step(2_000.0, alone("s0"), QUIET, &scenes(&[0.5])), None);
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
