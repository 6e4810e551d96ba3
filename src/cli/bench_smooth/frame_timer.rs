//! Measures each frame of a running app, and records what changed in it.

use std::sync::{Arc, Mutex, PoisonError};

use bevy::app::MainScheduleOrder;
use bevy::ecs::schedule::{ScheduleLabel, SingleThreadedExecutor};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::frame_costs::{BenchFrame, FrameCosts, PARTS};
use super::thread_clock::{ThreadClock, ThreadInstant};
use crate::foundation::{Faults, FrameStage};
use crate::mixer::NowPlaying;
use crate::mood::Mood;
use crate::music::MusicLibrary;
use crate::visuals::SceneCrossfade;
use crate::visuals::quality::RenderQuality;

/// The measurements; clones share them.
#[derive(Resource, Clone, Default)]
pub(super) struct SharedFrameCosts(Arc<Mutex<FrameCosts>>);

impl SharedFrameCosts {
    /// Takes the measurements so far.
    pub(super) fn take(&self) -> FrameCosts {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Times within the current frame. It belongs to the main thread, whose time it measures.
struct FrameStopwatch {
    clock: ThreadClock,
    began: Option<ThreadInstant>,
    /// Ends of the parts so far; the first is the start of Attune's systems.
    marks: Vec<ThreadInstant>,
    before: Option<ThreadInstant>,
}

#[derive(ScheduleLabel, Debug, Clone, PartialEq, Eq, Hash)]
struct FrameBegins;
#[derive(ScheduleLabel, Debug, Clone, PartialEq, Eq, Hash)]
struct SystemsBegin;
#[derive(ScheduleLabel, Debug, Clone, PartialEq, Eq, Hash)]
struct SystemsEnd;
#[derive(ScheduleLabel, Debug, Clone, PartialEq, Eq, Hash)]
struct FrameEnds;

/// Adds the measurement to an app. All systems then run one after the other on the main thread, so that no work on
/// other threads is missed: the result is an upper bound of the time on the main thread.
pub(super) fn time_frames(app: &mut App, measured: &SharedFrameCosts) {
    let alone = |schedule: &mut Schedule| {
        schedule.set_executor(SingleThreadedExecutor::new());
    };
    app.edit_schedule(Update, alone);
    // A measurement that waited for another thread would include that wait.
    app.edit_schedule(FrameBegins, alone).edit_schedule(SystemsBegin, alone);
    app.edit_schedule(SystemsEnd, alone).edit_schedule(FrameEnds, alone);
    let mut order = app.world_mut().resource_mut::<MainScheduleOrder>();
    order.insert_before(First, FrameBegins);
    order.insert_before(Update, SystemsBegin);
    order.insert_after(Update, SystemsEnd);
    order.insert_after(Last, FrameEnds);
    app.insert_resource(measured.clone())
        .insert_non_send(FrameStopwatch {
            clock: ThreadClock::of_this_thread(),
            began: None,
            marks: Vec::new(),
            before: None,
        })
        .init_resource::<KnownState>()
        .add_systems(FrameBegins, begin)
        .add_systems(SystemsBegin, mark)
        .add_systems(SystemsEnd, mark)
        .add_systems(FrameEnds, end)
        .add_systems(
            Update,
            (
                mark.after(FrameStage::Sense).before(FrameStage::Feel),
                mark.after(FrameStage::Feel).before(FrameStage::Choose),
                mark.after(FrameStage::Choose).before(FrameStage::Mix),
                mark.after(FrameStage::Mix).before(FrameStage::Present),
                mark.after(FrameStage::Present).before(FrameStage::Record),
                mark.after(FrameStage::Record),
            ),
        );
}

fn begin(mut watch: NonSendMut<FrameStopwatch>) {
    let now = watch.clock.now();
    watch.before = watch.began.replace(now);
    watch.marks.clear();
}

fn mark(mut watch: NonSendMut<FrameStopwatch>) {
    let now = watch.clock.now();
    watch.marks.push(now);
}

fn end(
    watch: NonSend<FrameStopwatch>,
    time: Res<Time>,
    measured: Res<SharedFrameCosts>,
    mut known: ResMut<KnownState>,
    now: CurrentState,
) {
    let happened = known.changes(&now);
    let [first, .., last] = watch.marks.as_slice() else { return };
    let (Some(began), Some(before)) = (watch.began, watch.before) else { return };
    let mut parts = [0.0; PARTS.len()];
    for (part, pair) in parts.iter_mut().zip(watch.marks.windows(2)) {
        *part = pair[0].until(pair[1]).own;
    }
    let interval = before.until(began);
    let frame = BenchFrame {
        at: time.elapsed_secs_f64(),
        attune: first.until(*last),
        parts,
        everything: began.until(watch.clock.now()),
        interval_ms: interval.own + interval.waited,
        happened,
    };
    measured.0.lock().unwrap_or_else(PoisonError::into_inner).add(frame);
}

/// The state that a frame may change.
#[derive(SystemParam)]
struct CurrentState<'w> {
    crossfade: Option<Res<'w, SceneCrossfade>>,
    playing: Res<'w, NowPlaying>,
    library: Res<'w, MusicLibrary>,
    quality: Option<Res<'w, RenderQuality>>,
    mood: Res<'w, Mood>,
    faults: Res<'w, Faults>,
}

/// The state as text, for comparison with the previous frame.
#[derive(Resource, Default)]
struct KnownState {
    words: Vec<(&'static str, String)>,
    tracks: usize,
}

impl KnownState {
    fn changes(&mut self, now: &CurrentState) -> Vec<String> {
        let scene = |scene: Option<&str>| scene.unwrap_or("none").to_string();
        let track = now.playing.pick.as_ref().map(|pick| pick.track.title.as_str());
        let emotion = now.mood.fast.emotion.map_or_else(|| "nobody".to_string(), |e| e.to_string());
        let words = vec![
            (
                "scene comes",
                scene(now.crossfade.as_ref().and_then(|s| Some(s.incoming()?.scene().name.as_str()))),
            ),
            ("scene", scene(now.crossfade.as_ref().map(|s| s.front().scene().name.as_str()))),
            ("track", track.unwrap_or("none").to_string()),
            ("crossfade", now.playing.crossfade.is_some().to_string()),
            ("quality", now.quality.as_ref().map_or_else(String::new, |q| q.level().name.clone())),
            ("emotion", emotion),
            ("people", now.mood.people.to_string()),
            ("faults", now.faults.active().count().to_string()),
        ];
        let mut changes: Vec<String> = words
            .iter()
            .zip(&self.words)
            .filter(|(now, before)| now.1 != before.1)
            .map(|((name, now), _)| format!("{name}: {now}"))
            .collect();
        let tracks = now.library.entries.len();
        if now.library.is_changed() {
            changes.push(format!("library: {tracks} tracks, {} before", self.tracks));
        }
        (self.words, self.tracks) = (words, tracks);
        changes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::foundation::FoundationPlugin;

    #[test]
    fn every_frame_is_entered_with_what_changed_in_it() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin))
            .init_resource::<NowPlaying>()
            .init_resource::<MusicLibrary>()
            .init_resource::<Mood>()
            .add_systems(Update, (|| std::thread::sleep(Duration::from_millis(3))).in_set(FrameStage::Mix));
        let measured = SharedFrameCosts::default();
        time_frames(&mut app, &measured);
        for people in 0..4 {
            app.world_mut().resource_mut::<Mood>().people = people;
            app.update();
        }
        let summary = measured.take().summary(0.0);
        // The first frame has no previous one.
        assert_eq!(summary.frames, 3);
        assert!(summary.longest.iter().all(|frame| frame.part == "mix" && frame.part_ms >= 3.0));
        assert!(summary.longest.iter().any(|frame| frame.happened.contains(&"people: 3".to_string())));
    }
}
