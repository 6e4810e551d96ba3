//! The last stage before the output: night compressor, true-peak limiter, tap, volume and clock.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kira::Frame;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::mixer::controls::AudioControls;
use crate::mixer::dsp::{Limiter, NightCompressor, NightSettings};
use crate::music::Dbfs;

/// Time constant of a change of volume in seconds.
const VOLUME_SECONDS: f64 = 0.02;
/// Frames that may wait to be measured: more than a second.
const TAP_FRAMES: usize = 1 << 16;

/// Builds the effect on kira's main track; its handle is the tap.
pub(super) struct MasterBuilder {
    pub(super) controls: Arc<AudioControls>,
    /// Largest level, also between samples.
    pub(super) ceiling: Dbfs,
    pub(super) night_mode: NightSettings,
}

impl EffectBuilder for MasterBuilder {
    type Handle = Consumer<Frame>;

    fn build(self) -> (Box<dyn Effect>, Self::Handle) {
        let Self { controls, ceiling, night_mode } = self;
        let ceiling = ceiling.amplitude();
        let (tap, frames) = RingBuffer::new(TAP_FRAMES);
        let volume = controls.volume();
        let rate = controls.rate.load(Ordering::Relaxed);
        let night = NightCompressor::new(controls.night.load(Ordering::Relaxed), night_mode);
        let limiter = Limiter::new(ceiling, rate);
        (Box::new(MasterEffect { controls, ceiling, volume, night, limiter, tap }), frames)
    }
}

struct MasterEffect {
    controls: Arc<AudioControls>,
    /// An amplitude.
    ceiling: f32,
    volume: f32,
    night: NightCompressor,
    limiter: Limiter,
    tap: Producer<Frame>,
}

impl MasterEffect {
    fn change_rate(&mut self, rate: u32) {
        self.controls.rate.store(rate, Ordering::Relaxed);
        self.limiter = Limiter::new(self.ceiling, rate);
    }
}

impl Effect for MasterEffect {
    fn init(&mut self, sample_rate: u32, _internal_buffer_size: usize) {
        self.change_rate(sample_rate);
    }

    // kira calls this from the thread that supervises the device, while nothing is rendered.
    fn on_change_sample_rate(&mut self, sample_rate: u32) {
        self.change_rate(sample_rate);
    }

    fn process(&mut self, input: &mut [Frame], dt: f64, _info: &Info) {
        self.night.process(input, self.controls.night.load(Ordering::Relaxed), dt as f32);
        for frame in input.iter_mut() {
            *frame = self.limiter.process(finite(*frame));
        }
        // Visuals measure the mix before the volume, so that they do not depend on it. If the tap is
        // full, nobody reads it, and the newest frames are dropped.
        let _ = self.tap.push_partial_slice(input);
        let wanted = self.controls.volume();
        let ease = (dt / VOLUME_SECONDS).min(1.0) as f32;
        for frame in input.iter_mut() {
            self.volume += (wanted - self.volume) * ease;
            *frame *= self.volume;
        }
        self.controls.clock.fetch_add(input.len() as u64, Ordering::Relaxed);
    }
}

/// Replaces NaN and infinity, which would stay in the limiter for ever.
fn finite(frame: Frame) -> Frame {
    if frame.left.is_finite() && frame.right.is_finite() { frame } else { Frame::ZERO }
}
