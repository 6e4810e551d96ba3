//! `attune check-scenes`: counts flashes in every scene under a worst case: strobing sound, random moods and people,
//! and scene changes as fast as possible.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bevy::prelude::*;
use clap::Args;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::args::SettingsArgs;
use super::print::print_line;
use super::scene_app::{adapter_name, choose_scenes, scene_app};
use crate::emotion::{Circumplex, Emotion, FacePlace, PersonId, Probabilities};
use crate::foundation::Folders;
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::{Mood, People, PersonMood, Presence};
use crate::music::{BeatGrid, Dbfs, Lufs, Pick, PickCause, Sourced, Track, TrackEdges, TrackFacts};
use crate::visuals::director::{DirectorState, SceneRequest};
use crate::visuals::{
    FlashCounter, FlashReport, PictureOutput, VisualsSettings, draw_first_picture, graphics_available,
};

#[derive(Debug, Clone, Args)]
pub(super) struct CheckScenesArgs {
    /// The scenes to check. Default: all, and the changes between them.
    #[arg(value_name = "SCENE")]
    scenes: Vec<String>,
    /// Seconds to check each scene.
    #[arg(long, value_name = "SECONDS", default_value = "8", value_parser = super::args::seconds)]
    seconds: f64,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Check the scenes without the flash guard.
    #[arg(long)]
    without_guard: bool,
    /// Seed of the random sound and moods.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Thirty pictures per second resolve up to fifteen flashes per second.
const STEP: Duration = Duration::from_nanos(1_000_000_000 / 30);
/// The counter averages over cells, so that more pixels would not change its result.
const SIZE: (u32, u32) = (320, 180);
/// The shortest scene change that the settings allow, in seconds.
const FASTEST: f32 = 0.5;

pub(super) fn check_scenes(args: &CheckScenesArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    graphics_available(PictureOutput::Pictures)?;
    let (mut settings, scenes) = choose_scenes(&args.settings, None, &args.scenes, folders)?;
    settings.flash_guard = !args.without_guard;
    settings.reduced_motion &= !args.without_guard;
    settings.director.on = false;
    settings.director.asked_dissolve_seconds = FASTEST;
    let mut safe = true;
    let rows = scenes.iter().map(|scene| (scene.as_str(), vec![scene.clone()]));
    let changes = (scenes.len() > 1).then(|| ("changes between them", scenes.clone()));
    for (index, (title, shown)) in rows.chain(changes).enumerate() {
        let trial = FlashTrial { settings: settings.clone(), shown, seconds: args.seconds, seed: args.seed };
        let (verdict, adapter) = trial.run()?;
        if index == 0 {
            print_line!("drawn by {adapter}, {}×{}, {} s each", SIZE.0, SIZE.1, args.seconds)?;
            print_line!(
                "\n{:24} {:>8} {:>10} {:>8} {:>10} {:>8}",
                "scene",
                "pictures",
                "flashes/s",
                "area",
                "red/s",
                "area"
            )?;
        }
        print_line!("{}", row(title, &verdict))?;
        safe &= verdict.is_safe();
    }
    print_line!(
        "\nFlashes: most in any second at any place. Area: largest share of a ten-degree field with more than three \
         flashes per second; 25 % is the limit."
    )?;
    Ok(if safe { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(title: &str, v: &FlashReport) -> String {
    let word = if v.is_safe() { "safe" } else { "FLASHES" };
    format!(
        "{title:24} {:8} {:10.1} {:6.1} % {:10.1} {:6.1} %  {word}",
        v.pictures,
        v.flashes,
        v.area * 100.0,
        v.red_flashes,
        v.red_area * 100.0
    )
}

/// One scene alone, or several that change continuously.
struct FlashTrial {
    settings: VisualsSettings,
    shown: Vec<String>,
    seconds: f64,
    seed: u64,
}

impl FlashTrial {
    fn run(self) -> anyhow::Result<(FlashReport, String)> {
        let Self { mut settings, shown, seconds, seed } = self;
        settings.scene.clone_from(&shown[0]);
        let counter = Arc::new(Mutex::new(FlashCounter::default()));
        let counts = Arc::clone(&counter);
        let mut app = scene_app(settings, SIZE, STEP, move |picture| {
            let mut counter = counts.lock().unwrap_or_else(PoisonError::into_inner);
            counter.see(picture.rgb, picture.size.0, picture.size.1, picture.at.as_secs_f64());
        })?;
        app.insert_resource(NowPlaying { pick: Some(fast_track()), ..NowPlaying::default() });
        draw_first_picture(&mut app)?;
        let mut stimulus = RandomStimulus::new(seed);
        let pictures = (seconds / STEP.as_secs_f64()).ceil() as u32;
        for _ in 0..pictures {
            stimulus.apply(&mut app, &shown);
            app.update();
        }
        let verdict = counter.lock().unwrap_or_else(PoisonError::into_inner).verdict();
        Ok((verdict, adapter_name(&app)))
    }
}

/// A track with four beats per second.
fn fast_track() -> Pick {
    let beats = BeatGrid { first: 0.0, bpm: 240.0, metre: 4, confidence: 1.0 };
    let edges = TrackEdges { intro_end: 0.0, outro_start: 3_600.0, sound_end: 3_600.0 };
    let track = Track {
        path: PathBuf::new(),
        title: "strobe".into(),
        artist: None,
        duration: Duration::from_hours(1),
        facts: TrackFacts {
            tempo: Some(Sourced::measured(beats.bpm)),
            beats: Some(Sourced::measured(beats)),
            ..TrackFacts::of_scan(Lufs(-6.0), Dbfs(0.0), edges)
        },
    };
    Pick { track, emotion: None, cause: PickCause::Silence, reason: String::new(), why: Vec::new() }
}

/// Random sound, moods and people, as a worst case for flashes.
struct RandomStimulus {
    random: StdRng,
    /// Updates until the next mood, until the next people, and until the sound toggles.
    mood: u32,
    people: u32,
    turn: u32,
    loud: bool,
    update: u32,
}

impl RandomStimulus {
    fn new(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), mood: 0, people: 0, turn: 0, loud: false, update: 0 }
    }

    fn apply(&mut self, app: &mut App, scenes: &[String]) {
        self.update += 1;
        self.sound(app.world_mut());
        self.feel(app.world_mut());
        self.visit(app.world_mut());
        if scenes.len() > 1 {
            // The director follows as soon as the current change has ended.
            let next = scenes[self.random.random_range(0..scenes.len())].clone();
            app.world_mut().resource_mut::<DirectorState>().ask(SceneRequest::Show(next));
        }
    }

    /// Toggles between full and silent, up to fifteen times per second.
    fn sound(&mut self, world: &mut World) {
        if self.turn == 0 {
            self.loud = !self.loud;
            self.turn = self.random.random_range(1..5);
        }
        self.turn -= 1;
        let level = f32::from(u8::from(self.loud));
        *world.resource_mut::<SoundLevels>() = SoundLevels {
            rms: level,
            peak: level,
            bands: [level; 8],
            onset: level,
            ..SoundLevels::default()
        };
        world.resource_mut::<NowPlaying>().position = STEP * self.update;
    }

    fn feel(&mut self, world: &mut World) {
        if self.mood > 0 {
            self.mood -= 1;
            return;
        }
        self.mood = self.random.random_range(1..12);
        let emotion = Emotion::ALL[self.random.random_range(0..Emotion::ALL.len())];
        let empty = self.random.random_range(0..6) == 0;
        let affect = world.resource::<Circumplex>().affect(&Probabilities::certain(emotion));
        let mut mood = world.resource_mut::<Mood>();
        mood.people = usize::from(!empty);
        mood.dispersion = self.random.random();
        mood.fast.emotion = (!empty).then_some(emotion);
        mood.fast.probabilities = Probabilities::certain(emotion);
        (mood.fast.valence, mood.fast.arousal, mood.fast.confidence) = (affect.valence, affect.arousal, 1.0);
    }

    /// Random people, with random faces.
    fn visit(&mut self, world: &mut World) {
        if self.people > 0 {
            self.people -= 1;
            return;
        }
        self.people = self.random.random_range(1..10);
        let count = self.random.random_range(0..4u32);
        let circumplex = world.resource::<Circumplex>().clone();
        let people: Vec<PersonMood> = (0..count).map(|id| self.person(id, &circumplex)).collect();
        let ids: Vec<PersonId> = people.iter().map(|person| person.id).collect();
        world.insert_resource(Presence::of(ids, STEP * self.update));
        world.insert_resource(People(people));
    }

    fn person(&mut self, id: u32, circumplex: &Circumplex) -> PersonMood {
        let place = FacePlace {
            x: self.random.random_range(0.1..0.9),
            y: self.random.random_range(0.1..0.9),
            height: self.random.random_range(0.12..0.6),
        };
        let emotion = Emotion::ALL[self.random.random_range(0..Emotion::ALL.len())];
        PersonMood::certain(PersonId(id), place, emotion, circumplex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_the_scene_is_safe() {
        let safe = row("orb", &FlashReport { flashes: 1.5, pictures: 240, ..FlashReport::default() });
        assert!(safe.starts_with("orb") && safe.contains("1.5") && safe.ends_with("safe"), "{safe}");
        let flashing = row("strobe", &FlashReport { flashes: 9.0, area: 0.8, ..FlashReport::default() });
        assert!(flashing.contains("80.0 %") && flashing.ends_with("FLASHES"), "{flashing}");
    }
}
