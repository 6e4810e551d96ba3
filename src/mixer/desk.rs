//! The person at the desk: loads picks on free lanes, asks the planner how to go over to them, does
//! so, and asks for the next in time.
//!
//! Knows no app: it is told the time by the clock of its console, and gives events back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::console::{Console, LANES};
use super::deck::{DeckSound, Pacing};
use super::fade::Fade;
use super::feed::{FeedState, Pump, Report};
use super::lane::Loaded;
use super::loudness::Surveyor;
use super::plan::{self, Law, LengthFrom, Plan, Side, Urgency};
use super::ride::{Part, Ride, Times, ride};
use super::settings::MixerSettings;
use crate::music::Pick;

/// A transition is settled this long before it begins, in seconds; until then it can still change.
const SETTLED: f64 = 0.5;
/// A track that follows another's tempo stays with it for this long after the fade, and takes this
/// long to come back to its own, in seconds.
const TEMPO_HOLD: f64 = 2.0;
const TEMPO_RETURN: f64 = 16.0;
/// A seek is a fade of this length, in seconds.
const SEEK_SECONDS: f64 = 0.08;

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
    fade: Option<Fade>,
    /// Whether `fade` has a track that goes out.
    crossing: bool,
    crossfades: u32,
    surveyor: Surveyor,
    ride: Ride,
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
            fade: None,
            crossing: false,
            crossfades: 0,
            surveyor: Surveyor::new(on_threads),
            ride: Ride::level(),
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
            let (loaded, at) = match (current, waiting) {
                (Some(loaded), _) => {
                    let place = loaded.place(&loaded.report.read(), self.clock, self.rate);
                    (Some(loaded), Some(Duration::from_secs_f64(place.seconds)))
                }
                (None, waiting) => (waiting, None),
            };
            let why = Why::Next(Urgency::Asked);
            self.pending = loaded.map(|loaded| Pending { pick: loaded.pick.clone(), at, why });
        }
        self.lanes = Default::default();
        self.fade = None;
        self.crossing = false;
        self.ride = Ride::level();
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
            Err(error) => events.push(DeskEvent::Unplayable { file, reason: error.to_string() }),
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

    /// Fades back to a lane that was going out.
    fn come_back(&mut self, lane: usize, pick: Pick, console: &mut Console, events: &mut Vec<DeskEvent>) {
        let seconds = f64::from(self.settings.crossfade_seconds);
        let title = pick.track.title.clone();
        if let Some(loaded) = &mut self.lanes[lane] {
            loaded.pick = pick;
        }
        let start = self.earliest(console);
        if self.begin_fade(lane, start, seconds, Law::EqualPower, console) {
            self.let_go(start, console);
            events.push(DeskEvent::Began { title, ready_after: Duration::ZERO, plan: None });
        }
    }

    fn current_loaded(&self) -> Option<&Loaded> {
        self.current.and_then(|lane| self.lanes[lane].as_ref())
    }

    /// The first frame of the music's clock at which a fade can begin: not before one that is settled.
    fn earliest(&self, console: &Console) -> u64 {
        console.next_start().max(self.fade.map_or(0, |fade| fade.start))
    }

    /// Starts the waiting track once it is decoded and its time has come.
    fn begin_waiting(&mut self, console: &mut Console, events: &mut Vec<DeskEvent>) {
        let Some(waiting) = &self.waiting else { return };
        let (lane, why) = (waiting.lane, waiting.why);
        let Some(loaded) = &self.lanes[lane] else { return };
        let report = loaded.report.read();
        match report.state {
            FeedState::Opening => {}
            FeedState::Failed(reason) => {
                events.push(DeskEvent::Unplayable { file: loaded.file().to_owned(), reason });
                self.waiting = None;
                self.lanes[lane] = None;
            }
            FeedState::Ready => {
                let (title, ready_after) = (loaded.pick.track.title.clone(), report.ready_after);
                let (start, plan) = self.transition(lane, why, console);
                if start.saturating_sub(self.clock) as f64 > SETTLED * f64::from(self.rate) {
                    return;
                }
                self.waiting = None;
                if self.begin(lane, start, plan.as_ref(), report.rate, console) {
                    // The same track at another place is no crossfade for people.
                    self.crossfades -= u32::from(why == Why::Seek && self.crossing);
                    events.push(DeskEvent::Began { title, ready_after, plan });
                } else {
                    // Cannot happen while fades begin in time; the track is simply asked for again.
                    self.lanes[lane] = None;
                }
            }
        }
    }

    /// When to go over to a lane and how; no plan where nothing was heard before.
    fn transition(&self, lane: usize, why: Why, console: &Console) -> (u64, Option<Plan>) {
        let earliest = self.earliest(console);
        let unheard = self.fade.is_none_or(|fade| !self.crossing && self.clock <= fade.start);
        let (Some(current), Some(next)) = (self.current_loaded().filter(|_| !unheard), &self.lanes[lane])
        else {
            return (earliest, None);
        };
        let report = current.report.read();
        let place = current.place(&report, earliest, self.rate);
        let mut out = current.side(&self.surveyor, earliest, self.rate);
        let incoming = next.side(&self.surveyor, earliest, self.rate);
        let urgency = match why {
            Why::Seek => return (earliest, Some(seek_plan(&out, &incoming))),
            Why::Next(urgency) => urgency,
        };
        let urgency = if urgency == Urgency::AtEnd && !waits_for_its_end(current, &report, place.passes) {
            // It has begun again or broke off: there is nothing to wait for.
            out.sound = out.sound.map(|sound| crate::music::TrackSound { beats: None, ..sound });
            Urgency::Mood
        } else {
            urgency
        };
        let same = current.file() == next.file();
        let mut plan = plan::plan(&out, &incoming, urgency, same, &self.settings.rules());
        if plan.beats_match && (plan.entry - incoming.position).abs() > 0.02 {
            (plan.beats_match, plan.rate) = (false, 1.0);
        }
        plan.entry = incoming.position;
        let wait = (plan.begin - out.position) / out.rate * f64::from(self.rate);
        (earliest + wait.max(0.0).round() as u64, Some(plan))
    }

    /// Hands a decoded track to its lane and fades to it.
    fn begin(
        &mut self,
        lane: usize,
        start: u64,
        plan: Option<&Plan>,
        file_rate: u32,
        console: &mut Console,
    ) -> bool {
        let first = f64::from(self.settings.first_fade_seconds);
        let (seconds, law, rate) = plan.map_or((first, Law::EqualPower, 1.0), |p| (p.seconds, p.law, p.rate));
        let frames = |seconds: f64| (seconds * f64::from(self.rate)) as u64;
        let pacing =
            Pacing { begin: start, rate, hold: frames(seconds + TEMPO_HOLD), glide: frames(TEMPO_RETURN) };
        let ride = plan.map(|plan| self.plan_ride(lane, start, plan));
        if let Some(loaded) = &self.lanes[lane] {
            console.set_gain(lane, loaded.gain(&self.surveyor, &self.settings));
        }
        let Some(loaded) = &mut self.lanes[lane] else { return false };
        let Some(waiting) = loaded.frames.take() else { return false };
        loaded.pacing = Some(pacing);
        let sound = DeckSound::new(waiting, Arc::clone(&loaded.shared), console.shared(), file_rate, pacing);
        if !console.play(lane, sound) || !self.begin_fade(lane, start, seconds, law, console) {
            return false;
        }
        if let Some(ride) = ride {
            self.ride = ride;
            console.ride(&self.ride);
        }
        true
    }

    fn begin_fade(&mut self, lane: usize, start: u64, seconds: f64, law: Law, console: &mut Console) -> bool {
        let frames = ((seconds * f64::from(console.rate())).round() as u64).max(1);
        let fade = Fade { to: lane, start, frames, law };
        if !console.fade(fade) {
            return false;
        }
        self.crossing = self.current.is_some();
        self.crossfades += u32::from(self.crossing);
        self.fade = Some(fade);
        self.current = Some(lane);
        if let Some(loaded) = &mut self.lanes[lane] {
            loaded.asked = None;
        }
        true
    }

    /// Plans the hand on the fader for a transition, from what is known of both tracks.
    fn plan_ride(&self, lane: usize, start: u64, plan: &Plan) -> Ride {
        let part = |loaded: Option<&Loaded>, position: f64, rate: f64| Part {
            envelope: None,
            gain: loaded.map_or(1.0, |loaded| loaded.gain(&self.surveyor, &self.settings)),
            position,
            rate,
        };
        let (current, next) = (self.current_loaded(), self.lanes[lane].as_ref());
        let known = |loaded: Option<&Loaded>| {
            self.surveyor.known(loaded?.file()).filter(|_| self.settings.ride_db > 0.0)
        };
        let (out_known, next_known) = (known(current), known(next));
        let out_rate = current.map_or(1.0, |current| current.rate_at(start));
        let out =
            Part { envelope: out_known.map(|known| &known.envelope), ..part(current, plan.begin, out_rate) };
        let next =
            Part { envelope: next_known.map(|known| &known.envelope), ..part(next, plan.entry, plan.rate) };
        let times = Times { start, seconds: plan.seconds, rate: self.rate };
        ride(&out, &next, &times, plan.law, self.ride.gain_at(start), self.settings.ride_db)
    }

    /// Takes the hand off the fader, slowly.
    fn let_go(&mut self, start: u64, console: &mut Console) {
        let nothing = Part { envelope: None, gain: 1.0, position: 0.0, rate: 1.0 };
        let times = Times { start, seconds: 0.0, rate: self.rate };
        let now = self.ride.gain_at(start);
        self.ride = ride(&nothing, &nothing, &times, Law::EqualPower, now, self.settings.ride_db);
        console.ride(&self.ride);
    }

    /// Asks for the next track in time, and says once what is wrong with this one.
    fn watch_current(&mut self, events: &mut Vec<DeskEvent>) {
        let rules = self.settings.rules();
        let notice = f64::from(self.settings.notice_seconds);
        let (clock, rate) = (self.clock, self.rate);
        let Some(lane) = self.current else { return };
        let Some(side) = self.lanes[lane].as_ref().map(|current| current.side(&self.surveyor, clock, rate))
        else {
            return;
        };
        let Some(current) = self.lanes[lane].as_mut() else { return };
        let report = current.report.read();
        tell_once(current, &report, events);
        let passes = current.place(&report, clock, rate).passes;
        let near = plan::exit(&side, &rules).is_some_and(|exit| side.position >= exit - notice);
        let wrapped = passes > 0 && current.asked.is_none();
        if (near && current.asked != Some(passes)) || wrapped {
            current.asked = Some(passes);
            events.push(DeskEvent::EndNear);
        }
        if passes == 0 && self.waiting.is_none() && self.pending.is_none() {
            self.hold(lane, &side);
        }
    }

    /// Nothing follows and the track is about to thin out: it goes over into its own body.
    fn hold(&mut self, lane: usize, side: &Side) {
        let Some(current) = &self.lanes[lane] else { return };
        let fading = self.fade.is_some_and(|fade| !fade.is_over(self.clock));
        let (Some(sound), Some(duration)) = (side.sound, side.duration) else { return };
        let (body, end) = (f64::from(sound.intro_end), f64::from(sound.outro_start.min(sound.sound_end)));
        let usual = f64::from(self.settings.crossfade_seconds);
        if fading || end - body < 4.0 * usual || side.position < end.min(duration) - SETTLED {
            return;
        }
        let at = Some(Duration::from_secs_f64(body));
        let pick = current.pick.clone();
        self.pending = Some(Pending { pick, at, why: Why::Next(Urgency::Mood) });
    }

    /// The pick that is heard, or in a crossfade the one that comes in.
    pub(super) fn playing(&self) -> Option<&Pick> {
        self.current_loaded().map(|loaded| &loaded.pick)
    }

    /// Position in the track that [`Desk::playing`] names.
    pub(super) fn position(&self) -> Duration {
        self.heard_at(self.clock).map_or(Duration::ZERO, Duration::from_secs_f64)
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

/// Whether a track is still on the way to the end for which the next one was asked.
fn waits_for_its_end(current: &Loaded, report: &Report, passes: u64) -> bool {
    !matches!(report.state, FeedState::Failed(_)) && current.asked == Some(passes)
}

fn seek_plan(out: &Side, next: &Side) -> Plan {
    Plan {
        begin: out.position,
        seconds: SEEK_SECONDS,
        from: LengthFrom::Asked,
        law: Law::EqualPower,
        entry: next.position,
        rate: 1.0,
        on_downbeat: false,
        beats_match: false,
        key_distance: None,
    }
}

/// Says once what is wrong with a file.
fn tell_once(current: &mut Loaded, report: &Report, events: &mut Vec<DeskEvent>) {
    let file = current.file().to_owned();
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
        events.push(DeskEvent::Late { file });
    }
}
