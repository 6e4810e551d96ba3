//! An output with its lanes: a sound device, or one that renders when asked to.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use kira::backend::cpal::CpalBackendSettings;
use kira::backend::cpal::cpal::traits::DeviceTrait as _;
use kira::backend::cpal::cpal::{BufferSize, Device, ErrorKind, StreamConfig};
use kira::backend::{Backend, DefaultBackend, Renderer};
use kira::sound::static_sound::StaticSoundData;
use kira::track::{MainTrackBuilder, TrackBuilder, TrackHandle};
use kira::{AudioManager, AudioManagerSettings, Capacities, Frame};
use rtrb::{Consumer, Producer};

use super::bed::{BedLine, BedSound, RoomBuilder};
use super::bus::BusBuilder;
use super::deck::DeckSound;
use super::duck::{Ducking, Ducks};
use super::fade::{Fade, FadeBuilder, LaneGain};
use super::output::{OutputBuilder, OutputShared};
use super::outputs;
use super::ride::Ride;
use super::settings::{MixerSettings, amplitude, fader};

/// Two decks, and a third that sounds only while a fade is interrupted by another.
pub(super) const LANES: usize = 3;
/// Rate of an output that is no device, unless another is asked for.
pub const OFFLINE_RATE: u32 = 48_000;
/// How far ahead of a device's clock a fade begins, in frames, so that every lane knows of it in time.
const DEVICE_NOTICE: u64 = 4_800;
/// Frames that a device takes at once: 43 ms at 48 kHz, so that a busy machine is not heard.
const DEVICE_BUFFER: u32 = 2_048;

/// What an output must know when it opens.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputSettings {
    /// Name of the device, or a part of it; empty for the default one.
    pub device: String,
    /// Master volume as an amplitude, 0..=1.
    pub volume: f32,
    pub night: bool,
    /// How much softer everything is at night, in decibels.
    pub night_db: f32,
    /// Largest true peak as an amplitude.
    pub ceiling: f32,
    /// Length of the ramp of a pause in seconds.
    pub pause_seconds: f32,
    /// How everything else steps back under a short sound, and under the bell.
    pub duck: Ducking,
    pub bell_duck: Ducking,
}

impl OutputSettings {
    /// What the settings of the room say.
    #[must_use]
    pub fn of(settings: &MixerSettings) -> Self {
        Self {
            device: settings.device.clone(),
            volume: fader(settings.volume),
            night: settings.night,
            night_db: settings.night_db,
            ceiling: amplitude(settings.ceiling_dbtp),
            pause_seconds: settings.pause_seconds,
            duck: Ducking::under_cues(settings),
            bell_duck: Ducking::under_the_bell(&settings.bell_duck),
        }
    }
}

/// Everything between the decks and the ears.
pub struct Console {
    lanes: Vec<Lane>,
    rides: Producer<Ride>,
    cues: TrackHandle,
    /// The line to the living bed.
    pub(super) bed: BedLine,
    /// Kept so that what is in them goes on.
    _kept: [TrackHandle; 2],
    shared: Arc<OutputShared>,
    tap: Consumer<Frame>,
    machine: Machine,
}

struct Lane {
    track: TrackHandle,
    fades: Producer<Fade>,
    gain: Arc<LaneGain>,
}

enum Machine {
    /// Runs by itself; kept so that it goes on.
    Device(Box<dyn Running>),
    /// Renders when asked to.
    Offline(Box<AudioManager<Offline>>),
}

/// A device that runs by itself.
trait Running: Send {
    /// Why it cannot go on, if it has said so.
    fn trouble(&mut self) -> Option<String>;
}

struct System(AudioManager<DefaultBackend>);

impl Running for System {
    fn trouble(&mut self) -> Option<String> {
        let error = self.0.backend_mut().pop_error()?;
        let gone = matches!(
            error.kind(),
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable
        );
        gone.then(|| error.to_string())
    }
}

struct Other<B: Backend> {
    _manager: AudioManager<B>,
}

impl<B: Backend + Send> Running for Other<B> {
    fn trouble(&mut self) -> Option<String> {
        None
    }
}

impl Console {
    /// Opens the sound device that the settings name.
    ///
    /// # Errors
    /// Why it cannot be opened, in the words of the system.
    pub fn device(settings: &OutputSettings) -> Result<Self, String> {
        let device = outputs::find(&settings.device)?;
        let custom = !settings.device.is_empty();
        let open = |config: Option<StreamConfig>| {
            let device = custom.then(|| device.clone());
            build::<DefaultBackend>(CpalBackendSettings { device, config }, settings)
                .map_err(|error| error.to_string())
        };
        let (manager, parts) = match roomy_buffer(&device).map(|config| open(Some(config))) {
            Some(Ok(opened)) => opened,
            _ => open(None)?,
        };
        Ok(parts.console(Machine::Device(Box::new(System(manager)))))
    }

    /// An output on any backend that renders by itself.
    ///
    /// # Errors
    /// What the backend says.
    pub fn with_backend<B>(backend: B::Settings, settings: &OutputSettings) -> Result<Self, B::Error>
    where
        B: Backend + Send + 'static,
    {
        let (manager, parts) = build::<B>(backend, settings)?;
        Ok(parts.console(Machine::Device(Box::new(Other { _manager: manager }))))
    }

    /// An output that renders when asked to, at so many frames per second.
    #[must_use]
    pub fn offline(settings: &OutputSettings, rate: u32) -> Self {
        let (manager, parts) = match build::<Offline>(rate, settings) {
            Ok(built) => built,
            Err(never) => match never {},
        };
        parts.console(Machine::Offline(Box::new(manager)))
    }

    /// Renders frames of stereo, interleaved. Nothing happens on a device.
    pub(super) fn render(&mut self, out: &mut [f32]) {
        if let Machine::Offline(manager) = &mut self.machine {
            manager.backend_mut().render(out);
        }
    }

    pub(super) fn is_device(&self) -> bool {
        matches!(self.machine, Machine::Device(_))
    }

    /// Why the device cannot go on, if it has said so.
    pub(super) fn trouble(&mut self) -> Option<String> {
        match &mut self.machine {
            Machine::Device(device) => device.trouble(),
            Machine::Offline(_) => None,
        }
    }

    /// Frames rendered since the output began.
    pub(super) fn clock(&self) -> u64 {
        self.shared.clock.load(Ordering::Relaxed)
    }

    /// Frames of music since the output began; stands still in a pause.
    pub(super) fn music_clock(&self) -> u64 {
        self.shared.music.load(Ordering::Relaxed)
    }

    /// Frames per second of the output.
    pub(super) fn rate(&self) -> u32 {
        self.shared.rate.load(Ordering::Relaxed)
    }

    /// Frames between their rendering and the loudspeaker, as far as that can be known: a device
    /// keeps two buffers ahead.
    pub(super) fn latency(&self) -> u64 {
        if self.is_device() { 2 * u64::from(DEVICE_BUFFER) } else { 0 }
    }

    pub(super) fn shared(&self) -> Arc<OutputShared> {
        Arc::clone(&self.shared)
    }

    pub(super) fn set_volume(&self, amplitude: f32) {
        self.shared.set_volume(amplitude);
    }

    pub(super) fn set_night(&self, on: bool) {
        self.shared.night.store(on, Ordering::Relaxed);
    }

    pub(super) fn set_paused(&self, paused: bool) {
        self.shared.paused.store(paused, Ordering::Relaxed);
    }

    /// Everything else steps back for so many seconds: under a short sound, or under the bell.
    pub(super) fn duck(&self, seconds: f32, bell: bool) {
        let until = self.clock() + (f64::from(seconds) * f64::from(self.rate())) as u64;
        let end = if bell { &self.shared.bell_until } else { &self.shared.duck_until };
        end.fetch_max(until, Ordering::Relaxed);
    }

    /// Mean square of the music over the last moments, both sides together.
    pub(super) fn music_power(&self) -> f32 {
        self.shared.music_power()
    }

    /// The frame of the music's clock at which a fade can begin so that no lane misses its first frame.
    pub(super) fn next_start(&self) -> u64 {
        self.music_clock() + if self.is_device() { DEVICE_NOTICE } else { 0 }
    }

    /// Begins a fade on all lanes; `false` if too many are waiting already.
    pub(super) fn fade(&mut self, fade: Fade) -> bool {
        if self.lanes.iter().any(|lane| lane.fades.is_full()) {
            return false;
        }
        self.lanes.iter_mut().all(|lane| lane.fades.push(fade).is_ok())
    }

    /// Sends a new plan for the hand on the fader; one too many is left out.
    pub(super) fn ride(&mut self, ride: &Ride) {
        let _ = self.rides.push(*ride);
    }

    /// The amplitude that brings a lane's track to the common loudness.
    pub(super) fn set_gain(&self, lane: usize, amplitude: f32) {
        if let Some(lane) = self.lanes.get(lane) {
            lane.gain.set(amplitude);
        }
    }

    /// Puts a sound on a lane; `false` if the lane has no room.
    pub(super) fn play(&mut self, lane: usize, sound: DeckSound) -> bool {
        self.lanes.get_mut(lane).is_some_and(|lane| lane.track.play(sound).is_ok())
    }

    /// Plays a short sound on top; one too many is left out.
    pub(super) fn cue(&mut self, sound: StaticSoundData) -> bool {
        self.cues.play(sound).is_ok()
    }

    /// Appends the frames that were rendered since the last call.
    pub(super) fn tapped(&mut self, into: &mut Vec<Frame>) {
        let waiting = self.tap.slots();
        if let Ok(chunk) = self.tap.read_chunk(waiting) {
            into.extend(chunk);
        }
    }
}

/// The device's own configuration with a larger buffer, if it says what it can do.
fn roomy_buffer(device: &Device) -> Option<StreamConfig> {
    let mut config = device.default_output_config().ok()?.config();
    config.buffer_size = BufferSize::Fixed(DEVICE_BUFFER);
    Some(config)
}

struct Parts {
    lanes: Vec<Lane>,
    rides: Producer<Ride>,
    cues: TrackHandle,
    bed: BedLine,
    kept: [TrackHandle; 2],
    shared: Arc<OutputShared>,
    tap: Consumer<Frame>,
}

impl Parts {
    fn console(self, machine: Machine) -> Console {
        let Self { lanes, rides, cues, bed, kept, shared, tap } = self;
        Console { lanes, rides, cues, bed, _kept: kept, shared, tap, machine }
    }
}

fn build<B: Backend>(
    backend_settings: B::Settings,
    settings: &OutputSettings,
) -> Result<(AudioManager<B>, Parts), B::Error> {
    let shared = Arc::new(OutputShared::new(settings.volume, settings.night));
    let mut main_track_builder = MainTrackBuilder::new();
    let tap = main_track_builder.add_effect(OutputBuilder {
        shared: Arc::clone(&shared),
        ceiling: settings.ceiling,
        night_db: settings.night_db,
    });
    let mut manager = AudioManager::<B>::new(AudioManagerSettings {
        backend_settings,
        main_track_builder,
        capacities: Capacities::default(),
        internal_buffer_size: 128,
    })?;
    let full = "a new manager has room for its first tracks";
    let ducks = Ducks::new(settings.duck, settings.bell_duck);
    let mut builder = TrackBuilder::new().sub_track_capacity(LANES);
    let rides = builder.add_effect(BusBuilder {
        output: Arc::clone(&shared),
        pause_seconds: settings.pause_seconds,
        ducks,
    });
    // It has room for 128 tracks, and these are three; the bus has room for its lanes.
    let mut bus = manager.add_sub_track(builder).expect(full);
    let cues = manager.add_sub_track(TrackBuilder::new().sound_capacity(8)).expect(full);
    let (sound, line) = BedSound::new();
    let room = RoomBuilder { output: Arc::clone(&shared), ducks };
    let mut bed = manager.add_sub_track(TrackBuilder::new().sound_capacity(1).with_effect(room)).expect(full);
    bed.play(sound).expect(full);
    let lanes = (0..LANES)
        .map(|lane| {
            let gain = Arc::new(LaneGain::new());
            let mut builder = TrackBuilder::new().sound_capacity(4);
            let output = Arc::clone(&shared);
            let fades = builder.add_effect(FadeBuilder { lane, output, gain: Arc::clone(&gain) });
            Lane { track: bus.add_sub_track(builder).expect(full), fades, gain }
        })
        .collect();
    Ok((manager, Parts { lanes, rides, cues, bed: line, kept: [bus, bed], shared, tap }))
}

/// A backend without a device.
struct Offline {
    renderer: Option<Mutex<Renderer>>,
}

impl Backend for Offline {
    /// Frames per second.
    type Settings = u32;
    type Error = std::convert::Infallible;

    fn setup(rate: u32, _internal_buffer_size: usize) -> Result<(Self, u32), Self::Error> {
        Ok((Self { renderer: None }, rate))
    }

    fn start(&mut self, renderer: Renderer) -> Result<(), Self::Error> {
        self.renderer = Some(Mutex::new(renderer));
        Ok(())
    }
}

impl Offline {
    fn render(&mut self, out: &mut [f32]) {
        if let Some(renderer) = &mut self.renderer {
            let renderer = renderer.get_mut().unwrap_or_else(PoisonError::into_inner);
            renderer.on_start_processing();
            renderer.process(out, 2);
        }
    }
}
