//! Where the mix goes: a sound device, a file, or nowhere.
//!
//! On a device, kira renders in the callback of the device. Everywhere else [`AudioOutput`] renders as much
//! as the clock of the app asks for. The same graph is used in both cases, and a lost device is
//! replaced by an offline graph until it is back, so tracks and levels go on.

use std::path::PathBuf;
use std::time::Duration;

use bevy::prelude::Resource;
use kira::Frame;

use super::cues::{Cue, CueSounds};
use super::decks::DeckScheduler;
use super::graph::device_lifecycle::{DeviceOpener, DeviceOpening, OpenAttempt, StallDetector};
use super::graph::wav_file::{WavError, WavFile};
use super::graph::{AudioGraph, GraphSettings, OFFLINE_RATE, OutputError};
use super::settings::MixerSettings;
use crate::foundation::ClockMode;

/// Where the sound goes. Insert it before the plugin; it does not change while the app runs.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub enum SoundOutput {
    /// The sound device of the settings. A stepped run uses no device and is silent instead.
    #[default]
    Device,
    /// A 16-bit stereo WAV file at 48 kHz.
    File(PathBuf),
    /// Nowhere; tracks, positions and levels advance all the same.
    Silent,
}

/// The volume now, 0..=1. It begins as the setting, and a person can change it while the app runs.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct MasterVolume(pub f32);

impl Default for MasterVolume {
    fn default() -> Self {
        Self(1.0)
    }
}

/// Frames rendered at once where no device sets the pace.
const BLOCK: usize = 1_024;
/// The music begins silently if no device has answered this long after the start.
const FIRST_ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// A device that has run this long is taken to work.
const PROVEN_AFTER: Duration = Duration::from_secs(30);

/// What happened to the output.
#[derive(Debug)]
pub(super) enum OutputEvent {
    /// The device cannot be opened or has died.
    DeviceLost(OutputError),
    DeviceWorks,
    /// The offline graph could not be built.
    NoGraph(OutputError),
    FileFailed(WavError),
}

/// Result of [`AudioOutput::supervise`].
#[derive(Debug, Default)]
pub(super) struct Supervision {
    pub(super) event: Option<OutputEvent>,
    /// The graph is another one: whatever plays into it must start again there.
    pub(super) graph_replaced: bool,
}

/// The graph, and what renders it: a device, or this when [`AudioOutput::render`] is called.
#[derive(Resource)]
pub(super) struct AudioOutput {
    graph: Option<AudioGraph>,
    settings: GraphSettings,
    device: Option<DeviceSupervisor>,
    file: Option<WavFile>,
    /// An event of the constructor, reported by the next [`AudioOutput::supervise`].
    failed: Option<OutputEvent>,
    pacer: FramePacer,
    /// The end of the run, in app time, of which the graph knows.
    end: Option<Duration>,
    block: Vec<f32>,
    /// Rendered frames that were not measured yet.
    unmeasured: Vec<Frame>,
}

impl AudioOutput {
    pub(super) fn new(
        output: &SoundOutput,
        clock: ClockMode,
        settings: &MixerSettings,
        opener: DeviceOpener,
    ) -> Self {
        let wants_device = *output == SoundOutput::Device && !clock.is_stepped();
        let device = wants_device.then(|| DeviceSupervisor::new(opener, settings));
        let mut this = Self::without_graph(settings.into(), device);
        if !wants_device {
            this.go_offline();
        }
        if let SoundOutput::File(file) = output {
            match WavFile::create(file) {
                Ok(file) => this.file = Some(file),
                Err(error) => this.failed = Some(OutputEvent::FileFailed(error)),
            }
        }
        this
    }

    /// An output around a graph of the caller.
    pub(super) fn of_graph(graph: AudioGraph, settings: &MixerSettings) -> Self {
        Self { graph: Some(graph), ..Self::without_graph(settings.into(), None) }
    }

    fn without_graph(settings: GraphSettings, device: Option<DeviceSupervisor>) -> Self {
        Self {
            graph: None,
            settings,
            device,
            file: None,
            failed: None,
            pacer: FramePacer::default(),
            end: None,
            block: vec![0.0; 2 * BLOCK],
            unmeasured: Vec::new(),
        }
    }

    /// The graph; `None` until a device has answered for the first time.
    pub(super) fn graph(&self) -> Option<&AudioGraph> {
        self.graph.as_ref()
    }

    pub(super) fn graph_mut(&mut self) -> Option<&mut AudioGraph> {
        self.graph.as_mut()
    }

    /// Applies settings that a person has changed while it plays.
    pub(super) fn change_settings(&mut self, settings: &MixerSettings) {
        let GraphSettings { volume, night, device, .. } = settings.into();
        (self.settings.volume, self.settings.night) = (volume, night);
        if let Some(supervisor) = &mut self.device {
            supervisor.change_settings(settings);
            if self.settings.device != device {
                self.settings.device = device;
                supervisor.replace(self.graph.as_ref().is_some_and(AudioGraph::is_device));
            }
        }
    }

    /// Opens the device when that is due, and detects that it died. `now` is wall-clock time.
    pub(super) fn supervise(&mut self, now: Duration) -> Supervision {
        if let Some(event) = self.failed.take() {
            return Supervision { event: Some(event), graph_replaced: false };
        }
        let Some(supervisor) = &mut self.device else { return Supervision::default() };
        if let Some(graph) = self.graph.as_mut().filter(|graph| graph.is_device()) {
            let Some(error) = supervisor.check(graph, now) else { return Supervision::default() };
            self.go_offline();
            return Supervision { event: Some(self.lost(error)), graph_replaced: true };
        }
        match supervisor.open(&self.settings, self.graph.is_some(), now) {
            Ok(Some(graph)) => {
                (self.graph, self.end) = (Some(graph), None);
                Supervision { event: Some(OutputEvent::DeviceWorks), graph_replaced: true }
            }
            Ok(None) => Supervision::default(),
            Err(error) => {
                let graph_replaced = self.graph.is_none();
                if graph_replaced {
                    self.go_offline();
                }
                Supervision { event: Some(self.lost(error)), graph_replaced }
            }
        }
    }

    /// The event of a lost device; if there is no offline graph either, that counts more.
    fn lost(&mut self, error: OutputError) -> OutputEvent {
        self.failed.take().unwrap_or(OutputEvent::DeviceLost(error))
    }

    /// Replaces the graph by one that renders without a device.
    fn go_offline(&mut self) {
        match AudioGraph::offline(&self.settings, OFFLINE_RATE) {
            Ok(graph) => (self.graph, self.end) = (Some(graph), None),
            Err(error) => {
                self.graph = None;
                self.failed = Some(OutputEvent::NoGraph(error));
            }
        }
    }

    /// Fades to silence until the end of the run. `rendered` is the app time up to which the graph has rendered.
    pub(super) fn follow_ending(&mut self, end: Option<Duration>, rendered: Duration) {
        let (Some(graph), Some(end)) = (&self.graph, end) else { return };
        if self.end.replace(end) != Some(end) {
            graph.end_in(end.saturating_sub(rendered));
        }
    }

    /// Sends volume and night mode to the graph.
    pub(super) fn update_controls(&mut self) {
        if let Some(graph) = &self.graph {
            graph.set_volume(self.settings.volume);
            graph.set_night(self.settings.night);
        }
    }

    /// Renders sound of the length `due`, unless a device renders. Decodes ahead of each block.
    pub(super) fn render(&mut self, due: Duration, decks: &mut DeckScheduler) -> Result<(), WavError> {
        if self.graph.as_ref().is_none_or(AudioGraph::is_device) {
            return Ok(());
        }
        self.pacer.advance(due);
        let mut block = std::mem::take(&mut self.block);
        let mut result = Ok(());
        while result.is_ok()
            && let Some(frames) = self.pacer.next_block()
        {
            result = self.render_block(&mut block[..2 * frames], decks);
        }
        self.block = block;
        result
    }

    /// Renders one block of interleaved stereo, and writes it to the file if there is one.
    pub(super) fn render_block(
        &mut self,
        block: &mut [f32],
        decks: &mut DeckScheduler,
    ) -> Result<(), WavError> {
        let Some(graph) = &mut self.graph else { return Ok(()) };
        decks.decode_ahead();
        graph.render(block);
        graph.read_tap(&mut self.unmeasured);
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write(block).inspect_err(|_| self.file = None)
    }

    /// Frames that were rendered since the last call, before the volume.
    pub(super) fn take_rendered(&mut self) -> &mut Vec<Frame> {
        if let Some(graph) = &mut self.graph {
            graph.read_tap(&mut self.unmeasured);
        }
        &mut self.unmeasured
    }

    /// Completes the file, if there is one.
    pub(super) fn finish_file(&mut self) -> Result<(), WavError> {
        self.file.take().map_or(Ok(()), WavFile::finish)
    }

    /// Plays a cue, and lowers music and pad under it.
    pub(super) fn play_cue(&mut self, cue: Cue, sounds: &CueSounds, settings: &MixerSettings) {
        let Some(graph) = &mut self.graph else { return };
        graph.duck(sounds.duck_seconds(cue, settings), cue == Cue::Bell);
        if !graph.play_cue(sounds.sound(cue, settings)) {
            bevy::log::debug!("too many cues at once: {cue:?} is dropped");
        }
    }
}

/// Keeps a device open.
struct DeviceSupervisor {
    opening: DeviceOpening,
    stall: StallDetector,
    /// How long the clock of a device may stand still.
    patience: Duration,
    opened: Duration,
    /// The settings name another device than the one that is open.
    replace: bool,
}

impl DeviceSupervisor {
    fn new(opener: DeviceOpener, settings: &MixerSettings) -> Self {
        let patience = Duration::from_secs_f32(settings.device_frozen_seconds);
        Self {
            opening: DeviceOpening::new(opener, Duration::ZERO),
            stall: StallDetector::new(Duration::ZERO, patience),
            patience,
            opened: Duration::ZERO,
            replace: false,
        }
    }

    fn change_settings(&mut self, settings: &MixerSettings) {
        self.patience = Duration::from_secs_f32(settings.device_frozen_seconds);
        self.stall.set_patience(self.patience);
    }

    /// The settings name another device now.
    fn replace(&mut self, is_open: bool) {
        self.opening.retry_at_once();
        self.replace = is_open || self.opening.is_running();
    }

    /// Why the open device is to be given up, if it is.
    fn check(&mut self, graph: &mut AudioGraph, now: Duration) -> Option<OutputError> {
        let stalled = self.stall.is_stalled(graph.clock(), now);
        let error = if std::mem::take(&mut self.replace) {
            Some(OutputError::Replaced)
        } else {
            graph.take_error().or_else(|| stalled.then_some(OutputError::Stalled))
        };
        if error.is_some() {
            self.opening.device_lost(now);
        } else if now.saturating_sub(self.opened) > PROVEN_AFTER {
            self.opening.reset_wait();
        }
        error
    }

    /// Opens the device when that is due. `has_graph`: an offline graph has replaced it already.
    fn open(
        &mut self,
        settings: &GraphSettings,
        has_graph: bool,
        now: Duration,
    ) -> Result<Option<AudioGraph>, OutputError> {
        match self.opening.poll(settings, now) {
            OpenAttempt::Opened(graph) => {
                self.stall = StallDetector::new(now, self.patience);
                self.opened = now;
                Ok(Some(*graph))
            }
            OpenAttempt::Failed(error) => Err(error),
            OpenAttempt::Waiting if now > FIRST_ANSWER_TIMEOUT && !has_graph => Err(OutputError::NoAnswer),
            OpenAttempt::Waiting => Ok(None),
        }
    }
}

/// Counts the frames that are due from the start, so that no fraction of a frame is ever lost.
#[derive(Debug, Default)]
struct FramePacer {
    due: Duration,
    rendered: u64,
}

impl FramePacer {
    fn advance(&mut self, due: Duration) {
        self.due += due;
    }

    /// Frames of the next block, if any are due.
    fn next_block(&mut self) -> Option<usize> {
        let target = (self.due.as_nanos() * u128::from(OFFLINE_RATE) / 1_000_000_000) as u64;
        let frames = target.saturating_sub(self.rendered).min(BLOCK as u64);
        self.rendered += frames;
        (frames > 0).then_some(frames as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps that are no whole number of frames add up to exactly one second.
    #[test]
    fn no_fraction_of_a_frame_is_lost() {
        let mut pacer = FramePacer::default();
        let mut frames = 0;
        for _ in 0..3_000 {
            pacer.advance(Duration::from_nanos(333_333));
            frames += pacer.next_block().unwrap_or(0);
        }
        assert_eq!(frames, 47_999);
        pacer.advance(Duration::from_micros(1));
        assert_eq!((pacer.next_block(), pacer.next_block()), (Some(1), None));
    }
}
