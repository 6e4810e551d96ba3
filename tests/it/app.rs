//! The full app on the virtual clock, with scripted commands: resources are asserted frame by frame.
//!
//! The pure parts of each room have their own tests. Here the systems around them are tested together, as `attune run`
//! composes them, without a window and without a device.

use std::path::Path;
use std::time::Duration;

use attune::app::AppBuilder;
use attune::app::settings::Settings;
use attune::command::{Command, Request};
use attune::emotion::Circumplex;
use attune::event::Event;
use attune::foundation::{ClockMode, Folders};
use attune::mixer::{NowPlaying, SoundOutput};
use attune::mood::Presence;
use attune::music::{LibraryOptions, MusicOptions, TasteOptions};
use attune::sense::camera::SourceSpec;
use attune::session::Breath;
use attune::settings::{ChangeSetting, ValueOrigins};
use attune::status::Status;
use attune::visuals::{PictureOutput, SceneCrossfade, make_ready};
use bevy::ecs::message::MessageCursor;
use bevy::prelude::*;

use crate::sound::hall::Tone;

/// One update of the app.
const STEP: Duration = Duration::from_millis(50);

/// The whole app, the visitor clip before its camera, and a folder of tones as its music.
struct ScriptedApp {
    app: App,
    cursor: MessageCursor<Event>,
    /// Everything that happened so far, with the app time in seconds.
    events: Vec<(f64, Event)>,
    _home: tempfile::TempDir,
}

impl ScriptedApp {
    fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let music = home.path().join("music");
        write_tones(&music);
        let mut settings = Settings::default();
        change(&mut settings);
        let builder = AppBuilder {
            settings,
            origins: ValueOrigins::default(),
            settings_file: None,
            circumplex: Circumplex::shipped().expect("valid"),
            source: SourceSpec::Clip(None),
            music: MusicOptions { folder: Some(music), album: None, playlists: None, seed: 1 },
            taste: TasteOptions::default(),
            library: LibraryOptions { database: None },
            report: None,
            until: None,
            complaint: None,
            folders: Folders::below(home.path()),
        };
        let clock = ClockMode::Stepped { step: STEP };
        let mut app = builder.build(clock, PictureOutput::Nothing, SoundOutput::Silent);
        make_ready(&mut app);
        Self { app, cursor: MessageCursor::default(), events: Vec::new(), _home: home }
    }

    /// The same with the camera switched off, for scripts without people: no frame is read.
    fn without_camera(change: impl FnOnce(&mut Settings)) -> Self {
        let mut attune = Self::new(change);
        attune.ask(Command::ToggleCamera);
        attune
    }

    fn ask(&mut self, command: Command) {
        self.app.world_mut().write_message(Request::script(command));
    }

    /// Runs for this long and looks at the world after every update.
    fn watch(&mut self, seconds: f64, mut look: impl FnMut(&World)) {
        for _ in 0..(seconds / STEP.as_secs_f64()).round() as u32 {
            self.app.update();
            let now = self.app.world().resource::<Time>().elapsed_secs_f64();
            let messages = self.app.world().resource::<Messages<Event>>();
            self.events.extend(self.cursor.read(messages).map(|event| (now, event.clone())));
            look(self.app.world());
        }
    }

    fn run(&mut self, seconds: f64) {
        self.watch(seconds, |_| {});
    }

    fn get<R: Resource>(&self) -> &R {
        self.app.world().resource::<R>()
    }

    fn title(&self) -> Option<String> {
        self.get::<Status>().music.track.as_ref().map(|track| track.title.clone())
    }
}

fn write_tones(folder: &Path) {
    for (index, name) in ["a", "b", "c", "d", "e", "f"].iter().enumerate() {
        Tone::new(300.0 + 50.0 * index as f64, 60.0).write(&folder.join(format!("{name}.wav")));
    }
}

/// A pause holds the position from the update in which it is asked for, and the status says so.
#[test]
fn a_pause_acts_at_once_and_is_said() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    attune.run(4.0);
    assert!(attune.title().is_some(), "music plays");
    attune.ask(Command::Pause);
    attune.run(0.5);
    let held = attune.get::<NowPlaying>().position;
    attune.watch(3.0, |world| {
        assert!(world.resource::<Status>().music.paused);
        assert_eq!(world.resource::<NowPlaying>().position, held);
    });
    attune.ask(Command::Resume);
    attune.run(2.0);
    assert!(!attune.get::<Status>().music.paused);
    assert!(attune.get::<NowPlaying>().position > held);
}

/// "Not now" is an order: another track comes by the short fade, and the skipped one stays away.
#[test]
fn not_now_fades_as_fast_as_next_track_and_the_track_stays_away() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    attune.run(6.0);
    let asked = f64::from(Settings::default().mixer.asked_fade_seconds);
    let mut skipped = Vec::new();
    for command in [Command::NextTrack, Command::NotNow, Command::NotNow] {
        let before = attune.title().expect("music plays");
        if command == Command::NotNow {
            skipped.push(before.clone());
        }
        attune.ask(command.clone());
        let mut fading = 0.0;
        attune.watch(6.0, |world| {
            if world.resource::<NowPlaying>().crossfade.is_some() {
                fading += STEP.as_secs_f64();
            }
        });
        assert!(fading > 0.0 && fading <= asked + 0.2, "{command:?} fades for {fading} s, asked {asked} s");
        let after = attune.title().expect("music plays");
        assert_ne!(after, before, "{command:?} brings another track");
        assert!(!skipped.contains(&after), "{after} was skipped: {skipped:?}");
    }
}

/// Whoever counts arrivals and departures has the same people as the presence, in every update.
#[test]
fn arrivals_and_departures_add_up_to_the_people_present() {
    let mut attune = ScriptedApp::new(|_| {});
    let mut most = [0, 0];
    for _ in 0..24 {
        attune.run(1.0);
        let count = |wanted: fn(&Event) -> bool| attune.events.iter().filter(|(_, e)| wanted(e)).count();
        let arrived = count(|event| matches!(event, Event::PersonArrived));
        let left = count(|event| matches!(event, Event::PersonLeft));
        assert_eq!(arrived - left, attune.get::<Presence>().people().len());
        assert_eq!(attune.get::<Status>().mood.people, attune.get::<Presence>().people().len());
        most = [most[0].max(arrived), most[1].max(left)];
    }
    assert!(most.iter().all(|count| *count >= 1), "a visitor of the clip comes and goes: {most:?}");
}

/// Scenes that change do not start the breath anew: its phase moves by one step of time in every update.
#[test]
fn the_breath_goes_on_through_changes_of_scenes() {
    let mut attune = ScriptedApp::without_camera(|settings| settings.visuals.director.on = false);
    attune.run(1.0);
    let mut last = attune.get::<Breath>().phase();
    let step = STEP.as_secs_f32() / attune.get::<Breath>().period();
    for command in [Command::NextScene, Command::PreviousScene, Command::NextScene] {
        attune.ask(command);
        attune.watch(5.0, |world| {
            let phase = world.resource::<Breath>().phase();
            let moved = (phase - last).rem_euclid(1.0);
            assert!((moved - step).abs() < 1e-3, "the phase moved by {moved}, expected {step}");
            last = phase;
        });
    }
}

/// With reduced motion a dissolve takes longer, and a scene that is asked for during one has to wait. The status, which
/// favourite and keep are shown by, names the scene on show in every update.
#[test]
fn director_and_picture_agree_on_the_scene_in_every_update() {
    let mut attune = ScriptedApp::without_camera(|settings| {
        settings.visuals.director.on = false;
        settings.visuals.reduced_motion = true;
    });
    attune.run(1.0);
    let first = attune.get::<SceneCrossfade>().current().title.clone();
    let mut titles = Vec::new();
    for wait in [3.0, 1.0, 4.0, 12.0] {
        attune.ask(Command::NextScene);
        attune.watch(wait, |world| {
            let shown = world.resource::<SceneCrossfade>();
            let status = world.resource::<Status>().scene.clone().expect("a scene is loaded");
            assert_eq!(status.title, shown.front().scene().title);
            assert_eq!(status.next, shown.incoming().map(|layer| layer.scene().title.clone()));
            let on_show = status.next.unwrap_or(status.title);
            assert_eq!(on_show, shown.current().title);
            titles.push(on_show);
        });
    }
    titles.dedup();
    assert!(titles.len() > 1 && titles[0] != first, "the scene changed: {titles:?}");
}

/// A setting that is changed while running is taken over by its room and told as an event.
#[test]
fn a_changed_setting_holds_at_once() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    attune.run(1.0);
    attune
        .app
        .world_mut()
        .write_message(ChangeSetting { key: "mixer.volume".into(), value: Some("0.25".into()) });
    attune.run(0.2);
    assert!((attune.get::<Status>().music.volume - 0.25).abs() < 1e-6);
    let told =
        |event: &Event| matches!(event, Event::SettingChanged { setting } if setting == "mixer.volume");
    assert_eq!(attune.events.iter().filter(|(_, event)| told(event)).count(), 1);
}

/// The same seed and the same script make the same run, event by event.
#[test]
fn the_same_script_makes_the_same_events() {
    let events = || {
        let mut attune = ScriptedApp::without_camera(|_| {});
        attune.run(4.0);
        attune.ask(Command::Like);
        attune.run(2.0);
        attune.ask(Command::NextScene);
        attune.ask(Command::NextTrack);
        attune.run(8.0);
        attune.events
    };
    let first = events();
    assert!(first.iter().any(|(_, event)| matches!(event, Event::TrackBegan { .. })), "{first:?}");
    assert_eq!(first, events());
}

/// "Next" while a track fades in takes another one; twenty presses are one lesson, about the track that was heard; and what
/// the last of them chose is the one that plays within two seconds.
#[test]
fn twenty_presses_of_next_are_one_wish() {
    let mut attune = ScriptedApp::without_camera(|settings| settings.mixer.greet = false);
    attune.run(10.0);
    let heard = attune.title().expect("music plays");
    let mut titles = vec![heard.clone()];
    for _ in 0..2 {
        attune.ask(Command::NextTrack);
        attune.run(0.5);
        assert!(attune.get::<NowPlaying>().crossfade.is_some(), "it fades");
        titles.push(attune.title().expect("music plays"));
        let [.., before, now] = &titles[..] else { unreachable!() };
        assert_ne!(before, now);
    }
    for _ in 0..18 {
        attune.ask(Command::NextTrack);
        attune.run(0.1);
    }
    attune.run(2.0);
    let last = attune.title().expect("music plays");
    attune.watch(6.0, |world| {
        let playing = world.resource::<Status>().music.track.as_ref().map(|track| track.title.clone());
        assert_eq!(playing.as_ref(), Some(&last), "no earlier wish comes after the last one");
    });
    assert_eq!(attune.get::<NowPlaying>().crossfade, None);
    let lessons: Vec<&str> = attune
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Feedback { title, .. } => Some(title.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(lessons, [heard.as_str()]);
}

/// "Not now" near the end of a track, while another already waits for its turn, is about the one that is heard, and its
/// message names that one.
#[test]
fn not_now_names_the_track_that_is_heard() {
    let mut attune = ScriptedApp::without_camera(|settings| settings.mixer.greet = false);
    attune.run(10.0);
    let heard = attune.title().expect("music plays");
    // Tracks of 60 s with crossfades of 6 s: the next one is chosen some seconds before 54 s.
    while attune.get::<NowPlaying>().position.as_secs_f64() < 53.0 {
        attune.run(0.5);
    }
    assert_eq!(attune.title().as_ref(), Some(&heard), "the crossfade has not begun");
    attune.ask(Command::NotNow);
    attune.run(1.0);
    let words = attune.get::<Status>().music.answer.clone().expect("an answer");
    assert!(words.contains(&format!("Skipped \"{heard}\"")), "{words}");
}
