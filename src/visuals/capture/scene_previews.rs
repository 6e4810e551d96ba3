//! Portraits of scenes: an empty room, every emotion, and two people who differ, settled, as pictures.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use image::RgbImage;

use super::frames::{CaptureError, CaptureLog, CapturedPicture};
use super::offline_app::{OfflineScenes, draw_first_picture};
use crate::emotion::{Circumplex, Emotion, FacePlace, PersonId, Probabilities};
use crate::foundation::FileError;
use crate::mixer::SoundLevels;
use crate::mood::{Mood, MoodState, People, PersonMood, Presence};
use crate::session::Breath;
use crate::visuals::display::{GraphicsError, PictureOutput, graphics_available, make_ready};
use crate::visuals::inputs::{MoodInput, SceneInputs};
use crate::visuals::quality::QualityLevel;
use crate::visuals::scene::{SceneChange, SceneCrossfade};
use crate::visuals::settings::VisualsSettings;

const STEP: Duration = Duration::from_millis(250);
/// Updates until people have been greeted, or an empty room shows its idle lights.
const SETTLE: usize = 36;
/// Updates until a scene that takes the place of another is shown alone.
const TURN: usize = 4;
/// Level of detail of a preview.
const DETAIL: f32 = 0.75;
/// Middle of every face, and its height, as shares of the height of the frame.
const FACE_Y: f32 = 0.42;
const FACE_HEIGHT: f32 = 0.3125;

/// Why there are no previews.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error(transparent)]
    Graphics(#[from] GraphicsError),
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error(transparent)]
    File(#[from] FileError),
    /// The scene or its shader is broken.
    #[error("{0}")]
    Scene(String),
}

/// Who is in view: nobody, one person, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewSubject {
    /// For people.
    pub title: String,
    /// What each person looks like, from left to right.
    pub looks: Vec<Emotion>,
}

/// Nobody, each emotion in the order of [`Emotion::ALL`], then two people who differ.
#[must_use]
pub fn preview_subjects() -> Vec<PreviewSubject> {
    let nobody = PreviewSubject { title: "nobody".into(), looks: Vec::new() };
    let one = |emotion: Emotion| PreviewSubject { title: emotion.name().into(), looks: vec![emotion] };
    let two = PreviewSubject { title: "happy and sad".into(), looks: vec![Emotion::Happy, Emotion::Sad] };
    std::iter::once(nobody).chain(Emotion::ALL.map(one)).chain([two]).collect()
}

/// All previews of a scene.
#[derive(Debug, Clone)]
pub struct ScenePreviews {
    /// Name of the scene.
    pub scene: String,
    /// One for each subject.
    pub pictures: Vec<RgbImage>,
}

/// Draws each scene with each subject at this size in pixels. After each picture `told` is called.
///
/// # Errors
/// [`PreviewError`] says what is missing or broken.
pub fn previews(
    settings: &VisualsSettings,
    scenes: &[String],
    preview_subjects: &[PreviewSubject],
    size: (u32, u32),
    mut told: impl FnMut(),
) -> Result<Vec<ScenePreviews>, PreviewError> {
    let mut studio = ScenePreviewRenderer::open(settings, size)?;
    let mut all: Vec<ScenePreviews> =
        scenes.iter().map(|scene| ScenePreviews { scene: scene.clone(), pictures: Vec::new() }).collect();
    for subject in preview_subjects {
        studio.set_subject(subject);
        studio.settle()?;
        for previews in &mut all {
            previews.pictures.push(studio.draw(&previews.scene)?);
            told();
        }
    }
    Ok(all)
}

/// Draws scenes with a mood, faces and sound of its own.
pub(super) struct ScenePreviewRenderer {
    app: App,
    newest: Arc<Mutex<RgbImage>>,
}

impl ScenePreviewRenderer {
    /// The usual time between two pictures.
    pub(super) const STEP: Duration = STEP;

    pub(super) fn open(settings: &VisualsSettings, size: (u32, u32)) -> Result<Self, PreviewError> {
        graphics_available(PictureOutput::Pictures)?;
        let mut settings = settings.clone();
        // Each picture is independent of the one before: no flash guard, and no change of scene.
        settings.flash_guard = false;
        settings.director.on = false;
        // It is small, so it is drawn at full resolution, with a bloom that suits its size.
        let level = QualityLevel {
            name: "preview".into(),
            resolution: 1.0,
            detail: DETAIL,
            bloom_size: (size.0.min(size.1) / 2).clamp(16, 512),
            stars: true,
        };
        (settings.quality.level, settings.quality.first) = (level.name.clone(), level.name.clone());
        settings.quality.levels = vec![level];
        let newest = Arc::new(Mutex::new(RgbImage::new(size.0, size.1)));
        let kept = Arc::clone(&newest);
        let take = move |picture: &CapturedPicture<'_>| {
            if let Some(image) = RgbImage::from_raw(picture.size.0, picture.size.1, picture.rgb.to_vec()) {
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = image;
            }
        };
        let mut app = OfflineScenes { settings, size, step: STEP, every: Duration::ZERO }.app(take)?;
        // Some music plays.
        app.insert_resource(SoundLevels {
            rms: 0.2,
            peak: 0.5,
            bands: [0.62, 0.58, 0.5, 0.46, 0.42, 0.36, 0.3, 0.22],
            ..SoundLevels::default()
        });
        make_ready(&mut app);
        draw_first_picture(&mut app)?;
        Ok(Self { app, newest })
    }

    /// Lets other people be in view.
    pub(super) fn set_subject(&mut self, subject: &PreviewSubject) {
        let mut weights = [0.0; 7];
        for emotion in &subject.looks {
            weights[emotion.index()] += 1.0;
        }
        let probabilities = Probabilities::from_weights(weights);
        let world = self.app.world_mut();
        let circumplex = world.resource::<Circumplex>().clone();
        let affect = circumplex.affect(&probabilities);
        let spread: f32 = subject
            .looks
            .iter()
            .map(|emotion| {
                let own = circumplex.affect(&Probabilities::certain(*emotion));
                (own.valence - affect.valence).powi(2) + (own.arousal - affect.arousal).powi(2)
            })
            .sum();
        let people = side_by_side(&subject.looks, &circumplex);
        let ids: Vec<PersonId> = people.iter().map(|person| person.id).collect();
        let now = world.resource::<Time>().elapsed();
        let presence = if ids.is_empty() { Presence::default() } else { Presence::of(ids, now) };
        world.insert_resource(presence);
        world.insert_resource(People(people));
        let mut mood = world.resource_mut::<Mood>();
        mood.fast = MoodState {
            emotion: subject.looks.first().copied(),
            probabilities,
            valence: affect.valence,
            arousal: affect.arousal,
            ..mood.fast
        };
        mood.people = subject.looks.len();
        mood.dispersion = (spread / subject.looks.len().max(1) as f32).sqrt();
    }

    /// Waits until people have been greeted, or the idle lights of an empty room are there.
    pub(super) fn settle(&mut self) -> Result<(), PreviewError> {
        self.wait(SETTLE)
    }

    /// Sets the time between two pictures.
    pub(super) fn set_step(&mut self, step: Duration) {
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(step));
    }

    /// Sets the sound that is heard.
    pub(super) fn set_sound(&mut self, levels: SoundLevels) {
        self.app.insert_resource(levels);
    }

    /// The next picture.
    pub(super) fn next_picture(&mut self) -> Result<RgbImage, PreviewError> {
        self.wait(1)?;
        Ok(self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn wait(&mut self, updates: usize) -> Result<(), PreviewError> {
        for _ in 0..updates {
            self.app.update();
            if let (_, Some(error)) = self.app.world().resource::<CaptureLog>().lost() {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Shows a scene from its beginning, and gives its picture.
    pub(super) fn draw(&mut self, scene: &str) -> Result<RgbImage, PreviewError> {
        let world = self.app.world_mut();
        // Breath and scene begin anew, so that a preview does not depend on those before it.
        world.insert_resource(Breath::default());
        let mood = MoodInput::of_group(world.resource::<Mood>());
        let inputs = SceneInputs { mood, ..SceneInputs::default() };
        let change = SceneChange { scene: scene.to_owned(), seconds: STEP.as_secs_f32() };
        let begun = world.resource_mut::<SceneCrossfade>().begin(&change, &inputs);
        self.wait(TURN)?;
        if !begun {
            return Err(PreviewError::Scene(format!("the scene \"{scene}\" is not there, or broken")));
        }
        Ok(self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Everybody side by side, the first on the left of the mirror.
fn side_by_side(looks: &[Emotion], circumplex: &Circumplex) -> Vec<PersonMood> {
    let share = 1.0 / (looks.len() + 1) as f32;
    let people = looks.iter().rev().zip(1u32..).map(|(emotion, number)| {
        let place = FacePlace { x: share * number as f32, y: FACE_Y, height: FACE_HEIGHT };
        PersonMood::certain(PersonId(number), place, *emotion, circumplex)
    });
    people.collect()
}
