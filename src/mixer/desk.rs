//! The person at the desk: loads picks on free lanes, asks the planner how to go over to them, does
//! so, and asks for the next in time.
//!
//! Knows no app: it is told the time by the clock of its console, and gives events back. How it goes
//! over from one lane to another is in `transition`, how it looks after the track that plays in `watch`.

mod transition;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::console::{Console, LANES};
use super::fade::Fade;
use super::feed::Pump;
use super::lane::Loaded;
use super::loudness::Surveyor;
use super::plan::{self, Plan, Side, Urgency};
use super::ride::Ride;
use super::settings::MixerSettings;
use crate::music::Pick;

/// A transition is settled this long before it begins, in seconds; until then it can still change.
const SETTLED: f64 = 0.5;

/// What the desk wants others to know.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum DeskEvent {
    /// The track that plays ends soon.
    EndNear,
    /// A file cannot be played, or not any further.
    Unplayable { file: PathBuf, reason: String },
    /// A file ends before it should.
    CutOff { file: PathBuf, missing: Duration },
    /// The music had a hole: the file could not be decoded fast enough.
    Late { file: PathBuf },
    /// A track begins to sound. It was ready so long after it was asked for.
    Began { title: String, ready_after: Duration, plan: Option<Plan> },
}

/// A pick that found no lane yet.
struct Pending {
    pick: Pick,
    /// Where in the track to begin, if somebody wants a certain place.
    at: Option<Duration>,
    why: Why,
}

/// A pick on its way.
struct Waiting {
    lane: usize,
    why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Next(Urgency),
    /// Another place of the same track.
    Seek,
}

/// All lanes and what is on them.
pub(super) struct Desk {
    settings: MixerSettings,
    /// Decode on threads (live), or in [`Desk::feed`] (stepped).
    on_threads: bool,
    lanes: [Option<Loaded>; LANES],
    current: Option<usize>,
    waiting: Option<Waiting>,
    pending: Option<Pending>,
    /// What goes on elsewhere after a move to another console, and from where, until it does.
    moving: Option<(Pick, Duration)>,
    fade: Option<Fade>,
    /// Whether `fade` has a track that goes out.
    crossing: bool,
    crossfades: u32,
    surveyor: Surveyor,
    ride: Ride,
    /// The lane and the start of the fade that the hand moves towards already.
    led: Option<(usize, u64)>,
    /// Clock of the music and frames per second at the last update.
    clock: u64,
    rate: u32,
}

impl Desk {
    pub(super) fn new(settings: MixerSettings, on_threads: bool) -> Self {
        Self {
            settings,
            on_threads,
            lanes: Default::default(),
            current: None,
            waiting: None,
            pending: None,
            moving: None,
            fade: None,
            crossing: false,
            crossfades: 0,
            surveyor: Surveyor::new(on_threads),
            ride: Ride::level(),
            led: None,
            clock: 0,
            rate: 48_000,
        }
    }

    pub(super) fn change_settings(&mut self, settings: MixerSettings) {
        self.settings = settings;
    }

    /// Plays this next. A pick that has not begun to sound is forgotten for it.
    pub(super) fn pick(&mut self, pick: Pick, asked: bool) {
        let urgency = if asked {
            Urgency::Asked
        } else if self.current_loaded().is_some_and(|current| current.asked.is_some()) {
            Urgency::AtEnd
        } else {
            Urgency::Mood
        };
        self.pending = Some(Pending { pick, at: None, why: Why::Next(urgency) });
    }

    /// Goes to another place of the track that plays.
    pub(super) fn seek(&mut self, to: Duration) {
        if let Some(current) = self.current_loaded() {
            let pick = current.pick.clone();
            let longest = current.duration(&current.report.read()).map(|seconds| (seconds - 0.1).max(0.0));
            let at = longest.map_or(to, |longest| to.min(Duration::from_secs_f64(longest)));
            self.pending = Some(Pending { pick, at: Some(at), why: Why::Seek });
        }
    }

    /// Where the track that plays is, or will be after a seek that is under way.
    pub(super) fn seeks_to(&self) -> Duration {
        let pending = self.pending.as_ref().filter(|pending| pending.why == Why::Seek);
        let waiting = self.waiting.as_ref().filter(|waiting| waiting.why == Why::Seek);
        pending
            .and_then(|pending| pending.at)
            .or_else(|| Some(self.lanes[waiting?.lane].as_ref()?.entry))
            .unwrap_or_else(|| self.position())
    }

    /// Whether nothing sounds and nothing is on its way.
    pub(super) fn is_idle(&self) -> bool {
        self.current.is_none() && self.waiting.is_none() && self.pending.is_none()
    }

    /// Moves to another console: all decks go, and the current track (or the one that was
    /// about to begin) goes on there at its position.
    pub(super) fn move_over(&mut self) {
        let waiting = self.waiting.take().and_then(|waiting| self.lanes[waiting.lane].take());
        let current = self.current.take().and_then(|lane| self.lanes[lane].take());
        let on_its_way = |loaded: Loaded| {
            let at = Some(loaded.entry).filter(|entry| !entry.is_zero());
            (loaded.pick.clone(), at)
        };
        let sounded = |loaded: Loaded| {
            let place = loaded.place(&loaded.report.read(), self.clock, self.rate);
            (loaded.pick.clone(), Some(Duration::from_secs_f64(place.seconds)))
        };
        let goes_on = current.map(sounded).or_else(|| waiting.map(on_its_way));
        if let (None, Some((pick, at))) = (&self.pending, &goes_on) {
            self.pending = Some(Pending { pick: pick.clone(), at: *at, why: Why::Next(Urgency::Asked) });
        }
        self.moving = goes_on.and_then(|(pick, at)| Some((pick, at?))).or(self.moving.take());
        self.lanes = Default::default();
        self.fade = None;
        self.crossing = false;
        self.ride = Ride::level();
        self.led = None;
        self.clock = 0;
    }

    /// Decodes what the lanes need next. Only in a stepped run; call it before each bit of rendering.
    pub(super) fn feed(&mut self) {
        for feeder in self.lanes.iter_mut().flatten().filter_map(|loaded| loaded.feeder.as_mut()) {
            // A failure is in the report, where the next update finds it.
            let (Pump::Full | Pump::Over) = feeder.pump();
        }
    }

    /// Looks after every lane once. Call it once for each frame of the app.
    pub(super) fn update(&mut self, console: &mut Console) -> Vec<DeskEvent> {
        let mut events = Vec::new();
        (self.clock, self.rate) = (console.music_clock(), console.rate());
        self.surveyor.poll();
        self.retire_silent();
        self.take_pending(console, &mut events);
        self.begin_waiting(console, &mut events);
        self.watch_current(&mut events);
        self.set_gains(console);
        events
    }

    /// Frees the lanes whose fade-out is over.
    fn retire_silent(&mut self) {
        if self.fade.is_some_and(|fade| !fade.is_over(self.clock)) {
            return;
        }
        self.crossing = false;
        let keep = [self.current, self.waiting.as_ref().map(|waiting| waiting.lane)];
        for (lane, loaded) in self.lanes.iter_mut().enumerate() {
            if loaded.is_some() && !keep.contains(&Some(lane)) {
                *loaded = None;
            }
        }
    }

    /// Keeps every track at the common loudness, also when that becomes known while it plays.
    fn set_gains(&self, console: &Console) {
        for (lane, loaded) in self.lanes.iter().enumerate() {
            if let Some(loaded) = loaded {
                console.set_gain(lane, loaded.gain(&self.surveyor, &self.settings));
            }
        }
    }

    /// Gives the pending pick a lane, if there is one.
    fn take_pending(&mut self, console: &mut Console, events: &mut Vec<DeskEvent>) {
        let Some(pending) = self.pending.take() else { return };
        if let Some(waiting) = self.waiting.take() {
            self.lanes[waiting.lane] = None;
            self.led = None;
        }
        let file = pending.pick.track.path.clone();
        if pending.at.is_none()
            && let Some(lane) = self.still_sounding(&file)
        {
            self.come_back(lane, pending.pick, console, events);
            return;
        }
        let Some(lane) = self.lanes.iter().position(Option::is_none) else {
            // All lanes sound for the moment: the pick waits until the quietest is free.
            self.pending = Some(pending);
            return;
        };
        if self.measures() && pending.why != Why::Seek {
            self.surveyor.ask(&file);
        }
        let entry = self.entry(&pending, console);
        match Loaded::new(pending.pick, entry, self.on_threads, self.settings.normalise) {
            Ok(loaded) => {
                self.lanes[lane] = Some(loaded);
                self.waiting = Some(Waiting { lane, why: pending.why });
            }
            Err(error) => {
                self.moving = None;
                events.push(DeskEvent::Unplayable { file, reason: error.to_string() });
            }
        }
    }

    fn measures(&self) -> bool {
        self.settings.normalise || self.settings.ride_db > 0.0
    }

    /// Where in the track a pick begins: a place that is asked for, else as the planner says.
    fn entry(&self, pending: &Pending, console: &Console) -> Duration {
        if let Some(at) = pending.at {
            return at;
        }
        let (Why::Next(urgency), Some(current)) = (pending.why, self.current_loaded()) else {
            return Duration::ZERO;
        };
        let track = &pending.pick.track;
        let known = || self.surveyor.known(&track.path).map(|survey| survey.sound());
        let next = Side {
            position: 0.0,
            duration: Some(track.duration.as_secs_f64()).filter(|seconds| *seconds > 0.0),
            rate: 1.0,
            sound: track.sound.or_else(known),
        };
        let out = current.side(&self.surveyor, console.next_start(), console.rate());
        let same = current.file() == track.path;
        Duration::from_secs_f64(plan::plan(&out, &next, urgency, same, &self.settings.rules()).entry)
    }

    /// A lane that is going out but has this file and enough of it left to come back.
    fn still_sounding(&self, file: &Path) -> Option<usize> {
        let enough = f64::from(self.settings.crossfade_seconds * 2.0 + self.settings.notice_seconds);
        (0..LANES).find(|lane| {
            Some(*lane) != self.current
                && self.lanes[*lane].as_ref().is_some_and(|loaded| {
                    let report = loaded.report.read();
                    let place = loaded.place(&report, self.clock, self.rate);
                    loaded.frames.is_none()
                        && loaded.file() == file
                        && loaded.duration(&report).is_some_and(|seconds| seconds - place.seconds > enough)
                })
        })
    }

    fn current_loaded(&self) -> Option<&Loaded> {
        self.current.and_then(|lane| self.lanes[lane].as_ref())
    }

    /// The pick that is heard, or in a crossfade the one that comes in; it stays while the output changes.
    pub(super) fn playing(&self) -> Option<&Pick> {
        let moving = || self.moving.as_ref().map(|(pick, _)| pick);
        self.current_loaded().map(|loaded| &loaded.pick).or_else(moving)
    }

    /// Position in the track that [`Desk::playing`] names.
    pub(super) fn position(&self) -> Duration {
        let moving = || self.moving.as_ref().map(|(_, at)| *at);
        self.heard_at(self.clock).map(Duration::from_secs_f64).or_else(moving).unwrap_or_default()
    }

    /// Where the track that plays is at a frame of the music's clock, in seconds.
    fn heard_at(&self, clock: u64) -> Option<f64> {
        let loaded = self.current_loaded()?;
        Some(loaded.place(&loaded.report.read(), clock, self.rate).seconds)
    }

    /// Phase of the beat in 0..1 and tempo in BPM as they were `ago` frames before the last update,
    /// where the grid of the track that plays is trusted.
    pub(super) fn beat(&self, ago: u64) -> Option<(f32, f32)> {
        let loaded = self.current_loaded()?;
        let grid = loaded.sound(&self.surveyor)?.beats?;
        if grid.confidence < self.settings.beat_trust || grid.bpm <= 0.0 {
            return None;
        }
        let rate = loaded.rate_at(self.clock);
        let seconds = self.heard_at(self.clock)? - ago as f64 / f64::from(self.rate) * rate;
        let beats = (seconds - f64::from(grid.first)) * f64::from(grid.bpm) / 60.0;
        Some((beats.rem_euclid(1.0) as f32, (f64::from(grid.bpm) * rate) as f32))
    }

    /// How many times higher the track that plays sounds than it was recorded.
    pub(super) fn tune(&self) -> f32 {
        self.current_loaded().map_or(1.0, |loaded| loaded.rate_at(self.clock) as f32)
    }

    /// Progress of a crossfade in 0..=1 while one is under way.
    pub(super) fn crossfade(&self) -> Option<f32> {
        let fade = self.fade.filter(|fade| self.crossing && !fade.is_over(self.clock))?;
        Some(fade.progress(self.clock))
    }

    /// Seconds from a frame of the music's clock until the newest fade begins, or 0.
    pub(super) fn until_fade(&self, clock: u64) -> f64 {
        self.fade.map_or(0.0, |fade| fade.start.saturating_sub(clock) as f64 / f64::from(self.rate))
    }

    /// The earliest second of the track that plays at which it can go over into another one at its end.
    pub(super) fn exit(&self) -> Option<f64> {
        let side = self.current_loaded()?.side(&self.surveyor, self.clock, self.rate);
        plan::exit(&side, &self.settings.rules())
    }

    /// Crossfades that have begun since the start.
    pub(super) fn crossfades(&self) -> u32 {
        self.crossfades
    }
}
