//! The graph of kira tracks between the decks and the output, for a sound device or rendered offline.
//!
//! ```text
//! channels: normalising gain → crossfade ┐
//!                                         music bus: transition gain → pause → ducking ┐
//! ambient pad: reverb → ducking ───────────────────────────────────────────────────────┤
//! cues and bell ───────────────────────────────────────────────────────────────────────┴→
//!     master: night compressor → limiter → tap → volume → fade at the end → device or file
//! ```
//!
//! kira runs the graph and talks to the device. The effects on it are Attune's own, because a
//! crossfade must be exact to the sample, and because kira's own fades are linear in decibels: in the
//! middle of a crossfade both tracks would be 27 dB too soft.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bevy::platform::cell::SyncCell;
use kira::backend::cpal::CpalBackendSettings;
use kira::backend::cpal::cpal::traits::DeviceTrait as _;
use kira::backend::cpal::cpal::{BufferSize, Device, ErrorKind, StreamConfig};
use kira::backend::{Backend, DefaultBackend, Renderer};
use kira::sound::SoundData;
use kira::sound::static_sound::StaticSoundData;
use kira::track::{MainTrackBuilder, TrackBuilder, TrackHandle};
use kira::{AudioManager, AudioManagerSettings, Capacities, Frame};
use rtrb::{Consumer, Producer};

use super::channel_fader::{ChannelFaderBuilder, ChannelGain, FadeCommand};
use super::error::OutputError;
use super::master::MasterBuilder;
use super::music_bus::MusicBusBuilder;
use super::output_devices;
use crate::mixer::ambient::{AmbientLink, AmbientReverbBuilder, AmbientSound, AmbientTimbreSettings};
use crate::mixer::controls::AudioControls;
use crate::mixer::dsp::{Ducker, DuckingCurve, NightSettings};
use crate::mixer::settings::MixerSettings;
use crate::mixer::transition::TransitionGain;
use crate::mixer::volume_taper::volume_amplitude;
use crate::music::Dbfs;

/// Two channels for a crossfade, and a third for a crossfade that is interrupted by another.
pub(in crate::mixer) const CHANNELS: usize = 3;
/// Sample rate of an output without a device, in hertz, unless another is asked for.
pub const OFFLINE_RATE: u32 = 48_000;
/// A fade on a device begins this many frames ahead of the clock, so that all channels receive it in time.
const DEVICE_NOTICE: u64 = 4_800;
/// Frames that a device takes at once: 43 ms at 48 kHz, so that a busy machine causes no gap.
const DEVICE_BUFFER: u32 = 2_048;
/// Cues that may sound at once.
const CUES: usize = 8;

/// What a graph needs to know when it is built.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphSettings {
    /// Name of the device, or a part of it; empty for the default one.
    pub device: String,
    /// Master volume as an amplitude, 0..=1.
    pub volume: f32,
    pub night: bool,
    /// What night mode does.
    pub night_mode: NightSettings,
    /// Largest true peak.
    pub ceiling: Dbfs,
    /// Length of the ramp of a pause in seconds.
    pub pause_seconds: f32,
    /// How music and pad are lowered under a cue, and under the bell.
    pub duck: DuckingCurve,
    pub bell_duck: DuckingCurve,
    /// Timbre of the ambient pad at first.
    pub timbre: AmbientTimbreSettings,
}

impl From<&MixerSettings> for GraphSettings {
    fn from(settings: &MixerSettings) -> Self {
        Self {
            device: settings.device.clone(),
            volume: volume_amplitude(settings.volume),
            night: settings.night,
            night_mode: NightSettings { gain: settings.night_db, usual: settings.target_lufs },
            ceiling: settings.ceiling_dbtp,
            pause_seconds: settings.pause_seconds,
            duck: DuckingCurve {
                amplitude: settings.duck_db.amplitude(),
                fall_seconds: settings.duck_fall_seconds,
                return_seconds: settings.duck_return_seconds,
            },
            bell_duck: DuckingCurve {
                amplitude: settings.bell_duck.db.amplitude(),
                fall_seconds: settings.bell_duck.fall_seconds,
                return_seconds: settings.bell_duck.return_seconds,
            },
            timbre: settings.ambient.timbre,
        }
    }
}

/// Everything between the decks and the output.
pub struct AudioGraph {
    controls: Arc<AudioControls>,
    gains: [Arc<ChannelGain>; CHANNELS],
    is_device: bool,
    /// Ends of queues and handles of kira may change threads but not be shared.
    handles: SyncCell<GraphHandles>,
}

struct GraphHandles {
    channels: Vec<ChannelHandle>,
    transition_gains: Producer<TransitionGain>,
    cues: TrackHandle,
    ambient: AmbientLink,
    /// kira removes a track when its handle is dropped.
    _tracks: [TrackHandle; 2],
    tap: Consumer<Frame>,
    backend: GraphBackend,
}

struct ChannelHandle {
    track: TrackHandle,
    fades: Producer<FadeCommand>,
}

enum GraphBackend {
    /// Renders by itself until it is dropped.
    Device(Box<dyn DeviceBackend>),
    /// Renders when [`AudioGraph::render`] is called.
    Offline(Box<AudioManager<OfflineBackend>>),
}

/// A backend that renders by itself.
trait DeviceBackend: Send {
    /// Why it has stopped, if it has reported an error that it cannot recover from.
    fn take_error(&mut self) -> Option<OutputError>;
}

struct SystemDevice(AudioManager<DefaultBackend>);

impl DeviceBackend for SystemDevice {
    fn take_error(&mut self) -> Option<OutputError> {
        let error = self.0.backend_mut().pop_error()?;
        let gone = matches!(
            error.kind(),
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable
        );
        gone.then(|| error.into())
    }
}

struct CustomDevice<B: Backend> {
    _manager: AudioManager<B>,
}

impl<B: Backend + Send> DeviceBackend for CustomDevice<B> {
    fn take_error(&mut self) -> Option<OutputError> {
        None
    }
}

impl AudioGraph {
    /// Opens the sound device that the settings name.
    ///
    /// # Errors
    /// Why the device cannot be opened.
    pub fn open_device(settings: &GraphSettings) -> Result<Self, OutputError> {
        let device = output_devices::find(&settings.device)?;
        let custom = !settings.device.is_empty();
        let open = |config: Option<StreamConfig>| {
            let device = custom.then(|| device.clone());
            build::<DefaultBackend>(CpalBackendSettings { device, config }, settings)
        };
        // Some drivers refuse the larger buffer; then the device's own configuration is used.
        let (manager, parts) = match large_buffer(&device).map(|config| open(Some(config))) {
            Some(Ok(opened)) => opened,
            _ => open(None)?,
        };
        Ok(parts.into_graph(GraphBackend::Device(Box::new(SystemDevice(manager)))))
    }

    /// A graph on any backend that renders by itself.
    ///
    /// # Errors
    /// What the backend reports.
    pub fn with_backend<B>(backend: B::Settings, settings: &GraphSettings) -> Result<Self, OutputError>
    where
        B: Backend + Send + 'static,
        B::Error: Into<OutputError>,
    {
        let (manager, parts) = build::<B>(backend, settings)?;
        Ok(parts.into_graph(GraphBackend::Device(Box::new(CustomDevice { _manager: manager }))))
    }

    /// A graph that renders when asked to, at `rate` frames per second.
    ///
    /// # Errors
    /// [`OutputError::GraphFull`].
    pub fn offline(settings: &GraphSettings, rate: u32) -> Result<Self, OutputError> {
        let (manager, parts) = build::<OfflineBackend>(rate, settings)?;
        Ok(parts.into_graph(GraphBackend::Offline(Box::new(manager))))
    }

    /// Renders interleaved stereo. A graph on a device renders by itself and ignores this.
    pub(in crate::mixer) fn render(&mut self, out: &mut [f32]) {
        if let GraphBackend::Offline(manager) = &mut self.handles.get().backend {
            manager.backend_mut().render(out);
        }
    }

    pub(in crate::mixer) fn is_device(&self) -> bool {
        self.is_device
    }

    /// Why the device has stopped, if it has reported that.
    pub(in crate::mixer) fn take_error(&mut self) -> Option<OutputError> {
        match &mut self.handles.get().backend {
            GraphBackend::Device(device) => device.take_error(),
            GraphBackend::Offline(_) => None,
        }
    }

    /// Frames rendered since the graph was built.
    pub(in crate::mixer) fn clock(&self) -> u64 {
        self.controls.clock.load(Ordering::Relaxed)
    }

    /// Frames of music rendered since the graph was built; stands still in a pause.
    pub(in crate::mixer) fn music_clock(&self) -> u64 {
        self.controls.music.load(Ordering::Relaxed)
    }

    /// Frames per second of the output.
    pub(in crate::mixer) fn rate(&self) -> u32 {
        self.controls.rate.load(Ordering::Relaxed)
    }

    /// Estimated frames between rendering and loudspeaker: a device keeps two buffers ahead.
    pub(in crate::mixer) fn latency(&self) -> u64 {
        if self.is_device() { 2 * u64::from(DEVICE_BUFFER) } else { 0 }
    }

    pub(in crate::mixer) fn controls(&self) -> Arc<AudioControls> {
        Arc::clone(&self.controls)
    }

    /// The link to the synthesiser of the ambient pad.
    pub(in crate::mixer) fn ambient(&mut self) -> &mut AmbientLink {
        &mut self.handles.get().ambient
    }

    /// Sets the master volume as an amplitude, 0..=1.
    pub(in crate::mixer) fn set_volume(&self, amplitude: f32) {
        self.controls.set_volume(amplitude);
    }

    pub(in crate::mixer) fn set_night(&self, on: bool) {
        self.controls.night.store(on, Ordering::Relaxed);
    }

    pub(in crate::mixer) fn set_paused(&self, paused: bool) {
        self.controls.paused.store(paused, Ordering::Relaxed);
    }

    /// Fades everything to silence within `time` from the newest frame on.
    pub(in crate::mixer) fn end_in(&self, time: Duration) {
        let frames = (time.as_secs_f64() * f64::from(self.rate())).round() as u64;
        self.controls.silent_at.store(self.clock() + frames, Ordering::Relaxed);
    }

    /// Lowers music and pad for a number of seconds: under a cue, or under the bell.
    pub(in crate::mixer) fn duck(&self, seconds: f32, bell: bool) {
        let until = self.clock() + (f64::from(seconds) * f64::from(self.rate())) as u64;
        let end = if bell { &self.controls.bell_until } else { &self.controls.duck_until };
        end.fetch_max(until, Ordering::Relaxed);
    }

    /// Mean square of the recent music, summed over both channels.
    pub(in crate::mixer) fn music_power(&self) -> f32 {
        self.controls.music_power()
    }

    /// The first frame of the music clock at which a fade can begin without a channel missing its start.
    pub(in crate::mixer) fn next_start(&self) -> u64 {
        self.music_clock() + if self.is_device() { DEVICE_NOTICE } else { 0 }
    }

    /// Begins a fade on all channels; `false` if the queue of one of them is full.
    pub(in crate::mixer) fn fade(&mut self, fade: FadeCommand) -> bool {
        let channels = &mut self.handles.get().channels;
        if channels.iter().any(|channel| channel.fades.is_full()) {
            return false;
        }
        channels.iter_mut().all(|channel| channel.fades.push(fade).is_ok())
    }

    /// Sends a new gain curve to the music bus; `false` if its queue is full.
    pub(in crate::mixer) fn set_transition_gain(&mut self, curve: &TransitionGain) -> bool {
        self.handles.get().transition_gains.push(*curve).is_ok()
    }

    /// Sets the amplitude that brings the track of a channel to the target loudness.
    pub(in crate::mixer) fn set_gain(&self, channel: usize, amplitude: f32) {
        if let Some(gain) = self.gains.get(channel) {
            gain.set(amplitude);
        }
    }

    /// Plays a sound on a channel; `false` if the channel has no room for it.
    pub(in crate::mixer) fn play(&mut self, channel: usize, sound: impl SoundData) -> bool {
        let channel = self.handles.get().channels.get_mut(channel);
        channel.is_some_and(|channel| channel.track.play(sound).is_ok())
    }

    /// Plays a cue; `false` if [`CUES`] of them sound already.
    pub(in crate::mixer) fn play_cue(&mut self, sound: StaticSoundData) -> bool {
        self.handles.get().cues.play(sound).is_ok()
    }

    /// Appends the frames that were rendered since the last call, before the volume.
    pub(in crate::mixer) fn read_tap(&mut self, into: &mut Vec<Frame>) {
        let tap = &mut self.handles.get().tap;
        if let Ok(chunk) = tap.read_chunk(tap.slots()) {
            into.extend(chunk);
        }
    }
}

/// The device's default configuration with [`DEVICE_BUFFER`], if the device tells its configuration.
fn large_buffer(device: &Device) -> Option<StreamConfig> {
    let mut config = device.default_output_config().ok()?.config();
    config.buffer_size = BufferSize::Fixed(DEVICE_BUFFER);
    Some(config)
}

struct GraphParts {
    channels: Vec<ChannelHandle>,
    transition_gains: Producer<TransitionGain>,
    cues: TrackHandle,
    ambient: AmbientLink,
    tracks: [TrackHandle; 2],
    controls: Arc<AudioControls>,
    gains: [Arc<ChannelGain>; CHANNELS],
    tap: Consumer<Frame>,
}

impl GraphParts {
    fn into_graph(self, backend: GraphBackend) -> AudioGraph {
        let Self { channels, transition_gains, cues, ambient, tracks, controls, gains, tap } = self;
        let is_device = matches!(backend, GraphBackend::Device(_));
        let handles =
            GraphHandles { channels, transition_gains, cues, ambient, _tracks: tracks, tap, backend };
        AudioGraph { controls, gains, is_device, handles: SyncCell::new(handles) }
    }
}

fn build<B: Backend>(
    backend_settings: B::Settings,
    settings: &GraphSettings,
) -> Result<(AudioManager<B>, GraphParts), OutputError>
where
    B::Error: Into<OutputError>,
{
    let controls = Arc::new(AudioControls::new(settings.volume, settings.night));
    let mut main_track_builder = MainTrackBuilder::new();
    let tap = main_track_builder.add_effect(MasterBuilder {
        controls: Arc::clone(&controls),
        ceiling: settings.ceiling,
        night_mode: settings.night_mode,
    });
    let mut manager = AudioManager::<B>::new(AudioManagerSettings {
        backend_settings,
        main_track_builder,
        capacities: Capacities::default(),
        internal_buffer_size: 128,
    })
    .map_err(Into::<OutputError>::into)?;
    let ducker = Ducker::new(settings.duck, settings.bell_duck);
    let mut builder = TrackBuilder::new().sub_track_capacity(CHANNELS);
    let transition_gains = builder.add_effect(MusicBusBuilder {
        controls: Arc::clone(&controls),
        pause_seconds: settings.pause_seconds,
        ducker,
    });
    let mut bus = manager.add_sub_track(builder)?;
    let cues = manager.add_sub_track(TrackBuilder::new().sound_capacity(CUES))?;
    let (pad, ambient) = AmbientSound::new(settings.timbre);
    let reverb = AmbientReverbBuilder { controls: Arc::clone(&controls), ducker };
    let mut pad_track = manager.add_sub_track(TrackBuilder::new().sound_capacity(1).with_effect(reverb))?;
    pad_track.play(pad)?;
    let gains: [_; CHANNELS] = std::array::from_fn(|_| Arc::new(ChannelGain::new()));
    let channels = gains.iter().enumerate().map(|(n, gain)| add_channel(&mut bus, n, gain, &controls));
    let channels = channels.collect::<Result<_, _>>()?;
    let tracks = [bus, pad_track];
    Ok((manager, GraphParts { channels, transition_gains, cues, ambient, tracks, controls, gains, tap }))
}

fn add_channel(
    bus: &mut TrackHandle,
    channel: usize,
    gain: &Arc<ChannelGain>,
    controls: &Arc<AudioControls>,
) -> Result<ChannelHandle, OutputError> {
    let mut builder = TrackBuilder::new().sound_capacity(4);
    let (gain, controls) = (Arc::clone(gain), Arc::clone(controls));
    let fades = builder.add_effect(ChannelFaderBuilder { channel, controls, gain });
    Ok(ChannelHandle { track: bus.add_sub_track(builder)?, fades })
}

/// A backend without a device.
struct OfflineBackend {
    renderer: Option<Mutex<Renderer>>,
}

impl Backend for OfflineBackend {
    /// Frames per second.
    type Settings = u32;
    type Error = Infallible;

    fn setup(rate: u32, _internal_buffer_size: usize) -> Result<(Self, u32), Self::Error> {
        Ok((Self { renderer: None }, rate))
    }

    fn start(&mut self, renderer: Renderer) -> Result<(), Self::Error> {
        self.renderer = Some(Mutex::new(renderer));
        Ok(())
    }
}

impl OfflineBackend {
    fn render(&mut self, out: &mut [f32]) {
        if let Some(renderer) = &mut self.renderer {
            let renderer = renderer.get_mut().unwrap_or_else(PoisonError::into_inner);
            renderer.on_start_processing();
            renderer.process(out, 2);
        }
    }
}
