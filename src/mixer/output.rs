//! The last stage before the loudspeakers: night mode, true-peak limiter, tap, volume and clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use kira::Frame;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use rtrb::{Consumer, Producer, RingBuffer};

use super::limiter::Limiter;
use super::night::Night;

/// Time constant of a change of volume in seconds.
const VOLUME_SECONDS: f64 = 0.02;
/// Frames that may wait to be measured: more than a second.
const TAPPED_FRAMES: usize = 1 << 16;

/// What the output and the rest of the mixer tell each other, without a lock.
#[derive(Debug)]
pub(super) struct OutputShared {
    /// Frames rendered since the output began. Stands still when the device is dead.
    pub(super) clock: AtomicU64,
    /// Frames of music since the output began. Stands still in a pause, too.
    pub(super) music: AtomicU64,
    /// The music is paused and its ramp is over.
    pub(super) held: AtomicBool,
    /// The music is asked to pause.
    pub(super) paused: AtomicBool,
    pub(super) night: AtomicBool,
    /// Clock of the output until which the music steps back for a short sound.
    pub(super) duck_until: AtomicU64,
    /// The same for the bell, under which it steps back more slowly.
    pub(super) bell_until: AtomicU64,
    /// Frames per second of the output.
    pub(super) rate: AtomicU32,
    /// Amplitude that the volume asks for, as bits of an `f32`.
    volume: AtomicU32,
    /// Mean square of the music over the last moments, both sides together, as bits of an `f32`.
    music_power: AtomicU32,
}

impl OutputShared {
    pub(super) fn new(volume: f32, night: bool) -> Self {
        Self {
            clock: AtomicU64::new(0),
            music: AtomicU64::new(0),
            held: AtomicBool::new(false),
            paused: AtomicBool::new(false),
            night: AtomicBool::new(night),
            duck_until: AtomicU64::new(0),
            bell_until: AtomicU64::new(0),
            rate: AtomicU32::new(48_000),
            volume: AtomicU32::new(volume.to_bits()),
            music_power: AtomicU32::new(0.0_f32.to_bits()),
        }
    }

    pub(super) fn set_volume(&self, amplitude: f32) {
        self.volume.store(amplitude.to_bits(), Ordering::Relaxed);
    }

    pub(super) fn set_music_power(&self, power: f32) {
        self.music_power.store(power.to_bits(), Ordering::Relaxed);
    }

    /// Mean square of the music over the last moments, before ducking.
    pub(super) fn music_power(&self) -> f32 {
        f32::from_bits(self.music_power.load(Ordering::Relaxed))
    }

    fn volume(&self) -> f32 {
        f32::from_bits(self.volume.load(Ordering::Relaxed))
    }
}

/// Builds the effect on the main track; its handle is the tap.
pub(super) struct OutputBuilder {
    pub(super) shared: Arc<OutputShared>,
    /// Largest amplitude, also between samples.
    pub(super) ceiling: f32,
    /// How much softer everything is at night, in decibels.
    pub(super) night_db: f32,
}

impl EffectBuilder for OutputBuilder {
    type Handle = Consumer<Frame>;

    fn build(self) -> (Box<dyn Effect>, Self::Handle) {
        let (tap, frames) = RingBuffer::new(TAPPED_FRAMES);
        let volume = self.shared.volume();
        let rate = self.shared.rate.load(Ordering::Relaxed);
        let night = Night::new(self.shared.night.load(Ordering::Relaxed), self.night_db);
        let limiter = Limiter::new(self.ceiling, rate);
        let output = Output { shared: self.shared, ceiling: self.ceiling, volume, night, limiter, tap };
        (Box::new(output), frames)
    }
}

struct Output {
    shared: Arc<OutputShared>,
    ceiling: f32,
    volume: f32,
    night: Night,
    limiter: Limiter,
    tap: Producer<Frame>,
}

impl Output {
    fn change_rate(&mut self, rate: u32) {
        self.shared.rate.store(rate, Ordering::Relaxed);
        self.limiter = Limiter::new(self.ceiling, rate);
    }
}

impl Effect for Output {
    fn init(&mut self, sample_rate: u32, _internal_buffer_size: usize) {
        self.change_rate(sample_rate);
    }

    // Comes from the thread that looks after the device while nothing is rendered.
    fn on_change_sample_rate(&mut self, sample_rate: u32) {
        self.change_rate(sample_rate);
    }

    fn process(&mut self, input: &mut [Frame], dt: f64, _info: &Info) {
        self.night.process(input, self.shared.night.load(Ordering::Relaxed), dt as f32);
        for frame in input.iter_mut() {
            *frame = self.limiter.process(finite(*frame));
        }
        // The pictures hear the music at its own loudness, however low the volume is. When nobody
        // measures, the tap is full and the newest frames are left out.
        let _ = self.tap.push_partial_slice(input);
        let wanted = self.shared.volume();
        let ease = (dt / VOLUME_SECONDS).min(1.0) as f32;
        for frame in input.iter_mut() {
            self.volume += (wanted - self.volume) * ease;
            *frame *= self.volume;
        }
        self.shared.clock.fetch_add(input.len() as u64, Ordering::Relaxed);
    }
}

/// A sample that is no number must not stay in the limiter for ever.
fn finite(frame: Frame) -> Frame {
    if frame.left.is_finite() && frame.right.is_finite() { frame } else { Frame::ZERO }
}
