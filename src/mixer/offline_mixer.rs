//! The mixer without an app: the same output, scheduler and pad, rendered on request.

use std::path::PathBuf;
use std::time::Duration;

use super::ambient::{AmbientInputs, AmbientPad};
use super::cues::{Cue, CueSounds};
use super::decks::{DeckEvent, DeckScheduler};
use super::graph::{AudioGraph, GraphSettings, OutputError};
use super::output::AudioOutput;
use super::settings::MixerSettings;
use super::transition::TransitionPlan;
use super::transport::Transport;
use crate::emotion::Affect;
use crate::foundation::show_path;
use crate::music::{Pick, PickCause, Track};
use crate::session::Breath;

/// Frames between two updates of the scheduler, at most.
const BLOCK: usize = 960;
/// Seed of the ambient pad.
const PAD_SEED: u64 = 1;

/// Renders as fast as the machine can: for `attune mix`, benches and tests.
pub struct OfflineMixer {
    settings: MixerSettings,
    output: AudioOutput,
    scheduler: DeckScheduler,
    pad: AmbientPad,
    /// What the ambient pad follows.
    mood: Affect,
    breath: Breath,
    /// Time of the graph at the last update, in seconds.
    now: f64,
    plans: Vec<TransitionPlan>,
    ready_after: Vec<Duration>,
    wants_track: bool,
    problems: Vec<String>,
}

impl OfflineMixer {
    /// A silent mixer that renders `rate` frames per second.
    ///
    /// # Errors
    /// [`OutputError::GraphFull`].
    pub fn new(settings: &MixerSettings, rate: u32) -> Result<Self, OutputError> {
        Self::with_library(settings, rate, None)
    }

    /// The same, with the loudness over time of tracks that the library in this file has analysed.
    ///
    /// # Errors
    /// [`OutputError::GraphFull`].
    pub fn with_library(
        settings: &MixerSettings,
        rate: u32,
        library: Option<PathBuf>,
    ) -> Result<Self, OutputError> {
        let graph = AudioGraph::offline(&GraphSettings::from(settings), rate)?;
        let scheduler = DeckScheduler::new(settings.clone(), false, library);
        Ok(Self::with_scheduler(scheduler, graph, settings))
    }

    /// A mixer on a graph of the caller, e.g. on another backend.
    #[must_use]
    pub fn with_graph(graph: AudioGraph, settings: &MixerSettings) -> Self {
        Self::with_scheduler(DeckScheduler::new(settings.clone(), false, None), graph, settings)
    }

    /// A mixer that decodes on threads, as a live run does.
    #[must_use]
    pub fn threaded(graph: AudioGraph, settings: &MixerSettings) -> Self {
        Self::with_scheduler(DeckScheduler::new(settings.clone(), true, None), graph, settings)
    }

    fn with_scheduler(scheduler: DeckScheduler, graph: AudioGraph, settings: &MixerSettings) -> Self {
        Self {
            settings: settings.clone(),
            output: AudioOutput::of_graph(graph, settings),
            scheduler,
            pad: AmbientPad::new(PAD_SEED),
            mood: Affect::default(),
            breath: Breath::default(),
            now: 0.0,
            plans: Vec::new(),
            ready_after: Vec::new(),
            wants_track: false,
            problems: Vec::new(),
        }
    }

    /// Plays this next: at once from silence, at the end of the current track if that is near, else as
    /// for a change of mood.
    pub fn play(&mut self, pick: Pick) {
        self.wants_track = false;
        self.scheduler.pick(pick);
    }

    /// Plays this next because a person asks for it.
    pub fn play_now(&mut self, pick: Pick) {
        self.wants_track = false;
        self.scheduler.pick(Pick { cause: PickCause::Asked, ..pick });
    }

    /// Pauses with a short ramp, resumes, or seeks.
    pub fn transport(&mut self, transport: Transport) {
        self.scheduler.transport(transport);
    }

    /// Applies other settings; those of the graph itself need a new mixer.
    pub fn change_settings(&mut self, settings: &MixerSettings) {
        self.settings = settings.clone();
        self.output.change_settings(settings);
        self.scheduler.change_settings(settings.clone());
    }

    /// Sets the mood that the ambient pad follows.
    pub fn set_mood(&mut self, mood: Affect) {
        self.mood = mood;
    }

    /// Plays a cue, with music and pad lowered under it.
    pub fn cue(&mut self, cue: Cue) {
        self.output.play_cue(cue, &CueSounds::default(), &self.settings);
    }

    /// Advances scheduler and pad. Needed only where others render the graph.
    pub fn update(&mut self) {
        self.output.update_controls();
        let Some(graph) = self.output.graph_mut() else { return };
        for event in self.scheduler.update(graph) {
            match event {
                DeckEvent::EndNear => self.wants_track = true,
                DeckEvent::Began { plan, ready_after, .. } => {
                    self.plans.extend(plan);
                    self.ready_after.push(ready_after);
                }
                DeckEvent::Unplayable { file, reason } => {
                    self.problems.push(format!("{}: {reason}", show_path(&file)));
                }
                DeckEvent::CutOff { file, .. } => {
                    self.problems.push(format!("{}: breaks off", show_path(&file)));
                }
                DeckEvent::Late { file } => self.problems.push(format!("{}: a gap", show_path(&file))),
            }
        }
        let now = graph.clock() as f64 / f64::from(graph.rate());
        self.breath.advance((now - self.now) as f32);
        self.now = now;
        let inputs = AmbientInputs {
            now,
            mood: self.mood,
            breath: self.breath.amplitude(),
            when: self.settings.ambient.when,
            music: self.scheduler.music_state(graph),
        };
        self.pad.update(graph.ambient(), &inputs, &self.settings.ambient);
        self.scheduler.decode_ahead();
    }

    /// Renders interleaved stereo.
    pub fn render(&mut self, out: &mut [f32]) {
        for block in out.chunks_mut(2 * BLOCK) {
            self.update();
            // There is no file that could fail.
            let _ = self.output.render_block(block, &mut self.scheduler);
            self.output.take_rendered().clear();
        }
    }

    /// Renders a number of seconds of interleaved stereo.
    pub fn seconds(&mut self, seconds: f64) -> Vec<f32> {
        let rate = self.output.graph().map_or(0, AudioGraph::rate);
        let frames = (seconds * f64::from(rate)).round() as usize;
        let mut out = vec![0.0; 2 * frames];
        self.render(&mut out);
        out
    }

    /// The track that is heard, or the incoming one in a crossfade.
    #[must_use]
    pub fn playing(&self) -> Option<&Pick> {
        self.scheduler.playing()
    }

    /// Position in that track.
    #[must_use]
    pub fn position(&self) -> Duration {
        self.scheduler.position()
    }

    /// Progress of a crossfade in 0..=1 while one is under way.
    #[must_use]
    pub fn crossfade(&self) -> Option<f32> {
        self.scheduler.crossfade()
    }

    /// Seconds until the fade that is under way begins, or 0.
    #[must_use]
    pub fn seconds_until_fade(&self) -> f64 {
        self.output.graph().map_or(0.0, |graph| self.scheduler.seconds_until_fade(graph))
    }

    /// The earliest second of the current track at which a transition at its end can begin.
    #[must_use]
    pub fn earliest_exit(&self) -> Option<f64> {
        self.scheduler.earliest_exit()
    }

    /// Crossfades that have begun.
    #[must_use]
    pub fn crossfades(&self) -> u32 {
        self.scheduler.crossfades()
    }

    /// The plans of all transitions that have begun.
    #[must_use]
    pub fn plans(&self) -> &[TransitionPlan] {
        &self.plans
    }

    /// For each track that has begun, the time from its request until it could sound.
    #[must_use]
    pub fn ready_after(&self) -> &[Duration] {
        &self.ready_after
    }

    /// Whether the current track is near its end and nothing follows yet.
    #[must_use]
    pub fn wants_track(&self) -> bool {
        self.wants_track
    }

    /// Files that could not be played, and gaps.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

/// A pick of a track that nobody has chosen.
#[must_use]
pub fn pick_track(track: Track) -> Pick {
    Pick { track, emotion: None, cause: PickCause::Silence, reason: String::new(), why: Vec::new() }
}

/// A pick of a file, without tags.
#[must_use]
pub fn pick_of(path: PathBuf) -> Pick {
    pick_track(Track::untagged(path))
}
