//! The person at the desk: loads picks on free lanes, fades to them, and asks for the next in time.
//!
//! Knows no app: it is told the time by the clock of its console, and gives events back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kira::Frame;
use rtrb::Consumer;

use super::console::{Console, LANES};
use super::deck::DeckSound;
use super::fade::Fade;
use super::feed::{DeckShared, Feed, FeedState, Feeder, Pump, Report, SharedReport};
use super::settings::MixerSettings;
use crate::music::Pick;

/// How long before the last moment for a crossfade the next track is asked for.
const NOTICE: Duration = Duration::from_secs(2);
/// A crossfade is not squeezed below this, however short the tail is.
const SHORTEST_FADE: f64 = 0.25;

/// What the desk wants others to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DeskEvent {
    /// The track that plays ends soon.
    EndNear,
    /// A file cannot be played, or not any further.
    Unplayable { file: PathBuf, reason: String },
    /// A file ends before it should.
    CutOff { file: PathBuf, missing: Duration },
    /// The music had a hole: the file could not be decoded fast enough.
    Late { file: PathBuf },
    /// A track has begun to sound.
    Began,
}

/// Where a deck's frames wait before the deck sounds, and who decodes them.
struct Loaded {
    pick: Pick,
    report: SharedReport,
    shared: Arc<DeckShared>,
    /// The waiting end of the buffer; gone once the deck sounds.
    frames: Option<Consumer<Frame>>,
    /// Decodes here in a stepped run; in a live run a thread has it.
    feeder: Option<Feeder>,
    /// How often the track had begun again when the next was asked for.
    asked: Option<u64>,
    told: Told,
}

/// What was said about a deck already, so that it is said once.
#[derive(Default)]
struct Told {
    unplayable: bool,
    cut_off: bool,
    missed: u64,
}

impl Loaded {
    fn new(pick: Pick, start: Duration, on_thread: bool) -> std::io::Result<Self> {
        let Feed { mut feeder, frames, report, shared } = Feeder::prepare(&pick.track.path, start);
        let feeder = if on_thread {
            feeder.run_on_thread()?;
            None
        } else {
            feeder.pump();
            Some(feeder)
        };
        let told = Told::default();
        Ok(Self { pick, report, shared, frames: Some(frames), feeder, asked: None, told })
    }

    /// Position in the file, and how often it has begun again.
    fn position(&self, report: &Report) -> (Duration, u64) {
        let played = report.start + self.shared.played.load(Ordering::Relaxed);
        let rate = f64::from(report.rate.max(1));
        match report.length.filter(|length| *length > 0) {
            Some(length) => (Duration::from_secs_f64((played % length) as f64 / rate), played / length),
            None => (Duration::from_secs_f64(played as f64 / rate), 0),
        }
    }

    /// Time until the file ends, as far as that is known.
    fn remaining(&self, report: &Report) -> Option<Duration> {
        let length = match report.length {
            Some(length) => Duration::from_secs_f64(length as f64 / f64::from(report.rate.max(1))),
            None => Some(self.pick.track.duration).filter(|duration| !duration.is_zero())?,
        };
        Some(length.saturating_sub(self.position(report).0))
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

/// A pick on its way to a lane.
struct Waiting {
    lane: usize,
    /// It follows a track that ends, and begins when that has just a crossfade left.
    at_tail: bool,
}

/// All lanes and what is on them.
pub(super) struct Desk {
    settings: MixerSettings,
    /// Decode on threads (live), or in [`Desk::feed`] (stepped).
    on_threads: bool,
    lanes: [Option<Loaded>; LANES],
    current: Option<usize>,
    waiting: Option<Waiting>,
    /// The newest pick that found no lane yet, and where in the track to begin.
    pending: Option<(Pick, Duration)>,
    fade: Option<Fade>,
    /// Whether `fade` has a track that goes out.
    crossing: bool,
    crossfades: u32,
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
            fade: None,
            crossing: false,
            crossfades: 0,
        }
    }

    /// Plays this next. A pick that has not begun to sound is forgotten for it.
    pub(super) fn pick(&mut self, pick: Pick) {
        self.pending = Some((pick, Duration::ZERO));
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
        if self.pending.is_none() {
            self.pending = match (current, waiting) {
                (Some(loaded), _) => {
                    let position = loaded.position(&loaded.report.read()).0;
                    Some((loaded.pick.clone(), position))
                }
                (None, Some(loaded)) => Some((loaded.pick.clone(), Duration::ZERO)),
                (None, None) => None,
            };
        }
        self.lanes = Default::default();
        self.fade = None;
        self.crossing = false;
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
        self.retire_silent(console.clock());
        self.take_pending(console, &mut events);
        self.begin_waiting(console, &mut events);
        self.watch_current(&mut events);
        events
    }

    /// Frees the lanes whose fade-out is over.
    fn retire_silent(&mut self, clock: u64) {
        if self.fade.is_some_and(|fade| !fade.is_over(clock)) {
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

    /// Gives the pending pick a lane, if there is one.
    fn take_pending(&mut self, console: &mut Console, events: &mut Vec<DeskEvent>) {
        let Some((pick, start)) = self.pending.take() else { return };
        if let Some(waiting) = self.waiting.take() {
            self.lanes[waiting.lane] = None;
        }
        if let Some(lane) = self.still_sounding(&pick.track.path) {
            if let Some(loaded) = &mut self.lanes[lane] {
                loaded.pick = pick;
            }
            self.begin_fade(lane, console, events);
            return;
        }
        let Some(lane) = self.lanes.iter().position(Option::is_none) else {
            // All lanes sound for the moment: the pick waits until the quietest is free.
            self.pending = Some((pick, start));
            return;
        };
        let at_tail = self.current_loaded().is_some_and(|current| current.asked.is_some());
        let file = pick.track.path.clone();
        match Loaded::new(pick, start, self.on_threads) {
            Ok(loaded) => {
                self.lanes[lane] = Some(loaded);
                self.waiting = Some(Waiting { lane, at_tail });
            }
            Err(error) => events.push(DeskEvent::Unplayable { file, reason: error.to_string() }),
        }
    }

    /// A lane that is going out but has this file and enough of it left to come back.
    fn still_sounding(&self, file: &Path) -> Option<usize> {
        let enough = Duration::from_secs_f32(self.settings.crossfade_seconds * 2.0) + NOTICE;
        (0..LANES).find(|lane| {
            Some(*lane) != self.current
                && self.lanes[*lane].as_ref().is_some_and(|loaded| {
                    loaded.frames.is_none()
                        && loaded.pick.track.path == file
                        && loaded.remaining(&loaded.report.read()).is_some_and(|left| left > enough)
                })
        })
    }

    fn current_loaded(&self) -> Option<&Loaded> {
        self.current.and_then(|lane| self.lanes[lane].as_ref())
    }

    /// Starts the waiting track once it is decoded and its time has come.
    fn begin_waiting(&mut self, console: &mut Console, events: &mut Vec<DeskEvent>) {
        let Some(waiting) = &self.waiting else { return };
        let (lane, at_tail) = (waiting.lane, waiting.at_tail);
        let Some(loaded) = &self.lanes[lane] else { return };
        let report = loaded.report.read();
        match report.state {
            FeedState::Opening => {}
            FeedState::Failed(reason) => {
                events.push(DeskEvent::Unplayable { file: loaded.pick.track.path.clone(), reason });
                self.waiting = None;
                self.lanes[lane] = None;
            }
            FeedState::Ready => {
                if at_tail && self.tail_is_longer_than_a_fade() {
                    return;
                }
                self.waiting = None;
                if self.put_on(lane, report.rate, console) {
                    self.begin_fade(lane, console, events);
                } else {
                    self.lanes[lane] = None;
                }
            }
        }
    }

    fn tail_is_longer_than_a_fade(&self) -> bool {
        self.current_loaded().is_some_and(|current| {
            let report = current.report.read();
            let (_, passes) = current.position(&report);
            let left = current.remaining(&report).unwrap_or_default().as_secs_f32();
            // After the end it has begun again: there is nothing to wait for.
            let goes_on = !matches!(report.state, FeedState::Failed(_)) && current.asked == Some(passes);
            goes_on && left > self.settings.crossfade_seconds
        })
    }

    /// Hands a decoded track to its lane.
    fn put_on(&mut self, lane: usize, rate: u32, console: &mut Console) -> bool {
        let Some(loaded) = &mut self.lanes[lane] else { return false };
        let Some(frames) = loaded.frames.take() else { return false };
        console.play(lane, DeckSound::new(frames, Arc::clone(&loaded.shared), rate))
    }

    /// Fades from whatever sounds to this lane.
    fn begin_fade(&mut self, lane: usize, console: &mut Console, events: &mut Vec<DeskEvent>) {
        let crossing = self.current.is_some();
        let frames = (self.fade_seconds() * f64::from(console.rate())).round() as u64;
        let fade = Fade { to: lane, start: console.next_start(), frames: frames.max(1) };
        if !console.fade(fade) {
            // Cannot happen while fades begin in time; the track is simply asked for again.
            self.lanes[lane] = None;
            return;
        }
        self.fade = Some(fade);
        self.crossing = crossing;
        self.crossfades += u32::from(crossing);
        self.current = Some(lane);
        if let Some(loaded) = &mut self.lanes[lane] {
            loaded.asked = None;
        }
        events.push(DeskEvent::Began);
    }

    /// The usual length, or what is left of the track that goes out.
    fn fade_seconds(&self) -> f64 {
        let Some(current) = self.current_loaded() else {
            return f64::from(self.settings.first_fade_seconds);
        };
        let usual = f64::from(self.settings.crossfade_seconds);
        match current.remaining(&current.report.read()) {
            Some(left) => usual.min(left.as_secs_f64().max(SHORTEST_FADE)),
            None => usual,
        }
    }

    /// Asks for the next track in time, and says once what is wrong with this one.
    fn watch_current(&mut self, events: &mut Vec<DeskEvent>) {
        let notice = Duration::from_secs_f32(self.settings.crossfade_seconds) + NOTICE;
        let Some(current) = self.current.and_then(|lane| self.lanes[lane].as_mut()) else { return };
        let report = current.report.read();
        let file = &current.pick.track.path;
        if let Some(missing) = report.cut_off
            && !std::mem::replace(&mut current.told.cut_off, true)
        {
            events.push(DeskEvent::CutOff { file: file.clone(), missing });
        }
        if let FeedState::Failed(reason) = &report.state
            && !std::mem::replace(&mut current.told.unplayable, true)
        {
            events.push(DeskEvent::Unplayable { file: file.clone(), reason: reason.clone() });
        }
        let missed = current.shared.missed.load(Ordering::Relaxed);
        if missed > std::mem::replace(&mut current.told.missed, missed) && !current.told.unplayable {
            events.push(DeskEvent::Late { file: file.clone() });
        }
        let (_, passes) = current.position(&report);
        let near = current.remaining(&report).is_some_and(|left| left <= notice);
        let wrapped = passes > 0 && current.asked.is_none();
        if (near && current.asked != Some(passes)) || wrapped {
            current.asked = Some(passes);
            events.push(DeskEvent::EndNear);
        }
    }

    /// The pick that is heard, or in a crossfade the one that comes in.
    pub(super) fn playing(&self) -> Option<&Pick> {
        self.current_loaded().map(|loaded| &loaded.pick)
    }

    /// Position in the track that [`Desk::playing`] names.
    pub(super) fn position(&self) -> Duration {
        self.current_loaded().map_or(Duration::ZERO, |loaded| loaded.position(&loaded.report.read()).0)
    }

    /// Progress of a crossfade in 0..=1 while one is under way.
    pub(super) fn crossfade(&self, clock: u64) -> Option<f32> {
        let fade = self.fade.filter(|fade| self.crossing && !fade.is_over(clock))?;
        Some(fade.progress(clock))
    }

    /// Crossfades that have begun since the start.
    pub(super) fn crossfades(&self) -> u32 {
        self.crossfades
    }
}
