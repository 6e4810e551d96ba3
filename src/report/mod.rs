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

use crate::foundation::{Faults, FrameStage};
use crate::mixer::NowPlaying;
use crate::mood::Mood;
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
        app.init_resource::<RunRecord>()
            .init_resource::<UpdateBegan>()
            .insert_resource(ReportFile(self.file.clone()))
            .add_systems(Update, (record_readings, record_mood, record_sound).in_set(FrameStage::Record))
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
        record.0.update(began.elapsed());
    }
}

fn record_readings(mut readings: MessageReader<Reading>, mut record: ResMut<RunRecord>, time: Res<Time>) {
    record.0.tick(time.elapsed());
    for reading in readings.read() {
        record.0.reading(&reading.timing);
    }
}

fn record_mood(mood: Res<Mood>, mut record: ResMut<RunRecord>, time: Res<Time>) {
    if mood.is_changed() {
        record.0.mood(time.elapsed(), &mood);
    }
}

fn record_sound(playing: Res<NowPlaying>, mut record: ResMut<RunRecord>, time: Res<Time>) {
    record.0.sound(time.elapsed(), &playing);
}

fn write_at_exit(
    mut exits: MessageReader<AppExit>,
    file: Res<ReportFile>,
    record: Res<RunRecord>,
    rooms: (Res<SourceStatus>, Res<PerceptionStatus>, Res<Faults>),
) {
    if exits.read().next().is_none() {
        return;
    }
    let Some(file) = &file.0 else { return };
    let report = record.report(&rooms.0, &rooms.1, &rooms.2);
    if let Err(error) = report.write(file) {
        error!("the report was not written: {error}");
    }
}
