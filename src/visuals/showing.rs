//! The scene on show and the one that dissolves into its place.

use std::sync::Mutex;
use std::sync::mpsc::Receiver;

use bevy::prelude::*;
use bevy::shader::Shader;

use super::company::{Company, Manners};
use super::director::{Candidate, Change, fit};
use super::library::Library;
use super::scene::Scene;
use super::scenes::replace_shader;
use super::senses::{Heard, Seen};
use super::settings::VisualsSettings;
use super::stage::Stage;
use super::watch::{News, Watcher};
use super::{LONGEST_STEP, beat, seen};
use crate::foundation::easing::smoothstep;
use crate::foundation::{ClockMode, Faults, Folders, FrameStage};
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::Mood;
use crate::visuals::faults;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, open).add_systems(
        Update,
        (take_news.run_if(resource_exists::<Inbox>), advance)
            .chain()
            .in_set(FrameStage::Present)
            .run_if(resource_exists::<Showing>),
    );
}

/// A scene and its moving state.
#[derive(Debug, Clone)]
pub struct Part {
    scene: Scene,
    stage: Stage,
}

impl Part {
    /// The scene.
    #[must_use]
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Its eased state.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }
}

/// What is shown: one scene, or two while one dissolves into the other.
#[derive(Resource)]
pub struct Showing {
    shelf: Vec<Scene>,
    /// The two places that are drawn; `front` says which of them is on show.
    parts: [Option<Part>; 2],
    front: usize,
    dissolve: Option<Dissolve>,
}

/// A change of scene under way.
#[derive(Debug, Clone, Copy)]
struct Dissolve {
    passed: f32,
    seconds: f32,
}

/// A stage that comes in has settled for so long, in seconds, so that it shows the mood at once.
const SETTLED: f32 = 60.0;

impl Showing {
    /// Shows `scene` alone. `shelf` is what can take its place.
    #[must_use]
    pub fn new(scene: Scene, shelf: Vec<Scene>) -> Self {
        let stage = Stage::new(&scene);
        Self { shelf, parts: [Some(Part { scene, stage }), None], front: 0, dissolve: None }
    }

    /// The scene on show; in a dissolve the one that goes.
    #[must_use]
    pub fn scene(&self) -> &Scene {
        &self.front().scene
    }

    /// Its eased state.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.front().stage
    }

    /// The scene that comes, in a dissolve.
    #[must_use]
    pub fn coming(&self) -> Option<&Scene> {
        self.dissolve.and(self.parts[1 - self.front].as_ref()).map(Part::scene)
    }

    /// How much of the picture belongs to the scene that comes, 0..=1.
    #[must_use]
    pub fn mixture(&self) -> f32 {
        self.dissolve.map_or(0.0, |dissolve| smoothstep(dissolve.passed / dissolve.seconds))
    }

    /// What each of the two places draws; the second value is the place on show.
    pub(super) fn parts(&self) -> ([Option<&Part>; 2], usize) {
        let drawn = |place: usize| self.parts[place].as_ref();
        ([drawn(0), drawn(1)], self.front)
    }

    /// Every scene that could be shown, with how well it suits valence and arousal (`None`: an empty room) and the
    /// local hour.
    #[must_use]
    pub fn candidates(&self, feeling: Option<(f32, f32)>, hour: f32) -> Vec<Candidate> {
        let candidate = |scene: &Scene| Candidate {
            name: scene.name.clone(),
            fit: fit(scene.suits.as_ref(), feeling, hour),
        };
        self.shelf.iter().map(candidate).collect()
    }

    /// Begins to dissolve into another scene. Nothing happens if it is unknown or one is under way.
    pub fn begin(&mut self, change: &Change, seen: Option<&Seen>) {
        if self.dissolve.is_some() {
            return;
        }
        let Some(scene) = self.shelf.iter().find(|scene| scene.name == change.scene) else { return };
        let mut stage = Stage::new(scene);
        stage.advance(scene, seen, &Heard::default(), SETTLED);
        self.parts[1 - self.front] = Some(Part { scene: scene.clone(), stage });
        self.dissolve = Some(Dissolve { passed: 0.0, seconds: change.seconds.max(1e-3) });
    }

    /// Moves on by `dt` seconds.
    pub fn advance(&mut self, seen: Option<&Seen>, heard: &Heard, dt: f32) {
        for part in self.parts.iter_mut().flatten() {
            part.stage.advance(&part.scene, seen, heard, dt);
        }
        let Some(dissolve) = &mut self.dissolve else { return };
        dissolve.passed += dt;
        if dissolve.passed >= dissolve.seconds {
            self.dissolve = None;
            self.parts[self.front] = None;
            self.front = 1 - self.front;
        }
    }

    fn front(&self) -> &Part {
        // `new` fills the first place, and `advance` only ever turns to one that was filled by `begin`.
        self.parts[self.front].as_ref().expect("the place on show is filled")
    }

    /// Takes over a scene that was written again. Colours and parameters ease from where they are: nothing jumps.
    fn put(&mut self, scene: Scene) {
        for part in self.parts.iter_mut().flatten().filter(|part| part.scene.name == scene.name) {
            part.scene = scene.clone();
        }
        match self.shelf.iter_mut().find(|known| known.name == scene.name) {
            Some(known) => *known = scene,
            None => self.shelf.push(scene),
        }
    }

    fn remove(&mut self, name: &str) {
        self.shelf.retain(|scene| scene.name != name);
    }
}

/// News of a person's files. Behind a lock only because Bevy shares resources between threads.
#[derive(Resource)]
struct Inbox(Mutex<Receiver<News>>);

fn open(
    mut commands: Commands,
    settings: Res<VisualsSettings>,
    (clock_mode, time, folders): (Res<ClockMode>, Res<Time>, Res<Folders>),
    mut faults: ResMut<Faults>,
    mut shaders: Option<ResMut<Assets<Shader>>>,
) {
    let library = Library::of(&settings, &folders);
    // What is wrong with a person's own file is told with the other files below.
    match library.manners().or_else(|_| Manners::shipped()) {
        Ok(manners) => commands.insert_resource(Company::new(manners)),
        Err(error) => faults.raise(faults::PRESENCE, error.to_string(), time.elapsed()),
    }
    let first = library.load(&settings.scene).or_else(|error| {
        let what = format!("{error}. The built-in scene is shown instead.");
        faults.raise(faults::SCENE, what, time.elapsed());
        Library::fallback()
    });
    let scene = match first {
        Ok(scene) => scene,
        Err(error) => {
            faults.raise(faults::SCENE, error.to_string(), time.elapsed());
            return;
        }
    };
    let mut showing = Showing::new(scene, Vec::new());
    let mut troubles = Troubles::default();
    let mut watcher = Watcher::new(library);
    for news in watcher.look() {
        // The company has its manners already.
        troubles.take(&mut showing, news, shaders.as_deref_mut(), None);
    }
    // What is wrong with the scene at the start is said already.
    troubles.0.retain(|(file, _)| *file != format!("{}.ron", settings.scene));
    troubles.tell(&mut faults, &time);
    commands.insert_resource(showing);
    commands.insert_resource(troubles);
    // A stepped run reads its scenes once, so that it does not depend on when a file is saved.
    if !clock_mode.is_stepped() {
        match watcher.watch() {
            Ok(receiver) => commands.insert_resource(Inbox(Mutex::new(receiver))),
            Err(error) => {
                let what = format!("Scenes are not looked at again: {error}.");
                faults.raise(faults::SCENE_WATCH, what, time.elapsed());
            }
        }
    }
}

/// Files that are broken, and what is wrong with them.
#[derive(Resource, Default)]
struct Troubles(Vec<(String, String)>);

impl Troubles {
    fn take(
        &mut self,
        showing: &mut Showing,
        news: News,
        shaders: Option<&mut Assets<Shader>>,
        company: Option<&mut Company>,
    ) {
        match news {
            News::Manners(manners) => {
                if let Some(company) = company {
                    company.behave(*manners);
                }
            }
            News::Scene(scene) => showing.put(*scene),
            // A scene that was only broken over a shipped one comes back by itself.
            News::Gone(name) => showing.remove(&name),
            News::Shader(visualizer, text) => {
                if let Some(shaders) = shaders {
                    replace_shader(shaders, visualizer, text.as_deref().unwrap_or(visualizer.wgsl()));
                }
            }
            News::Broken(file, what) => {
                self.0.retain(|(other, _)| *other != file);
                self.0.push((file, what));
            }
            News::Mended(file) => self.0.retain(|(other, _)| *other != file),
        }
    }

    fn tell(&self, faults: &mut Faults, time: &Time) {
        match self.0.first() {
            Some((_, what)) => {
                let what = format!("{what}. The last good one stays.");
                faults.raise(faults::SCENE_FILES, what, time.elapsed());
            }
            None => faults.clear(faults::SCENE_FILES),
        }
    }
}

/// Takes over files that were written while they are shown. A broken one is a fault; the last good one stays.
fn take_news(
    mut showing: ResMut<Showing>,
    inbox: Res<Inbox>,
    mut troubles: ResMut<Troubles>,
    (mut shaders, mut company): (Option<ResMut<Assets<Shader>>>, Option<ResMut<Company>>),
    (mut faults, time): (ResMut<Faults>, Res<Time>),
    settings: Res<VisualsSettings>,
) {
    let Ok(inbox) = inbox.0.lock() else { return };
    let (mut any, mut mended) = (false, false);
    for news in inbox.try_iter() {
        mended |= matches!(&news, News::Scene(scene) if scene.name == settings.scene);
        troubles.take(&mut showing, news, shaders.as_deref_mut(), company.as_deref_mut());
        any = true;
    }
    if mended && faults.holds(faults::SCENE) {
        faults.clear(faults::SCENE);
        let change =
            Change { scene: settings.scene.clone(), seconds: settings.director.asked_dissolve_seconds };
        showing.begin(&change, None);
    }
    if any {
        troubles.tell(&mut faults, &time);
    }
}

/// With reduced motion the picture moves so much more slowly, and hears so much less.
const CALM_TIME: f32 = 0.4;
const CALM_HEARING: f32 = 0.25;

pub(crate) fn advance(
    mut showing: ResMut<Showing>,
    mood: Res<Mood>,
    (levels, playing): (Res<SoundLevels>, Res<NowPlaying>),
    time: Res<Time>,
    settings: Res<VisualsSettings>,
) {
    let mut heard =
        Heard { rms: levels.rms, bands: levels.bands, onset: levels.onset, beat: beat(&playing, &levels) };
    let dt = time.delta().min(LONGEST_STEP).as_secs_f32();
    if settings.reduced_motion {
        heard.rms *= CALM_HEARING;
        heard.bands = heard.bands.map(|band| band * CALM_HEARING);
        (heard.onset, heard.beat.trust) = (0.0, 0.0);
    }
    showing.advance(seen(&mood).as_ref(), &heard, if settings.reduced_motion { dt * CALM_TIME } else { dt });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visuals::library::FALLBACK;

    fn showing() -> Showing {
        let library = Library::new(std::path::Path::new("/nonexistent"));
        let shelf: Vec<Scene> =
            library.names().iter().map(|name| library.load(name).expect("whole")).collect();
        Showing::new(Library::fallback().expect("whole"), shelf)
    }

    #[test]
    fn a_dissolve_goes_from_one_scene_to_the_other_without_a_cut() {
        let mut showing = showing();
        let change = Change { scene: "orb".into(), seconds: 4.0 };
        showing.begin(&change, None);
        assert_eq!(
            (showing.scene().name.as_str(), showing.coming().map(|s| s.name.as_str())),
            (FALLBACK, Some("orb"))
        );
        let mut before = showing.mixture();
        for _ in 0..39 {
            showing.advance(None, &Heard::default(), 0.1);
            let now = showing.mixture();
            assert!(now >= before && now - before < 0.05, "{before} {now}");
            before = now;
        }
        assert!(before > 0.95);
        showing.advance(None, &Heard::default(), 0.2);
        assert_eq!((showing.scene().name.as_str(), showing.mixture()), ("orb", 0.0));
        assert!(showing.coming().is_none());
    }

    #[test]
    fn a_second_change_waits_and_an_unknown_scene_is_no_change() {
        let mut showing = showing();
        showing.begin(&Change { scene: "nowhere".into(), seconds: 4.0 }, None);
        assert!(showing.coming().is_none());
        showing.begin(&Change { scene: "orb".into(), seconds: 4.0 }, None);
        showing.advance(None, &Heard::default(), 1.0);
        showing.begin(&Change { scene: FALLBACK.into(), seconds: 4.0 }, None);
        assert_eq!(showing.coming().map(|s| s.name.as_str()), Some("orb"));
    }

    #[test]
    fn a_scene_that_comes_shows_the_mood_already() {
        use crate::emotion::{Emotion, Probabilities};
        let mut showing = showing();
        let seen = Seen {
            valence: 0.8,
            arousal: 0.5,
            certainty: 0.9,
            dispersion: 0.0,
            probabilities: Probabilities::certain(Emotion::Happy),
        };
        showing.begin(&Change { scene: "orb".into(), seconds: 4.0 }, Some(&seen));
        let (parts, front) = showing.parts();
        assert!(parts[1 - front].expect("it comes").stage().presence() > 0.99);
    }
}
