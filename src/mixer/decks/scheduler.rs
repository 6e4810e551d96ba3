//! Decides which track plays on which channel: loads picks on free channels, plans and begins
//! transitions, and requests the next track in time.
//!
//! The scheduler runs on the music clock of its graph, which counts frames and stands still in a pause, so
//! a transition is exact to the sample. A transition is planned again in every update until
//! [`COMMIT_SECONDS`] before it begins, because analysis, settings or the pick can still change.
//!
//! Music never stops by itself: a track that nothing follows continues in its own body or starts over.

mod end_of_track;
mod transitions;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bevy::prelude::Resource;

use super::deck_channel::DeckChannel;
use super::loudness_cache::LoudnessCache;
use crate::mixer::ambient::MusicState;
use crate::mixer::graph::channel_fader::FadeCommand;
use crate::mixer::graph::{AudioGraph, CHANNELS};
use crate::mixer::settings::MixerSettings;
use crate::mixer::transition::planner::{earliest_exit, plan};
use crate::mixer::transition::{TransitionGain, TransitionPlan, TransitionSide, Urgency};
use crate::mixer::transport::Transport;
use crate::music::{Pick, PickCause};

/// A transition can change until this long before it begins, in seconds.
const COMMIT_SECONDS: f64 = 0.5;

/// What the scheduler reports.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::mixer) enum DeckEvent {
    /// The current track ends soon.
    EndNear,
    /// A file cannot be played, or not any further.
    Unplayable { file: PathBuf, reason: String },
    /// A file ends before the length in its header.
    CutOff { file: PathBuf, missing: Duration },
    /// The music had a gap: the file could not be decoded fast enough.
    Late { file: PathBuf },
    /// A track begins to sound, `ready_after` its request.
    Began { title: String, ready_after: Duration, plan: Option<TransitionPlan> },
}

/// A pick that has no channel yet.
struct PendingPick {
    pick: Pick,
    /// Where in the track to begin, if the planner does not decide.
    at: Option<Duration>,
    reason: StartReason,
}

/// A track that is loaded on a channel and waits for its transition.
struct PreparedDeck {
    channel: usize,
    reason: StartReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StartReason {
    Next(Urgency),
    /// Another position in the same track.
    Seek,
}

/// All channels and the tracks on them.
#[derive(Resource)]
pub(in crate::mixer) struct DeckScheduler {
    settings: MixerSettings,
    /// Decode on threads (live), or in [`DeckScheduler::decode_ahead`] (stepped).
    on_threads: bool,
    channels: [Option<DeckChannel>; CHANNELS],
    current: Option<usize>,
    prepared: Option<PreparedDeck>,
    pending: Option<PendingPick>,
    /// Track and position that continue after the graph was replaced, until they do.
    moving: Option<(Pick, Duration)>,
    paused: bool,
    fade: Option<FadeCommand>,
    /// Whether `fade` has an outgoing track.
    crossing: bool,
    /// Fades that have begun, and those of them that were crossfades to another track.
    fades: u32,
    crossfades: u32,
    /// Frame of the music clock at which the prepared track is to begin, by the newest plan.
    planned_start: Option<u64>,
    loudness: LoudnessCache,
    transition_gain: TransitionGain,
    /// Channel and start of the fade that the transition gain was planned for ahead of time.
    gain_target: Option<(usize, u64)>,
    /// Music clock and frames per second at the last update.
    clock: u64,
    rate: u32,
}

impl DeckScheduler {
    /// `on_threads`: decode on threads, as in a live run. `library`: the database of the library.
    pub(in crate::mixer) fn new(settings: MixerSettings, on_threads: bool, library: Option<PathBuf>) -> Self {
        Self {
            settings,
            on_threads,
            channels: Default::default(),
            current: None,
            prepared: None,
            pending: None,
            moving: None,
            paused: false,
            fade: None,
            crossing: false,
            fades: 0,
            crossfades: 0,
            planned_start: None,
            loudness: LoudnessCache::new(on_threads, library),
            transition_gain: TransitionGain::unity(),
            gain_target: None,
            clock: 0,
            rate: 48_000,
        }
    }

    pub(in crate::mixer) fn change_settings(&mut self, settings: MixerSettings) {
        self.settings = settings;
    }

    /// Plays this next. Replaces a pick that has not begun to sound.
    pub(in crate::mixer) fn pick(&mut self, pick: Pick) {
        let urgency = if pick.cause == PickCause::Asked {
            Urgency::Asked
        } else if self.current_deck().is_some_and(|current| current.requested_next.is_some()) {
            Urgency::AtEnd
        } else {
            Urgency::Mood
        };
        self.pending = Some(PendingPick { pick, at: None, reason: StartReason::Next(urgency) });
    }

    /// Pauses, resumes, or goes to another position of the current track.
    pub(in crate::mixer) fn transport(&mut self, transport: Transport) {
        match transport {
            Transport::Pause => self.paused = true,
            Transport::Resume => self.paused = false,
            Transport::Toggle => self.paused = !self.paused,
            Transport::Seek(to) => self.seek(to),
            Transport::Back(by) => self.seek(self.seek_position().saturating_sub(by)),
            Transport::Ahead(by) => self.seek(self.seek_position() + by),
        }
    }

    fn seek(&mut self, to: Duration) {
        if let Some(current) = self.current_deck() {
            let pick = current.pick.clone();
            let longest = current.duration(&current.report.read()).map(|seconds| (seconds - 0.1).max(0.0));
            let at = longest.map_or(to, |longest| to.min(Duration::from_secs_f64(longest)));
            self.pending = Some(PendingPick { pick, at: Some(at), reason: StartReason::Seek });
        }
    }

    /// Position of the current track, or the target of a seek that is under way.
    fn seek_position(&self) -> Duration {
        let pending = self.pending.as_ref().filter(|pending| pending.reason == StartReason::Seek);
        let prepared = self.prepared.as_ref().filter(|prepared| prepared.reason == StartReason::Seek);
        pending
            .and_then(|pending| pending.at)
            .or_else(|| Some(self.channels[prepared?.channel].as_ref()?.entry))
            .unwrap_or_else(|| self.position())
    }

    /// Whether nothing sounds and nothing is about to.
    pub(in crate::mixer) fn is_idle(&self) -> bool {
        self.current.is_none() && self.prepared.is_none() && self.pending.is_none()
    }

    /// A person has paused the music.
    pub(in crate::mixer) fn is_paused(&self) -> bool {
        self.paused
    }

    /// The graph was replaced: its decks are gone, and the current track (or the one that was about to
    /// begin) continues in the new graph at its position.
    pub(in crate::mixer) fn restart_in_new_graph(&mut self) {
        let prepared = self.prepared.take().and_then(|prepared| self.channels[prepared.channel].take());
        let current = self.current.take().and_then(|channel| self.channels[channel].take());
        let about_to_begin = |deck: DeckChannel| {
            let at = Some(deck.entry).filter(|entry| !entry.is_zero());
            (deck.pick.clone(), at)
        };
        let sounding = |deck: DeckChannel| {
            let position = deck.position(&deck.report.read(), self.clock, self.rate);
            (deck.pick.clone(), Some(Duration::from_secs_f64(position.seconds)))
        };
        let continues = current.map(sounding).or_else(|| prepared.map(about_to_begin));
        if let (None, Some((pick, at))) = (&self.pending, &continues) {
            let reason = StartReason::Next(Urgency::Asked);
            self.pending = Some(PendingPick { pick: pick.clone(), at: *at, reason });
        }
        self.moving = continues.and_then(|(pick, at)| Some((pick, at?))).or(self.moving.take());
        self.channels = Default::default();
        self.fade = None;
        self.crossing = false;
        self.planned_start = None;
        self.transition_gain = TransitionGain::unity();
        self.gain_target = None;
        self.clock = 0;
    }

    /// Decodes what the channels need next. Needed in a stepped run only, before each rendered block.
    pub(in crate::mixer) fn decode_ahead(&mut self) {
        self.channels.iter_mut().flatten().for_each(DeckChannel::decode_ahead);
    }

    /// Advances all channels; call it once for each frame of the app.
    pub(in crate::mixer) fn update(&mut self, graph: &mut AudioGraph) -> Vec<DeckEvent> {
        let mut events = Vec::new();
        graph.set_paused(self.paused);
        (self.clock, self.rate) = (graph.music_clock(), graph.rate());
        self.loudness.poll();
        self.free_channels();
        self.load_pending(graph, &mut events);
        self.begin_prepared(graph, &mut events);
        self.watch_current(&mut events);
        self.set_gains(graph);
        events
    }

    /// Frees the channels whose fade-out is over.
    fn free_channels(&mut self) {
        if self.fade.is_some_and(|fade| !fade.is_over(self.clock)) {
            return;
        }
        self.crossing = false;
        let keep = [self.current, self.prepared.as_ref().map(|prepared| prepared.channel)];
        for (channel, deck) in self.channels.iter_mut().enumerate() {
            if deck.is_some() && !keep.contains(&Some(channel)) {
                *deck = None;
            }
        }
    }

    /// Brings every track to the target loudness, also if its loudness becomes known while it plays.
    fn set_gains(&self, graph: &AudioGraph) {
        for (channel, deck) in self.channels.iter().enumerate() {
            if let Some(deck) = deck {
                graph.set_gain(channel, deck.gain(&self.loudness, &self.settings));
            }
        }
    }

    /// Loads the pending pick on a free channel, if there is one.
    fn load_pending(&mut self, graph: &mut AudioGraph, events: &mut Vec<DeckEvent>) {
        let Some(pending) = self.pending.take() else { return };
        if let Some(prepared) = self.prepared.take() {
            self.channels[prepared.channel] = None;
            self.gain_target = None;
        }
        let file = pending.pick.track.path.clone();
        if pending.at.is_none()
            && let Some(channel) = self.fading_out(&file)
        {
            self.fade_back(channel, pending, graph, events);
            return;
        }
        let Some(channel) = self.channels.iter().position(Option::is_none) else {
            // All channels sound: the pick waits until the end of a fade frees one.
            self.pending = Some(pending);
            return;
        };
        if self.needs_loudness() && pending.reason != StartReason::Seek {
            self.loudness.request(&pending.pick.track);
        }
        let entry = self.entry(&pending, graph);
        match DeckChannel::new(pending.pick, entry, self.on_threads, self.settings.normalise) {
            Ok(deck) => {
                self.channels[channel] = Some(deck);
                self.prepared = Some(PreparedDeck { channel, reason: pending.reason });
            }
            Err(error) => {
                self.moving = None;
                events.push(DeckEvent::Unplayable { file, reason: error.to_string() });
            }
        }
    }

    fn needs_loudness(&self) -> bool {
        let settings = &self.settings;
        settings.normalise
            || settings.transition_gain.limit_db.0 > 0.0
            || settings.longest_silence_seconds > 0.0
    }

    /// Where in the track a pick begins: at a given position, else where the planner says.
    fn entry(&self, pending: &PendingPick, graph: &AudioGraph) -> Duration {
        if let Some(at) = pending.at {
            return at;
        }
        let (StartReason::Next(urgency), Some(current)) = (pending.reason, self.current_deck()) else {
            return Duration::ZERO;
        };
        let track = &pending.pick.track;
        let next = TransitionSide {
            position: 0.0,
            duration: Some(track.duration.as_secs_f64()).filter(|seconds| *seconds > 0.0),
            rate: 1.0,
            facts: self.loudness.complete(track),
        };
        let out = current.side(&self.loudness, graph.next_start(), graph.rate());
        let same = current.file() == track.path;
        Duration::from_secs_f64(plan(&out, &next, urgency, same, &self.settings.rules()).entry)
    }

    /// A channel that fades out this file, with enough of it left to fade back in.
    fn fading_out(&self, file: &Path) -> Option<usize> {
        let enough = f64::from(self.settings.crossfade_seconds * 2.0 + self.settings.notice_seconds);
        (0..CHANNELS).find(|channel| {
            Some(*channel) != self.current
                && self.channels[*channel].as_ref().is_some_and(|deck| {
                    let report = deck.report.read();
                    let position = deck.position(&report, self.clock, self.rate);
                    deck.has_started()
                        && deck.file() == file
                        && deck.duration(&report).is_some_and(|seconds| seconds - position.seconds > enough)
                })
        })
    }

    fn current_deck(&self) -> Option<&DeckChannel> {
        self.current.and_then(|channel| self.channels[channel].as_ref())
    }

    /// The pick that is heard, or the incoming one in a crossfade; kept while the graph is replaced.
    pub(in crate::mixer) fn playing(&self) -> Option<&Pick> {
        let moving = || self.moving.as_ref().map(|(pick, _)| pick);
        self.current_deck().map(|deck| &deck.pick).or_else(moving)
    }

    /// Position in the track that [`DeckScheduler::playing`] names.
    pub(in crate::mixer) fn position(&self) -> Duration {
        let moving = || self.moving.as_ref().map(|(_, at)| *at);
        self.position_at(self.clock).map(Duration::from_secs_f64).or_else(moving).unwrap_or_default()
    }

    /// Position of the current track at a frame of the music clock, in seconds.
    fn position_at(&self, clock: u64) -> Option<f64> {
        let deck = self.current_deck()?;
        Some(deck.position(&deck.report.read(), clock, self.rate).seconds)
    }

    /// Phase of the beat in 0..1 and tempo in BPM `ago` frames before the last update, if the grid of
    /// the current track is trusted.
    pub(in crate::mixer) fn beat(&self, ago: u64) -> Option<(f32, f32)> {
        let deck = self.current_deck()?;
        let grid = deck.facts(&self.loudness).beat_grid()?;
        if grid.confidence < self.settings.beat_trust || grid.bpm <= 0.0 {
            return None;
        }
        let rate = deck.rate_at(self.clock);
        let seconds = self.position_at(self.clock)? - ago as f64 / f64::from(self.rate) * rate;
        let beats = (seconds - f64::from(grid.first)) * f64::from(grid.bpm) / 60.0;
        Some((beats.rem_euclid(1.0) as f32, (f64::from(grid.bpm) * rate) as f32))
    }

    /// The music that the ambient pad makes room for.
    pub(in crate::mixer) fn music_state(&self, graph: &AudioGraph) -> MusicState {
        MusicState {
            power: graph.music_power(),
            key: self.playing().and_then(|pick| pick.track.facts.musical_key()),
            pitch_ratio: self.current_deck().map_or(1.0, |deck| deck.rate_at(self.clock) as f32),
            crossfade: self.crossfade(),
            paused: self.paused,
        }
    }

    /// Progress of a crossfade in 0..=1 while one is under way.
    pub(in crate::mixer) fn crossfade(&self) -> Option<f32> {
        let fade = self.fade.filter(|fade| self.crossing && !fade.is_over(self.clock))?;
        Some(fade.progress(self.clock))
    }

    /// Time until the next fade to another track begins: as planned, else at the end of the current track.
    /// `None` if nothing plays or its end is not known.
    pub(in crate::mixer) fn next_fade_in(&self) -> Option<Duration> {
        let until = |start: u64| start.saturating_sub(self.clock) as f64 / f64::from(self.rate);
        let committed = self.fade.map(|fade| fade.start).filter(|start| *start > self.clock);
        let seconds = if let Some(start) = committed.or(self.planned_start) {
            until(start)
        } else {
            let deck = self.current_deck()?;
            let side = deck.side(&self.loudness, self.clock, self.rate);
            (earliest_exit(&side, &self.settings.rules())? - side.position).max(0.0) / side.rate
        };
        Some(Duration::from_secs_f64(seconds))
    }

    /// How many fades have begun, and how long ago the newest one did; `None` before the first, and until
    /// the next has reached its start.
    pub(in crate::mixer) fn newest_fade(&self) -> Option<(u32, Duration)> {
        let ago = self.clock.checked_sub(self.fade?.start)?;
        Some((self.fades, Duration::from_secs_f64(ago as f64 / f64::from(self.rate))))
    }

    /// Seconds until the newest fade begins, or 0.
    pub(in crate::mixer) fn seconds_until_fade(&self, graph: &AudioGraph) -> f64 {
        let clock = graph.music_clock();
        self.fade.map_or(0.0, |fade| fade.start.saturating_sub(clock) as f64 / f64::from(self.rate))
    }

    /// The earliest second of the current track at which a transition at its end can begin.
    pub(in crate::mixer) fn earliest_exit(&self) -> Option<f64> {
        let side = self.current_deck()?.side(&self.loudness, self.clock, self.rate);
        earliest_exit(&side, &self.settings.rules())
    }

    /// Crossfades that have begun since the start.
    pub(in crate::mixer) fn crossfades(&self) -> u32 {
        self.crossfades
    }
}
