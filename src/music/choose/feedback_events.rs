//! Who listens to feedback events: the taste learns from them, and the screen answers them.

use bevy::prelude::*;

use super::feedback_message::answer;
use super::systems::MusicChooser;
use crate::command::Toast;
use crate::event::Event;
use crate::foundation::{Faults, LocalTime};
use crate::music::faults;
use crate::music::settings::MusicSettings;
use crate::music::taste::{FeedbackEvent, LearnedTaste, TasteFileState};
use crate::settings::SectionChanged;

/// Takes what the thread that keeps taste has to say.
pub(in crate::music) fn take_taste(
    taste: Option<ResMut<LearnedTaste>>,
    time: Res<Time>,
    mut faults: ResMut<Faults>,
) {
    let Some(mut taste) = taste else { return };
    while let Some(state) = taste.poll() {
        match state {
            TasteFileState::Damaged(what) => faults.raise(faults::TASTE, what, time.elapsed()),
            TasteFileState::Trouble(what) => faults.raise(faults::TASTE_FILE, what, time.elapsed()),
            TasteFileState::Healed => faults.clear(faults::TASTE_FILE),
        }
    }
}

/// Applies changed settings of the taste to all that was learned.
pub(in crate::music) fn relearn(
    mut changes: MessageReader<SectionChanged<MusicSettings>>,
    settings: Res<MusicSettings>,
    taste: Option<ResMut<LearnedTaste>>,
) {
    let is_other = changes.read().filter(|change| change.before.taste != settings.taste).count() > 0;
    if let Some(mut taste) = taste
        && is_other
        && !taste.change_settings(&settings.taste)
    {
        warn!("the settings of the taste hold from the next start: the disk is far behind");
    }
}

/// Learns from feedback, whoever has written it: on a track that was chosen in this run and is still remembered.
pub(in crate::music) fn learn_feedback(
    mut events: MessageReader<Event>,
    chooser: Option<Res<MusicChooser>>,
    taste: Option<ResMut<LearnedTaste>>,
    local: Res<LocalTime>,
) {
    let (Some(chooser), Some(mut taste)) = (chooser, taste) else { return };
    for event in events.read() {
        let Event::Feedback { kind, file, title, artist } = event else { continue };
        let Some(features) = chooser.chooser.features_of(file) else { continue };
        let (file, title, artist) = (file.clone(), title.clone(), artist.clone());
        if !taste.learn(FeedbackEvent { at: *local, kind: *kind, file, title, artist, features }) {
            warn!("what you like was not saved once: the disk is far behind");
        }
    }
}

/// Answers on the screen what people did.
pub(in crate::music) fn answer_feedback(
    mut events: MessageReader<Event>,
    settings: Res<MusicSettings>,
    mut toast: ResMut<Toast>,
    time: Res<Time>,
) {
    for event in events.read() {
        if let Event::Feedback { kind, title, .. } = event
            && let Some(words) = answer(*kind, title, &settings.taste)
        {
            *toast = Toast::new(words, time.elapsed());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::event::FeedbackKind;
    use crate::foundation::{ClockMode, FoundationPlugin};
    use crate::music::{MusicLibrary, MusicOptions, MusicPlugin, Pick, TrackWanted};
    use crate::settings::ChangeSetting;

    const STEP: Duration = Duration::from_millis(50);

    /// A stepped app that chooses from three tones.
    struct ChoosingApp {
        app: App,
        _music: tempfile::TempDir,
    }

    impl ChoosingApp {
        fn new() -> Self {
            let music = tempfile::tempdir().expect("a temporary folder");
            let tones = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/music");
            for tone in ["tone.ogg", "tone.flac", "tone.mp3"] {
                std::fs::copy(tones.join(tone), music.path().join(tone)).expect("copied");
            }
            let mut app = App::new();
            app.add_plugins((MinimalPlugins, FoundationPlugin))
                .insert_resource(ClockMode::Stepped { step: STEP })
                .insert_resource(TimeUpdateStrategy::ManualDuration(STEP))
                .insert_resource(MusicOptions {
                    folder: Some(music.path().to_owned()),
                    seed: 1,
                    ..MusicOptions::default()
                })
                .add_plugins(MusicPlugin);
            app.update();
            Self { app, _music: music }
        }

        /// The path below the music folder of the track that is asked for and chosen.
        fn chosen(&mut self) -> String {
            self.app.world_mut().write_message(TrackWanted::Silence);
            self.app.update();
            let picks: Vec<Pick> = self.app.world_mut().resource_mut::<Messages<Pick>>().drain().collect();
            let path = &picks.last().expect("a pick").track.path;
            let entries = &self.app.world().resource::<MusicLibrary>().entries;
            let entry = entries.iter().find(|entry| entry.track.path == *path).expect("in the library");
            entry.below.to_string_lossy().into_owned()
        }

        fn feedback(&mut self, kind: FeedbackKind, file: &str) {
            let (file, title) = (file.to_owned(), "Open Gate".to_owned());
            self.app.world_mut().write_message(Event::Feedback { kind, file, title, artist: None });
            self.app.update();
        }

        fn lessons(&self) -> u64 {
            self.app.world().resource::<LearnedTaste>().taste().bandit().lessons()
        }
    }

    /// The taste reads the stream of events: feedback that another room writes, such as a remote, teaches the same and is
    /// answered the same; feedback on a track that was never chosen teaches nothing.
    #[test]
    fn feedback_from_anywhere_is_learned_once_and_answered() {
        let mut room = ChoosingApp::new();
        let file = room.chosen();
        room.feedback(FeedbackKind::Liked, &file);
        assert_eq!(room.lessons(), 1);
        let now = room.app.world().resource::<Time>().elapsed();
        assert_eq!(room.app.world().resource::<Toast>().words(now), Some("You like \"Open Gate\""));
        room.app.update();
        assert_eq!(room.lessons(), 1, "once");
        room.feedback(FeedbackKind::Liked, "nowhere.ogg");
        assert_eq!(room.lessons(), 1);
    }

    /// Settings of the taste that are changed while running hold for what was learned before: "not now" keeps a track
    /// away for the new number of hours.
    #[test]
    fn changed_settings_of_the_taste_hold_for_what_was_learned() {
        let mut room = ChoosingApp::new();
        let file = room.chosen();
        room.feedback(FeedbackKind::NotNow, &file);
        let away = |room: &ChoosingApp| {
            let taste = room.app.world().resource::<LearnedTaste>().taste();
            let id = crate::music::track_id(file.as_ref());
            let said = taste.track(id).and_then(|track| track.not_now).expect("remembered");
            taste.unwanted_seconds(&said, &said).expect("unwanted") as f32 / 3_600.0
        };
        assert!((away(&room) - MusicSettings::default().taste.not_now_hours).abs() < 0.1, "{}", away(&room));
        let change = ChangeSetting { key: "music.taste.not_now_hours".into(), value: Some("2.0".into()) };
        room.app.world_mut().write_message(change);
        room.app.update();
        assert!((away(&room) - 2.0).abs() < 0.1, "{}", away(&room));
    }
}
