//! Which scenes are drawn: one, or two while one dissolves into the other.
//!
//! The renderer has two targets that scenes are drawn into. A scene keeps its target for as long as it is shown, so
//! that nothing is drawn anew when a dissolve ends; [`SceneCrossfade::targets`] says which scene is in which.

use bevy::prelude::Resource;

use super::affinity::fit;
use super::definition::Scene;
use super::state::SceneState;
use crate::foundation::easing::smoothstep;
use crate::visuals::inputs::{SceneInputs, SoundInput};

/// A scene that could be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneCandidate {
    /// Its name in the library.
    pub name: String,
    /// How well it suits now, see `affinity.rs`.
    pub fit: f32,
}

/// A change of scene.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneChange {
    /// Name of the scene that comes.
    pub scene: String,
    /// How long the dissolve takes, in seconds.
    pub seconds: f32,
}

/// A scene and its moving state.
#[derive(Debug, Clone)]
pub struct SceneLayer {
    scene: Scene,
    state: SceneState,
}

impl SceneLayer {
    /// The scene.
    #[must_use]
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Its eased state.
    #[must_use]
    pub fn state(&self) -> &SceneState {
        &self.state
    }
}

/// The scene that fades in, and how far the dissolve is.
#[derive(Debug, Clone)]
struct IncomingScene {
    layer: SceneLayer,
    /// Seconds since the dissolve began.
    passed: f32,
    /// Seconds that it takes.
    seconds: f32,
}

/// The scene on show, and the one that dissolves into its place.
#[derive(Resource)]
pub struct SceneCrossfade {
    scenes: Vec<Scene>,
    front: SceneLayer,
    incoming: Option<IncomingScene>,
    /// Which of the two targets the front is drawn into, 0 or 1.
    front_target: usize,
}

/// The state of an incoming scene is advanced by this many seconds first, so that it shows the mood at once.
const SETTLED: f32 = 60.0;

impl SceneCrossfade {
    /// Shows `scene` alone. `scenes` are those that can take its place.
    #[must_use]
    pub fn new(scene: Scene, scenes: Vec<Scene>) -> Self {
        let state = SceneState::new(&scene);
        Self { scenes, front: SceneLayer { scene, state }, incoming: None, front_target: 0 }
    }

    /// The scene that is shown, or that is on its way: in a dissolve the one that fades in. This is what a person
    /// means who keeps or likes the scene.
    #[must_use]
    pub fn current(&self) -> &Scene {
        self.incoming.as_ref().map_or(&self.front.scene, |incoming| &incoming.layer.scene)
    }

    /// The scene in front; in a dissolve the one that fades out.
    #[must_use]
    pub fn front(&self) -> &SceneLayer {
        &self.front
    }

    /// The scene that fades in, in a dissolve.
    #[must_use]
    pub fn incoming(&self) -> Option<&SceneLayer> {
        self.incoming.as_ref().map(|incoming| &incoming.layer)
    }

    /// Whether one scene dissolves into another now.
    #[must_use]
    pub fn is_dissolving(&self) -> bool {
        self.incoming.is_some()
    }

    /// How much of the picture belongs to the scene that fades in, 0..=1.
    #[must_use]
    pub fn mixture(&self) -> f32 {
        self.incoming.as_ref().map_or(0.0, |incoming| smoothstep(incoming.passed / incoming.seconds))
    }

    /// What is drawn into each of the two targets, and which of them is in front.
    pub(in crate::visuals) fn targets(&self) -> ([Option<&SceneLayer>; 2], usize) {
        let mut layers = [Some(&self.front), self.incoming()];
        if self.front_target == 1 {
            layers.swap(0, 1);
        }
        (layers, self.front_target)
    }

    /// Every scene that could be shown, with how well it suits valence and arousal (`None`: an empty room) and the
    /// local hour, 0..24.
    #[must_use]
    pub fn candidates(&self, mood: Option<(f32, f32)>, hour: f32) -> Vec<SceneCandidate> {
        let candidate = |scene: &Scene| SceneCandidate {
            name: scene.name.clone(),
            fit: fit(scene.suits.as_ref(), mood, hour),
        };
        self.scenes.iter().map(candidate).collect()
    }

    /// The scenes that can be shown.
    #[must_use]
    pub fn scenes(&self) -> &[Scene] {
        &self.scenes
    }

    /// The scene that a person means by a name, or by a title in upper or lower case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Scene> {
        let title = name.trim().to_lowercase();
        let by_name = self.scenes.iter().find(|scene| scene.name == name.trim());
        by_name.or_else(|| self.scenes.iter().find(|scene| scene.title.to_lowercase() == title))
    }

    /// Begins to dissolve into another scene, and says whether it did: not while a dissolve is under way, and not if
    /// there is no such scene.
    pub fn begin(&mut self, change: &SceneChange, inputs: &SceneInputs) -> bool {
        if self.is_dissolving() {
            return false;
        }
        let Some(scene) = self.scenes.iter().find(|scene| scene.name == change.scene) else { return false };
        let mut state = SceneState::new(scene);
        // The mood is there already; sound and breath are followed from the first frame on.
        let quiet = SceneInputs { sound: SoundInput::default(), ..*inputs };
        state.advance(scene, &quiet, SETTLED);
        let layer = SceneLayer { scene: scene.clone(), state };
        self.incoming = Some(IncomingScene { layer, passed: 0.0, seconds: change.seconds.max(1e-3) });
        true
    }

    /// Moves on by `dt` seconds.
    pub fn advance(&mut self, inputs: &SceneInputs, dt: f32) {
        self.front.state.advance(&self.front.scene, inputs, dt);
        let Some(mut incoming) = self.incoming.take() else { return };
        incoming.layer.state.advance(&incoming.layer.scene, inputs, dt);
        incoming.passed += dt;
        if incoming.passed >= incoming.seconds {
            self.front = incoming.layer;
            self.front_target = 1 - self.front_target;
        } else {
            self.incoming = Some(incoming);
        }
    }

    /// Takes over a scene that is new or was written again. Colours and parameters ease from where they are: nothing
    /// jumps.
    pub(in crate::visuals) fn put(&mut self, scene: Scene) {
        let incoming = self.incoming.as_mut().map(|incoming| &mut incoming.layer);
        for layer in [Some(&mut self.front), incoming].into_iter().flatten() {
            if layer.scene.name == scene.name {
                layer.scene = scene.clone();
            }
        }
        match self.scenes.iter_mut().find(|known| known.name == scene.name) {
            Some(known) => *known = scene,
            None => self.scenes.push(scene),
        }
    }

    /// Takes a scene out of those that can be shown. One that is on show stays until another takes its place.
    pub(in crate::visuals) fn remove(&mut self, name: &str) {
        self.scenes.retain(|scene| scene.name != name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::{Emotion, Probabilities};
    use crate::visuals::inputs::MoodInput;
    use crate::visuals::scene_files::SceneLibrary;

    const FALLBACK: &str = "aurora";

    fn crossfade() -> SceneCrossfade {
        let library = SceneLibrary::new(std::path::Path::new("/nonexistent"));
        let scenes: Vec<Scene> =
            library.names().iter().map(|name| library.load(name).expect("whole")).collect();
        SceneCrossfade::new(SceneLibrary::fallback().expect("whole"), scenes)
    }

    fn to(scene: &str) -> SceneChange {
        SceneChange { scene: scene.into(), seconds: 4.0 }
    }

    #[test]
    fn a_dissolve_goes_from_one_scene_to_the_other_without_a_cut() {
        let quiet = SceneInputs::default();
        let mut crossfade = crossfade();
        assert!(crossfade.begin(&to("orb"), &quiet));
        assert_eq!(crossfade.front().scene().name, FALLBACK);
        assert_eq!(crossfade.current().name, "orb");
        let before = crossfade.targets();
        assert_eq!((before.1, before.0[1].map(|layer| layer.scene.name.as_str())), (0, Some("orb")));
        let mut before = crossfade.mixture();
        for _ in 0..39 {
            crossfade.advance(&quiet, 0.1);
            let now = crossfade.mixture();
            assert!(now >= before && now - before < 0.05, "{before} {now}");
            before = now;
        }
        assert!(before > 0.95);
        crossfade.advance(&quiet, 0.2);
        assert_eq!((crossfade.front().scene().name.as_str(), crossfade.mixture()), ("orb", 0.0));
        assert!(crossfade.incoming().is_none());
        // It stays in the target that it was drawn into.
        let (layers, front) = crossfade.targets();
        assert_eq!(front, 1);
        assert!(layers[0].is_none() && layers[1].is_some_and(|layer| layer.scene.name == "orb"));
    }

    #[test]
    fn a_second_change_is_refused_and_an_unknown_scene_is_no_change() {
        let quiet = SceneInputs::default();
        let mut crossfade = crossfade();
        assert!(!crossfade.begin(&to("nowhere"), &quiet) && crossfade.incoming().is_none());
        assert!(crossfade.begin(&to("orb"), &quiet));
        crossfade.advance(&quiet, 1.0);
        assert!(!crossfade.begin(&to(FALLBACK), &quiet));
        assert_eq!(crossfade.current().name, "orb");
    }

    #[test]
    fn a_scene_that_comes_shows_the_mood_already() {
        let mood = MoodInput {
            valence: 0.8,
            arousal: 0.5,
            certainty: 0.9,
            dispersion: 0.0,
            probabilities: Probabilities::certain(Emotion::Happy),
        };
        let mut crossfade = crossfade();
        crossfade.begin(&to("orb"), &SceneInputs { mood: Some(mood), ..SceneInputs::default() });
        assert!(crossfade.incoming().expect("it comes").state().presence() > 0.99);
    }

    /// Two scenes that dissolve breathe together, and the one that comes does not begin its breath anew.
    #[test]
    fn scenes_that_dissolve_share_one_breath() {
        let mut breath = crate::session::Breath::default();
        let mut crossfade = crossfade();
        breath.advance(3.0);
        let inputs = |breath: &crate::session::Breath| SceneInputs {
            breath: breath.amplitude(),
            ..SceneInputs::default()
        };
        crossfade.begin(&to("orb"), &inputs(&breath));
        for _ in 0..30 {
            breath.advance(0.1);
            crossfade.advance(&inputs(&breath), 0.1);
            let incoming = crossfade.incoming().expect("a dissolve").state().breath();
            assert!((crossfade.front().state().breath() - incoming).abs() < 1e-6);
            assert!((incoming - breath.amplitude()).abs() < 1e-6);
        }
    }
}
