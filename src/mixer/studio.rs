//! The desk, the console it works on, and what is done when a device comes and goes.

use std::path::PathBuf;
use std::time::Duration;

use bevy::platform::cell::SyncCell;
use bevy::prelude::Resource;
use kira::Frame;

use super::bed::{Bed, Scene};
use super::console::{Console, OFFLINE_RATE, OutputSettings};
use super::desk::{Desk, DeskEvent};
use super::device::{DeviceOpener, Opening, Pulse, Tried};
use super::ear::DelayLine;
use super::levels::Analyser;
use super::settings::{MixerSettings, fader};
use super::wav::{WavError, WavSink};
use super::{Beat, Cue, NowPlaying, SoundLevels, Transport, cues};
use crate::foundation::ClockMode;
use crate::music::MusicalKey;

/// Where the sound goes. Insert it before the plugin; it does not change while the app runs.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub enum SoundOutput {
    /// The default sound device. A stepped run has none and is silent instead.
    #[default]
    Device,
    /// A 16-bit stereo WAV file at 48 kHz.
    File(PathBuf),
    /// Nowhere; tracks, positions and levels go on all the same.
    Silent,
}

/// Frames rendered in one go where no device sets the pace.
const BLOCK: usize = 1_024;
/// A live run without a device renders at most this much at once; a longer pause of the app is left out.
const MOST_AT_ONCE: Duration = Duration::from_millis(500);
/// How long the start waits for the first answer about a device before the music begins unheard.
const PATIENCE: Duration = Duration::from_secs(3);
/// A device that has run for this long works.
const PROVEN: Duration = Duration::from_secs(30);
/// Without new frames for this long, the levels fall to nothing.
const LEVELS_HOLD: Duration = Duration::from_millis(300);

/// What the studio wants others to know about its output.
pub(super) enum OutputEvent {
    /// The device cannot be opened or has died, in words for people.
    DeviceLost(String),
    DeviceWorks,
    FileFailed(WavError),
}

/// The mixer's state. The cell is there because parts of it may change threads but not be shared.
#[derive(Resource)]
pub(super) struct StudioCell(pub(super) SyncCell<Studio>);

pub(super) struct Studio {
    desk: Desk,
    console: Option<Console>,
    output: OutputSettings,
    settings: MixerSettings,
    bed: Bed,
    paused: bool,
    opening: Option<Opening>,
    pulse: Pulse,
    /// How long the clock of a device may stand still.
    patience: Duration,
    opened: Duration,
    /// A person has chosen another device.
    changing_device: bool,
    /// The device that was there at the start has never been lost.
    first_device: bool,
    sink: Option<WavSink>,
    failed_sink: Option<WavError>,
    analyser: Analyser,
    rendered_frames: Vec<Frame>,
    line: DelayLine,
    heard: Vec<Frame>,
    last_heard: Duration,
    last_measured: Duration,
    /// How much later the loudspeaker is than the device says, in seconds.
    extra_latency: f32,
    block: Vec<f32>,
    /// Sound that was due since the start, where no device sets the pace.
    due: Duration,
    rendered: u64,
}

impl Studio {
    pub(super) fn new(
        output: &SoundOutput,
        clock_mode: ClockMode,
        settings: &MixerSettings,
        opener: DeviceOpener,
    ) -> Self {
        let output_settings = OutputSettings::of(settings);
        let patience = Duration::from_secs_f32(settings.device_frozen_seconds);
        let wants_device = *output == SoundOutput::Device && !clock_mode.is_stepped();
        let (sink, failed_sink) = match output {
            SoundOutput::File(file) => match WavSink::create(file) {
                Ok(sink) => (Some(sink), None),
                Err(error) => (None, Some(error)),
            },
            SoundOutput::Device | SoundOutput::Silent => (None, None),
        };
        Self {
            desk: Desk::new(settings.clone(), !clock_mode.is_stepped()),
            console: (!wants_device).then(|| Console::offline(&output_settings, OFFLINE_RATE)),
            output: output_settings,
            settings: settings.clone(),
            bed: Bed::new(0),
            paused: false,
            opening: wants_device.then(|| Opening::new(opener, Duration::ZERO)),
            pulse: Pulse::new(Duration::ZERO, patience),
            patience,
            opened: Duration::ZERO,
            changing_device: false,
            first_device: wants_device,
            sink,
            failed_sink,
            analyser: Analyser::new(OFFLINE_RATE),
            rendered_frames: Vec::new(),
            line: DelayLine::new(),
            heard: Vec::new(),
            last_heard: Duration::ZERO,
            last_measured: Duration::ZERO,
            extra_latency: settings.output_latency_seconds,
            block: vec![0.0; 2 * BLOCK],
            due: Duration::ZERO,
            rendered: 0,
        }
    }

    pub(super) fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }

    /// Takes on what a person has changed while the music plays.
    pub(super) fn change_settings(&mut self, settings: &MixerSettings) {
        self.output.volume = fader(settings.volume);
        self.output.night = settings.night;
        self.settings.clone_from(settings);
        self.extra_latency = settings.output_latency_seconds;
        if let Some(opening) = &mut self.opening
            && self.output.device != settings.device
        {
            // The device is another one: the old one is let go as if it were lost.
            self.output.device.clone_from(&settings.device);
            opening.again();
            self.changing_device = true;
        }
        self.desk.change_settings(settings.clone());
    }

    /// Pauses, goes on, or goes to another place of the track.
    pub(super) fn transport(&mut self, transport: Transport) {
        match transport {
            Transport::Pause => self.paused = true,
            Transport::Resume => self.paused = false,
            Transport::Toggle => self.paused = !self.paused,
            Transport::Seek(to) => self.desk.seek(to),
            Transport::Back(by) => self.desk.seek(self.desk.seeks_to().saturating_sub(by)),
            Transport::Ahead(by) => self.desk.seek(self.desk.seeks_to() + by),
        }
    }

    /// Whether there is an output, and nothing is on its way to it.
    pub(super) fn is_silent(&self) -> bool {
        self.console.is_some() && self.desk.is_idle()
    }

    /// Whether the device of the start is still the one that plays.
    pub(super) fn is_on_first_device(&self) -> bool {
        self.first_device && self.console.as_ref().is_some_and(Console::is_device)
    }

    /// Opens the device when it is time, and notices when it dies. `now` is wall-clock time.
    pub(super) fn look_after_device(&mut self, now: Duration) -> Option<OutputEvent> {
        if let Some(error) = self.failed_sink.take() {
            return Some(OutputEvent::FileFailed(error));
        }
        let opening = self.opening.as_mut()?;
        if let Some(console) = self.console.as_mut().filter(|console| console.is_device()) {
            let frozen = self.pulse.is_frozen(console.clock(), now);
            let reason = if std::mem::take(&mut self.changing_device) {
                Some("another one is chosen".to_owned())
            } else {
                console.trouble().or_else(|| frozen.then(|| "it stopped taking sound".to_owned()))
            };
            if let Some(reason) = reason {
                opening.lost(now);
                self.first_device = false;
                self.change_console(Console::offline(&self.output, OFFLINE_RATE), now);
                return Some(OutputEvent::DeviceLost(reason));
            }
            if now.saturating_sub(self.opened) > PROVEN {
                opening.works();
            }
            return None;
        }
        match opening.poll(&self.output, now) {
            Tried::Opened(console) => {
                self.change_console(*console, now);
                Some(OutputEvent::DeviceWorks)
            }
            Tried::Failed(reason) => {
                self.be_silent(now);
                Some(OutputEvent::DeviceLost(reason))
            }
            Tried::Waiting => {
                if now > PATIENCE && self.console.is_none() {
                    self.be_silent(now);
                    return Some(OutputEvent::DeviceLost("it does not answer".to_owned()));
                }
                None
            }
        }
    }

    /// Goes on unheard, unless it does already.
    fn be_silent(&mut self, now: Duration) {
        self.first_device = false;
        if self.console.is_none() {
            self.change_console(Console::offline(&self.output, OFFLINE_RATE), now);
        }
    }

    fn change_console(&mut self, console: Console, now: Duration) {
        self.desk.move_over();
        self.bed.move_over();
        self.line = DelayLine::new();
        self.console = Some(console);
        self.pulse = Pulse::new(now, self.patience);
        self.opened = now;
    }

    /// Moves every track on by `elapsed`, and renders that much where no device does.
    pub(super) fn mix(
        &mut self,
        elapsed: Duration,
        clock_mode: ClockMode,
    ) -> (Vec<DeskEvent>, Option<WavError>) {
        let Some(console) = &mut self.console else { return (Vec::new(), None) };
        console.set_volume(self.output.volume);
        console.set_night(self.output.night);
        console.set_paused(self.paused);
        let events = self.desk.update(console);
        let result = if console.is_device() { Ok(()) } else { self.render(elapsed, clock_mode) };
        (events, result.err())
    }

    fn render(&mut self, elapsed: Duration, clock_mode: ClockMode) -> Result<(), WavError> {
        self.due += match clock_mode {
            ClockMode::Stepped { step } => step,
            ClockMode::Live => elapsed.min(MOST_AT_ONCE),
        };
        // Counted from the start, so that no fraction of a frame is ever lost.
        let target = (self.due.as_nanos() * u128::from(OFFLINE_RATE) / 1_000_000_000) as u64;
        while self.rendered < target {
            let frames = usize::try_from(target - self.rendered).unwrap_or(BLOCK).min(BLOCK);
            self.rendered += frames as u64;
            self.render_block(frames)?;
        }
        Ok(())
    }

    fn render_block(&mut self, frames: usize) -> Result<(), WavError> {
        let Some(console) = &mut self.console else { return Ok(()) };
        let block = &mut self.block[..2 * frames];
        self.desk.feed();
        console.render(block);
        console.tapped(&mut self.rendered_frames);
        let Some(sink) = &mut self.sink else { return Ok(()) };
        sink.write(block).inspect_err(|_| self.sink = None)
    }

    /// Completes the file, if there is one.
    pub(super) fn finish_file(&mut self) -> Result<(), WavError> {
        self.sink.take().map_or(Ok(()), WavSink::finish)
    }

    /// Measures what was heard since the last call.
    pub(super) fn measure(&mut self, before: &SoundLevels, now: Duration) -> SoundLevels {
        let Some(console) = &mut self.console else { return SoundLevels::default() };
        let rate = console.rate();
        console.tapped(&mut self.rendered_frames);
        self.line.take(&mut self.rendered_frames);
        if console.is_device() {
            let passed = now.saturating_sub(self.last_measured).as_secs_f64();
            let extra = f64::from(self.extra_latency) * f64::from(rate);
            self.line.due(passed * f64::from(rate), console.latency() + extra as u64, &mut self.heard);
        } else {
            self.line.all(&mut self.heard);
        }
        self.last_measured = now;
        if !self.heard.is_empty() {
            self.last_heard = now;
        } else if now.saturating_sub(self.last_heard) > LEVELS_HOLD {
            return SoundLevels::default();
        }
        if self.analyser.rate() != rate {
            self.analyser = Analyser::new(rate);
        }
        let levels = self.analyser.measure(&self.heard, before);
        self.heard.clear();
        SoundLevels { beat: self.beat(), ..levels }
    }

    /// The beat as it is heard now: from the grid of the track where that is trusted, else from the onsets.
    fn beat(&self) -> Option<Beat> {
        let from_grid = self.desk.beat(self.line.ahead()).filter(|_| !self.paused);
        let (found, from_grid) = match from_grid {
            Some(found) => (Some(found), true),
            None => (self.analyser.beats().beat(), false),
        };
        found.map(|(phase, bpm)| Beat { phase, bpm, from_grid })
    }

    pub(super) fn now_playing(&self) -> NowPlaying {
        NowPlaying {
            pick: self.desk.playing().cloned(),
            position: self.desk.position(),
            crossfade: self.desk.crossfade(),
            crossfades: self.desk.crossfades(),
            paused: self.paused,
            bed: self.bed.heard().filter(|_| self.console.is_some()),
        }
    }

    /// The seed of the living bed. It begins anew.
    pub(super) fn seed_bed(&mut self, seed: u64) {
        self.bed = Bed::new(seed);
    }

    /// Lets the living bed follow mood and music.
    pub(super) fn tend_bed(&mut self, now: Duration, feeling: [f32; 2], key: Option<MusicalKey>) {
        let Some(console) = &mut self.console else { return };
        let [valence, arousal] = feeling;
        let scene = Scene {
            now: now.as_secs_f64(),
            valence,
            arousal,
            music_power: console.music_power(),
            key,
            tune: self.desk.tune(),
            crossfade: self.desk.crossfade(),
            paused: self.paused,
        };
        self.bed.tend(console, &scene, &self.settings.bed);
    }

    /// Lets the music step back for a cue.
    pub(super) fn duck(&mut self, cue: Cue) {
        if let Some(console) = &self.console {
            console.duck(cues::duck_seconds(cue, &self.settings), cue == Cue::Bell);
        }
    }

    /// Mixes a cue into the console's own sound.
    pub(super) fn play_cue(&mut self, cue: Cue) {
        if let Some(console) = &mut self.console
            && !console.cue(cues::sound(cue, cues::volume_db(cue, &self.settings)))
        {
            bevy::log::debug!("too many cues at once: {cue:?} is left out");
        }
    }
}
