//! Portraits of scenes: an empty room, every emotion, and two people who differ, settled, as pictures.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use image::RgbImage;

use super::capture::{CaptureError, CapturePlugin, Captured, Picture, TakePictures};
use super::director::Change;
use super::graphics::{GraphicsError, graphics_available};
use super::quality::Level;
use super::settings::VisualsSettings;
use super::showing::Showing;
use super::{Output, VisualsPlugin, make_ready, plugins, seen};
use crate::emotion::Circumplex;
use crate::emotion::{Emotion, EmotionScores, Probabilities};
use crate::foundation::{ClockMode, FileError, FoundationPlugin};
use crate::mixer::SoundLevels;
use crate::mood::{Mood, MoodState};
use crate::vision::face::{Face, FaceBox, ViewQuality};
use crate::vision::perception::{ReadFace, Reading, ReadingTiming};

const STEP: Duration = Duration::from_millis(250);
/// Updates until people have been greeted, or an empty room dreams.
const SETTLE: usize = 36;
/// Updates until a scene that takes the place of another is shown alone.
const TURN: usize = 4;
/// Level of detail of a portrait.
const DETAIL: f32 = 0.75;
/// Size of the frame that faces are seen in.
const CAMERA: [f32; 2] = [640.0, 480.0];
const FACE: f32 = 150.0;

/// Why there are no portraits.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
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

/// Who is portrayed: nobody, one person, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitter {
    /// For people.
    pub title: String,
    /// What each person looks like, from left to right.
    pub looks: Vec<Emotion>,
}

/// Nobody, each emotion in the order of [`Emotion::ALL`], then two people who differ.
#[must_use]
pub fn sitters() -> Vec<Sitter> {
    let nobody = Sitter { title: "nobody".into(), looks: Vec::new() };
    let one = |emotion: Emotion| Sitter { title: emotion.name().into(), looks: vec![emotion] };
    let two = Sitter { title: "happy and sad".into(), looks: vec![Emotion::Happy, Emotion::Sad] };
    std::iter::once(nobody).chain(Emotion::ALL.map(one)).chain([two]).collect()
}

/// All portraits of a scene.
#[derive(Debug, Clone)]
pub struct Portraits {
    /// Name of the scene.
    pub scene: String,
    /// One for each sitter.
    pub pictures: Vec<RgbImage>,
}

/// Draws each scene with each sitter at this size in pixels. After each picture `told` is called.
///
/// # Errors
/// [`SheetError`] says what is missing or broken.
pub fn portraits(
    settings: &VisualsSettings,
    scenes: &[String],
    sitters: &[Sitter],
    size: (u32, u32),
    mut told: impl FnMut(),
) -> Result<Vec<Portraits>, SheetError> {
    let mut studio = Studio::open(settings, size)?;
    let mut all: Vec<Portraits> =
        scenes.iter().map(|scene| Portraits { scene: scene.clone(), pictures: Vec::new() }).collect();
    for sitter in sitters {
        studio.seat(sitter);
        studio.settle()?;
        for portraits in &mut all {
            portraits.pictures.push(studio.draw(&portraits.scene)?);
            told();
        }
    }
    Ok(all)
}

/// Scenes without camera, networks and sound; mood, faces and what is heard are set by hand.
pub(super) struct Studio {
    app: App,
    newest: Arc<Mutex<RgbImage>>,
    looks: Vec<Emotion>,
}

impl Studio {
    /// The usual time between two pictures.
    pub(super) const STEP: Duration = STEP;

    pub(super) fn open(settings: &VisualsSettings, size: (u32, u32)) -> Result<Self, SheetError> {
        graphics_available(Output::Pictures)?;
        let mut settings = settings.clone();
        // Each picture stands for itself: nothing is limited by the one before, and nobody chooses.
        settings.flash_guard = false;
        settings.director.on = false;
        // It is small, so the whole of it is drawn, with a bloom of its own size.
        let level = Level {
            name: "portrait".into(),
            resolution: 1.0,
            detail: DETAIL,
            bloom_size: (size.0.min(size.1) / 2).clamp(16, 512),
            stars: true,
        };
        (settings.quality.level, settings.quality.first) = (level.name.clone(), level.name.clone());
        settings.quality.levels = vec![level];
        let newest = Arc::new(Mutex::new(RgbImage::new(size.0, size.1)));
        let kept = Arc::clone(&newest);
        let take = move |picture: &Picture<'_>| {
            if let Some(image) = RgbImage::from_raw(picture.size.0, picture.size.1, picture.rgb.to_vec()) {
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = image;
            }
        };
        let clock_mode = ClockMode::Stepped { step: STEP };
        let mut app = App::new();
        app.add_plugins(plugins(Output::Pictures, clock_mode).disable::<LogPlugin>())
            .insert_resource(clock_mode)
            .insert_resource(TimeUpdateStrategy::ManualDuration(STEP))
            .insert_resource(settings)
            .insert_resource(Circumplex::shipped()?)
            .insert_resource(TakePictures::new(take))
            // Some music is in the air.
            .insert_resource(SoundLevels {
                rms: 0.2,
                peak: 0.5,
                bands: [0.62, 0.58, 0.5, 0.46, 0.42, 0.36, 0.3, 0.22],
                ..SoundLevels::default()
            })
            .add_plugins((
                CapturePlugin { size, folder: PathBuf::new(), every: Duration::ZERO },
                FoundationPlugin,
                VisualsPlugin,
            ));
        make_ready(&mut app);
        let mut studio = Self { app, newest, looks: Vec::new() };
        while studio.app.world().resource::<Captured>().written().is_empty() {
            studio.wait(1)?;
        }
        Ok(studio)
    }

    /// Lets other people sit.
    pub(super) fn seat(&mut self, sitter: &Sitter) {
        self.looks.clone_from(&sitter.looks);
        let mut weights = [0.0; 7];
        for emotion in &self.looks {
            weights[emotion.index()] += 1.0;
        }
        let probabilities = Probabilities::from_weights(weights);
        let world = self.app.world_mut();
        let circumplex = world.resource::<Circumplex>().clone();
        let affect = circumplex.affect(&probabilities);
        let spread: f32 = self
            .looks
            .iter()
            .map(|emotion| {
                let own = circumplex.affect(&Probabilities::certain(*emotion));
                (own.valence - affect.valence).powi(2) + (own.arousal - affect.arousal).powi(2)
            })
            .sum();
        let mut mood = world.resource_mut::<Mood>();
        mood.fast = MoodState {
            emotion: self.looks.first().copied(),
            probabilities,
            valence: affect.valence,
            arousal: affect.arousal,
            ..mood.fast
        };
        mood.people = self.looks.len();
        mood.dispersion = (spread / self.looks.len().max(1) as f32).sqrt();
    }

    /// Waits until people have been greeted, or the empty room dreams.
    pub(super) fn settle(&mut self) -> Result<(), SheetError> {
        self.wait(SETTLE)
    }

    /// From now on a picture is so much later than the one before.
    pub(super) fn pace(&mut self, step: Duration) {
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(step));
    }

    /// What is heard from now on.
    pub(super) fn hear(&mut self, levels: SoundLevels) {
        self.app.insert_resource(levels);
    }

    /// The next picture.
    pub(super) fn shoot(&mut self) -> Result<RgbImage, SheetError> {
        self.wait(1)?;
        Ok(self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn wait(&mut self, updates: usize) -> Result<(), SheetError> {
        for _ in 0..updates {
            let at = self.app.world().resource::<Time>().elapsed();
            let reading = self.reading(at);
            self.app.world_mut().write_message(reading);
            self.app.update();
            if let (_, Some(error)) = self.app.world().resource::<Captured>().lost() {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Shows a scene from its beginning, and gives its picture.
    pub(super) fn draw(&mut self, scene: &str) -> Result<RgbImage, SheetError> {
        let world = self.app.world_mut();
        let seen = seen(world.resource::<Mood>());
        let mut showing = world.resource_mut::<Showing>();
        // Even a scene that is shown begins anew, so that a portrait does not depend on those before it.
        showing.begin(&Change { scene: scene.to_owned(), seconds: STEP.as_secs_f32() }, seen.as_ref());
        self.wait(TURN)?;
        if self.app.world().resource::<Showing>().scene().name != scene {
            return Err(SheetError::Scene(format!("the scene \"{scene}\" is not there, or broken")));
        }
        Ok(self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// A frame with everybody side by side.
    fn reading(&self, at: Duration) -> Reading {
        let share = CAMERA[0] / (self.looks.len() + 1) as f32;
        let faces = self.looks.iter().rev().zip(1u32..).map(|(emotion, place)| {
            let middle = [share * place as f32, CAMERA[1] * 0.42];
            face(place, middle, *emotion)
        });
        Reading {
            at,
            frame_size: CAMERA.map(|side| side as u32),
            faces: faces.collect(),
            timing: ReadingTiming::default(),
        }
    }
}

fn face(id: u32, [x, y]: [f32; 2], emotion: Emotion) -> ReadFace {
    let eye = |side: f32| [x + side * 0.2 * FACE, y - 0.1 * FACE];
    ReadFace {
        id,
        face: Face {
            bounds: FaceBox { x: x - FACE / 2.0, y: y - FACE / 2.0, width: FACE, height: FACE },
            left_eye: eye(-1.0),
            right_eye: eye(1.0),
            nose: None,
            mouth: None,
            score: 1.0,
        },
        quality: ViewQuality::GOOD,
        scores: EmotionScores::from_probabilities(&Probabilities::certain(emotion)),
        abstain: 0.0,
    }
}
