//! The full app on the virtual clock, with scripted commands: resources are asserted frame by frame.
//!
//! The pure parts of each room have their own tests. Here the systems around them are tested together, as `attune run`
//! composes them, without a window and without a device.

use std::path::Path;
use std::time::Duration;

use attune::app::settings::Settings;
use attune::command::{Command, Request};
use attune::emotion::{
    Emotion, Evidence, EvidenceSource, LogProbabilities, PersonEvidence, PersonId, Probabilities,
};
use attune::event::Event;
use attune::foundation::ClockMode;
use attune::mixer::{NowPlaying, SoundOutput};
use attune::mood::{ManualMood, Mood, Presence};
use attune::session::{Breath, BreathStage};
use attune::settings::{
    ChangeSetting, LoadedSections, SettingNode, SettingRefused, SettingsCatalog, tree_of,
};
use attune::status::Status;
use attune::vision::perception::PerceptionStatus;
use attune::visuals::quality::RenderQuality;
use attune::visuals::{PictureOutput, SceneCrossfade, make_ready};
use bevy::ecs::message::MessageCursor;
use bevy::prelude::*;
use bevy::window::{PresentMode, PrimaryWindow};

use crate::sound::test_rig::Tone;
use crate::stepped_app::stepped_app;

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
        let builder = stepped_app(home.path(), music, settings);
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

    /// Runs for this long with a person in view who smiles.
    fn smile(&mut self, seconds: f64) {
        for _ in 0..(seconds / STEP.as_secs_f64()).round() as u32 {
            let at = self.get::<Time>().elapsed();
            let people = vec![smiling_person()];
            self.app.world_mut().write_message(Evidence { source: EvidenceSource::Camera, at, people });
            self.run(STEP.as_secs_f64());
        }
    }

    fn tracks_begun(&self) -> usize {
        self.events.iter().filter(|(_, event)| matches!(event, Event::TrackBegan { .. })).count()
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

    /// Changes a setting as a settings screen does; `None` asks for the default. Nothing may refuse it.
    fn set(&mut self, key: &str, value: Option<&str>) {
        let change = ChangeSetting { key: key.into(), value: value.map(str::to_owned) };
        self.app.world_mut().write_message(change);
        self.run(2.0 * STEP.as_secs_f64());
        let refused: Vec<_> =
            self.app.world_mut().resource_mut::<Messages<SettingRefused>>().drain().collect();
        assert_eq!(refused, [], "{key}");
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

fn smiling_person() -> PersonEvidence {
    PersonEvidence {
        person: Some(PersonId(1)),
        scores: LogProbabilities::from_probabilities(&Probabilities::certain(Emotion::Happy)),
        abstain: 0.0,
        weight: 8_100.0,
        quality: 1.0,
        unreadable: None,
        place: None,
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

/// Each section of the settings belongs to a room: what a person writes into it is read by somebody.
#[test]
fn every_section_of_the_settings_is_taken() {
    let attune = ScriptedApp::without_camera(|_| {});
    let left: Vec<&str> = attune.get::<LoadedSections>().left().collect();
    assert_eq!(left, [""; 0], "sections that no room has taken");
    let catalog = attune.get::<SettingsCatalog>();
    let mut known: Vec<&str> = catalog.sections().iter().map(SettingNode::path).collect();
    known.sort_unstable();
    let SettingNode::Section(tree) = tree_of::<Settings>() else { panic!("the tree is a section") };
    let mut declared: Vec<&str> = tree.children.iter().map(SettingNode::path).collect();
    declared.sort_unstable();
    assert_eq!(known, declared);
}

/// A folder of models that is set while running is read at once: where it is missing a fault says so, and with the
/// default the faces are read again.
#[test]
fn changed_settings_of_the_perception_act() {
    let mut attune = ScriptedApp::new(|_| {});
    attune.run(1.0);
    let read = |attune: &ScriptedApp| attune.get::<PerceptionStatus>().processed;
    assert!(read(&attune) > 0);
    attune.set("perception.models_folder", Some("/nonexistent/models"));
    let fault = |attune: &ScriptedApp| {
        attune.get::<Status>().faults.iter().find(|fault| fault.room == "perception").cloned()
    };
    let what = fault(&attune).expect("a fault").what;
    assert!(what.contains("/nonexistent/models"), "{what}");
    let before = read(&attune);
    attune.set("perception.models_folder", None);
    attune.run(1.0);
    assert_eq!(fault(&attune), None);
    assert!(read(&attune) > before, "frames are read again");
}

/// A larger step moves the point of the manual mood farther with the next press.
#[test]
fn changed_settings_of_the_manual_mood_act() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    attune.ask(Command::ToggleManualMood);
    attune.run(0.2);
    attune.set("manual_mood.step", Some("0.5"));
    attune.ask(Command::MoveManualMood { valence: 1.0, arousal: 0.0 });
    attune.run(1.5);
    let valence = attune.get::<ManualMood>().point().valence;
    assert!((valence - 0.5).abs() < 0.02, "one step of 0.5 leads to {valence}");
}

/// A director that is switched on while running, with short stays, brings another scene.
#[test]
fn changed_settings_of_the_director_act() {
    let mut attune = ScriptedApp::without_camera(|settings| settings.visuals.director.on = false);
    attune.run(5.0);
    let scene = |attune: &ScriptedApp| attune.get::<SceneCrossfade>().current().name.clone();
    let first = scene(&attune);
    for (key, value) in
        [("apart_seconds", "0"), ("stay_seconds", "1"), ("longest_seconds", "2"), ("on", "true")]
    {
        attune.set(&format!("visuals.director.{key}"), Some(value));
    }
    attune.run(1.0);
    assert_ne!(scene(&attune), first);
}

/// A level of quality that a person chooses holds at once, and a level that is not there is refused.
#[test]
fn changed_settings_of_the_quality_act() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    attune.run(0.2);
    let level = |attune: &ScriptedApp| attune.get::<RenderQuality>().level().name.clone();
    assert_eq!(level(&attune), "medium");
    attune.set("visuals.quality.level", Some("lowest"));
    assert_eq!(level(&attune), "lowest");
    attune
        .app
        .world_mut()
        .write_message(ChangeSetting { key: "visuals.quality.level".into(), value: Some("finest".into()) });
    attune.run(0.2);
    assert_eq!(level(&attune), "lowest");
}

/// The window waits for its monitor or not, as the setting says.
#[test]
fn changed_settings_of_the_window_act() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    let window = attune.app.world_mut().spawn((Window::default(), PrimaryWindow)).id();
    let mode =
        |attune: &ScriptedApp| attune.app.world().get::<Window>(window).expect("a window").present_mode;
    attune.run(0.2);
    attune.set("visuals.display.vsync", Some("false"));
    assert_eq!(mode(&attune), PresentMode::AutoNoVsync);
    attune.set("visuals.display.vsync", None);
    assert_eq!(mode(&attune), PresentMode::AutoVsync);
}

/// Colours for another light in the room, and for other eyes, are eased into while the scene is on show.
#[test]
fn changed_settings_of_the_colours_act() {
    let mut attune = ScriptedApp::without_camera(|settings| settings.visuals.director.on = false);
    attune.run(0.2);
    let palette = |attune: &ScriptedApp| *attune.get::<SceneCrossfade>().front().state().palette();
    let designed = palette(&attune);
    attune.set("visuals.room_light", Some("1.0"));
    let moved = (palette(&attune).horizon.0 - designed.horizon.0).abs();
    assert!(moved < 0.05, "nothing jumps: {moved}");
    attune.run(15.0);
    let bright = palette(&attune);
    assert!(bright.horizon.0 > designed.horizon.0 + 0.02, "{bright:?} {designed:?}");
    attune.set("visuals.room_light", None);
    attune.set("visuals.safe_colors", Some("true"));
    attune.run(15.0);
    assert_ne!(palette(&attune), designed);
}

/// The pace of the breath is eased into, and the status says which one is followed.
#[test]
fn changed_settings_of_the_breath_act() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    attune.run(1.0);
    attune.set("session.breath.out_seconds", Some("9.0"));
    let followed = attune.get::<Status>().session.breath.pattern;
    assert!((followed.seconds(BreathStage::Exhale) - 9.0).abs() < 1e-6, "{followed:?}");
    assert!(attune.get::<Breath>().period() < 11.5, "it is not there at once");
    attune.run(60.0);
    assert!((attune.get::<Breath>().period() - 13.6).abs() < 0.01);
}

/// A command that names something which is not there is answered with the names that may be meant, and changes nothing.
#[test]
fn a_name_that_is_not_there_is_refused_with_the_nearest_ones() {
    let mut attune = ScriptedApp::without_camera(|settings| settings.visuals.director.on = false);
    attune.run(4.0);
    let (title, scene) = (attune.title(), attune.get::<Status>().scene.clone());
    for (command, words) in [
        (Command::ShowScene("mirorr".into()), "There is no scene \"mirorr\" here. Did you mean \"mirror\"?"),
        (Command::PlayTrack("aa".into()), "There is no track \"aa\" in your music. Did you mean \"a\""),
    ] {
        attune.ask(command.clone());
        attune.run(0.2);
        let answer = attune.get::<Status>().answer.clone().unwrap_or_default();
        assert!(answer.starts_with(words), "{command}: {answer}");
        assert_eq!((attune.title(), attune.get::<Status>().scene.clone()), (title.clone(), scene.clone()));
    }
    attune.run(10.0);
    assert_eq!(attune.get::<Status>().answer, None, "an answer goes by itself");
}

/// A setting that is changed while running is taken over by its room and told as an event.
#[test]
fn a_changed_setting_holds_at_once() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    attune.run(1.0);
    attune.set("mixer.volume", Some("0.25"));
    assert!((attune.get::<Status>().music.volume - 0.25).abs() < 1e-6);
    let told =
        |event: &Event| matches!(event, Event::SettingChanged { setting } if setting == "mixer.volume");
    assert_eq!(attune.events.iter().filter(|(_, event)| told(event)).count(), 1);
}

/// Thresholds of the mood that are changed while running hold for the person who is in view: what was not enough for a
/// mood is, and what was enough for the one that holds stays.
#[test]
fn a_changed_threshold_of_the_mood_holds_at_once() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    attune.run(1.0);
    attune.set("mood.thresholds.happy.enter", Some("1.0"));
    attune.smile(2.0);
    assert_eq!(attune.get::<Presence>().people().len(), 1);
    assert_eq!(attune.get::<Mood>().fast.emotion, None, "nothing reaches all of the share so soon");
    attune.set("mood.thresholds.happy.enter", Some("0.3"));
    attune.smile(1.0);
    assert_eq!(attune.get::<Mood>().fast.emotion, Some(Emotion::Happy));
}

/// The time between changes of the music is one of the settings that the chooser takes while running: a change of mood
/// that waits for it brings another track as soon as it is short.
#[test]
fn a_changed_setting_of_the_music_holds_at_once() {
    let mut attune = ScriptedApp::without_camera(|_| {});
    attune.run(2.0);
    attune.set("music.minimum_seconds_between_changes", Some("600.0"));
    attune.ask(Command::ToggleManualMood);
    attune.ask(Command::SetManualMood { valence: 0.8, arousal: 0.5 });
    attune.run(20.0);
    assert_eq!(attune.tracks_begun(), 1, "{:?}", attune.events);
    attune.set("music.minimum_seconds_between_changes", Some("0.0"));
    attune.run(4.0);
    assert_eq!(attune.tracks_begun(), 2, "{:?}", attune.events);
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
    let words = attune.get::<Status>().answer.clone().expect("an answer");
    assert!(words.contains(&format!("Skipped \"{heard}\"")), "{words}");
}
