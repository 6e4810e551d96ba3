//! An output with its lanes: a sound device, or one that renders when asked to.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use kira::backend::{Backend, DefaultBackend, Renderer};
use kira::sound::static_sound::StaticSoundData;
use kira::track::{MainTrackBuilder, TrackBuilder, TrackHandle};
use kira::{AudioManager, AudioManagerSettings, Frame};
use rtrb::{Consumer, Producer};

use super::deck::DeckSound;
use super::fade::{Fade, FadeBuilder};
use super::output::{OutputBuilder, OutputShared};

/// Two decks, and a third that sounds only while a fade is interrupted by another.
pub(super) const LANES: usize = 3;
/// Rate of an output that is no device.
pub const OFFLINE_RATE: u32 = 48_000;
/// How far ahead of a device's clock a fade begins, in frames, so that every lane knows of it in time.
const DEVICE_NOTICE: u64 = 4_800;

/// Everything between the decks and the ears.
pub struct Console {
    lanes: Vec<Lane>,
    cues: TrackHandle,
    shared: Arc<OutputShared>,
    tap: Consumer<Frame>,
    machine: Machine,
}

struct Lane {
    track: TrackHandle,
    fades: Producer<Fade>,
}

enum Machine {
    /// Runs by itself; kept so that it goes on.
    Device { _keep: Box<dyn Send> },
    /// Renders when asked to.
    Offline(AudioManager<Offline>),
}

impl Console {
    /// Opens the default sound device.
    ///
    /// # Errors
    /// Why no device can be opened, in the words of the system.
    pub fn device(volume: f32) -> Result<Self, String> {
        Self::with_backend::<DefaultBackend>(Default::default(), volume).map_err(|error| error.to_string())
    }

    /// An output on any backend that renders by itself.
    ///
    /// # Errors
    /// What the backend says.
    pub fn with_backend<B>(settings: B::Settings, volume: f32) -> Result<Self, B::Error>
    where
        B: Backend + Send + 'static,
    {
        let (manager, parts) = build::<B>(settings, volume)?;
        Ok(parts.console(Machine::Device { _keep: Box::new(manager) }))
    }

    /// An output that renders when asked to, at [`OFFLINE_RATE`].
    #[must_use]
    pub fn offline(volume: f32) -> Self {
        let (manager, parts) = match build::<Offline>((), volume) {
            Ok(built) => built,
            Err(never) => match never {},
        };
        parts.console(Machine::Offline(manager))
    }

    /// Renders frames of stereo, interleaved. Nothing happens on a device.
    pub(super) fn render(&mut self, out: &mut [f32]) {
        if let Machine::Offline(manager) = &mut self.machine {
            manager.backend_mut().render(out);
        }
    }

    pub(super) fn is_device(&self) -> bool {
        matches!(self.machine, Machine::Device { .. })
    }

    /// Frames rendered since the output began.
    pub(super) fn clock(&self) -> u64 {
        self.shared.clock.load(Ordering::Relaxed)
    }

    /// Frames per second of the output.
    pub(super) fn rate(&self) -> u32 {
        self.shared.rate.load(Ordering::Relaxed)
    }

    pub(super) fn set_volume(&self, amplitude: f32) {
        self.shared.set_volume(amplitude);
    }

    /// The clock at which a fade can begin so that no lane misses its first frame.
    pub(super) fn next_start(&self) -> u64 {
        self.clock() + if self.is_device() { DEVICE_NOTICE } else { 0 }
    }

    /// Begins a fade on all lanes; `false` if too many are waiting already.
    pub(super) fn fade(&mut self, fade: Fade) -> bool {
        if self.lanes.iter().any(|lane| lane.fades.is_full()) {
            return false;
        }
        self.lanes.iter_mut().all(|lane| lane.fades.push(fade).is_ok())
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

struct Parts {
    lanes: Vec<Lane>,
    cues: TrackHandle,
    shared: Arc<OutputShared>,
    tap: Consumer<Frame>,
}

impl Parts {
    fn console(self, machine: Machine) -> Console {
        Console { lanes: self.lanes, cues: self.cues, shared: self.shared, tap: self.tap, machine }
    }
}

fn build<B: Backend>(
    backend_settings: B::Settings,
    volume: f32,
) -> Result<(AudioManager<B>, Parts), B::Error> {
    let shared = Arc::new(OutputShared::new(volume));
    let mut main_track_builder = MainTrackBuilder::new();
    let tap = main_track_builder.add_effect(OutputBuilder(Arc::clone(&shared)));
    let mut manager = AudioManager::<B>::new(AudioManagerSettings {
        backend_settings,
        main_track_builder,
        capacities: Default::default(),
        internal_buffer_size: 128,
    })?;
    let mut sub_track = |builder: TrackBuilder| {
        // A new manager has room for 128 tracks, and these are four.
        manager.add_sub_track(builder).expect("a new manager has room for its first tracks")
    };
    let lanes = (0..LANES)
        .map(|lane| {
            let mut builder = TrackBuilder::new().sound_capacity(4);
            let fades = builder.add_effect(FadeBuilder { lane, output: Arc::clone(&shared) });
            Lane { track: sub_track(builder), fades }
        })
        .collect();
    let cues = sub_track(TrackBuilder::new().sound_capacity(8));
    Ok((manager, Parts { lanes, cues, shared, tap }))
}

/// A backend without a device.
struct Offline {
    renderer: Option<Mutex<Renderer>>,
}

impl Backend for Offline {
    type Settings = ();
    type Error = std::convert::Infallible;

    fn setup((): (), _internal_buffer_size: usize) -> Result<(Self, u32), Self::Error> {
        Ok((Self { renderer: None }, OFFLINE_RATE))
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
