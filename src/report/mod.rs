//! What happened in a run, as JSON: the way the whole product is tested.

mod memory;
mod record;

pub use memory::peak_rss_mb;
pub use record::{
    FrameTimes, Latencies, MoodChange, Percentiles, PresenceChange, Report, ReportFrames, TrackStart,
};

use std::path::PathBuf;
use std::time::Instant;

use bevy::prelude::*;

use crate::event::{self, Event};
use crate::foundation::{Faults, FrameStage};
use crate::sense::camera::SourceStatus;
use crate::vision::perception::{PerceptionStatus, Reading};
use record::Recorder;

/// Keeps the record, and writes it when the app ends if a file is named.
pub struct ReportPlugin {
    /// Where the JSON goes.
    pub file: Option<PathBuf>,
}

#[derive(Resource)]
struct ReportFile(Option<PathBuf>);

/// The record of this run so far.
#[derive(Resource, Default)]
pub struct RunRecord(Recorder);

impl RunRecord {
    /// The report as it stands.
    #[must_use]
    pub fn report(&self, source: &SourceStatus, perception: &PerceptionStatus, faults: &Faults) -> Report {
        self.0.report(source, perception, faults)
    }
}

impl Plugin for ReportPlugin {
    fn build(&self, app: &mut App) {
        event::plugin(app);
        app.init_resource::<RunRecord>()
            .init_resource::<UpdateBegan>()
            .insert_resource(ReportFile(self.file.clone()))
            .add_systems(Update, (record_readings, record_events).in_set(FrameStage::Record))
            .add_systems(First, begin_update)
            .add_systems(Last, (end_update, write_at_exit).chain());
    }
}

/// When the update that runs now began.
#[derive(Resource, Default)]
struct UpdateBegan(Option<Instant>);

fn begin_update(mut began: ResMut<UpdateBegan>) {
    began.0 = Some(Instant::now());
}

fn end_update(mut began: ResMut<UpdateBegan>, mut record: ResMut<RunRecord>) {
    if let Some(began) = began.0.take() {
        record.0.add_update(began.elapsed());
    }
}

fn record_readings(mut readings: MessageReader<Reading>, mut record: ResMut<RunRecord>, time: Res<Time>) {
    record.0.advance(time.elapsed());
    for reading in readings.read() {
        record.0.add_reading(&reading.timing);
    }
}

fn record_events(mut events: MessageReader<Event>, mut record: ResMut<RunRecord>, time: Res<Time>) {
    for event in events.read() {
        record.0.add_event(time.elapsed(), event);
    }
}

fn write_at_exit(
    mut exits: MessageReader<AppExit>,
    file: Res<ReportFile>,
    record: Res<RunRecord>,
    rooms: (Res<SourceStatus>, Res<PerceptionStatus>, Res<Faults>),
    mut commands: Commands,
) {
    if exits.read().next().is_none() {
        return;
    }
    let Some(file) = &file.0 else { return };
    let report = record.report(&rooms.0, &rooms.1, &rooms.2);
    match report.write(file) {
        Err(error) if !error.is_closed_pipe() => {
            error!("the report was not written: {error}");
            commands.write_message(AppExit::error());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::emotion::Emotion;
    use crate::event::MoodPace;
    use crate::foundation::{FaultKey, FoundationPlugin};

    fn app(file: Option<PathBuf>) -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin, ReportPlugin { file }))
            .add_message::<Reading>()
            .init_resource::<SourceStatus>()
            .init_resource::<PerceptionStatus>()
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(250)));
        // The first update is at time 0.
        app.update();
        app
    }

    fn happy(pace: MoodPace) -> Event {
        let emotion = Some(Emotion::Happy);
        Event::MoodChanged { pace, emotion, probability: 0.75, valence: 0.5, arousal: 0.25 }
    }

    /// Events of the other rooms, counters and faults reach the file under the keys that scripts read.
    #[test]
    fn a_run_is_written_as_json_when_it_ends() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("r.json");
        let mut app = app(Some(file.clone()));
        app.world_mut().resource_mut::<SourceStatus>().name = "visitor clip".into();
        app.world_mut().resource_mut::<SourceStatus>().captured = 7;
        app.world_mut().write_message(happy(MoodPace::Fast));
        app.world_mut().write_message(Event::PeopleChanged { people: 1 });
        app.update();
        app.world_mut().write_message(happy(MoodPace::Slow));
        app.world_mut().write_message(Event::CrossfadeBegan { count: 3 });
        let key = FaultKey::new("mixer", "device");
        app.world_mut().resource_mut::<Faults>().raise(key, "no sound", Duration::from_secs(1));
        assert!(!file.exists(), "nothing is written while the app runs");
        app.world_mut().write_message(AppExit::Success);
        app.update();
        let text = std::fs::read_to_string(&file).expect("written");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for (path, value) in [
            ("/source", "\"visitor clip\""),
            ("/seconds", "0.5"),
            ("/frames/captured", "7"),
            ("/moods/0/at", "0.25"),
            ("/moods/0/emotion", "\"happy\""),
            ("/moods/0/probability", "0.75"),
            ("/music_moods/0/at", "0.5"),
            ("/presence/0/people", "1"),
            ("/crossfades", "3"),
            ("/faults/0/what", "\"no sound\""),
            ("/faults/0/room", "\"mixer\""),
        ] {
            assert_eq!(json.pointer(path).map(ToString::to_string).as_deref(), Some(value), "{path}: {text}");
        }
        assert!(json["update_ms"]["count"].as_u64() >= Some(2), "{text}");
    }

    /// A report that cannot be written does not keep the app from ending, shows in the status, and leaves no half file.
    #[test]
    fn a_file_that_cannot_be_written_ends_the_run_all_the_same() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut app = app(Some(dir.path().join("nowhere/r.json")));
        app.world_mut().write_message(AppExit::Success);
        app.update();
        assert_eq!(app.should_exit(), Some(AppExit::error()));
        assert_eq!(std::fs::read_dir(dir.path()).expect("there").count(), 0);
    }
}
