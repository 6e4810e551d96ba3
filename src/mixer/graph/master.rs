//! The last stage before the output: night compressor, true-peak limiter, tap, volume, fade at the end, and clock.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kira::Frame;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::foundation::easing::smoothstep;
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
        (Box::new(MasterEffect { controls, ceiling, volume, ending: 1.0, night, limiter, tap }), frames)
    }
}

struct MasterEffect {
    controls: Arc<AudioControls>,
    /// An amplitude.
    ceiling: f32,
    volume: f32,
    /// 1 ..= 0 at the end of a run.
    ending: f64,
    night: NightCompressor,
    limiter: Limiter,
    tap: Producer<Frame>,
}

impl MasterEffect {
    /// From wherever the level is, it falls by an equal share in each frame that is left until the silence.
    fn fade_to_the_end(&mut self, frames: &mut [Frame]) {
        let silent_at = self.controls.silent_at.load(Ordering::Relaxed);
        if silent_at == u64::MAX {
            return;
        }
        let clock = self.controls.clock.load(Ordering::Relaxed);
        for (now, frame) in (clock..).zip(frames) {
            let left = silent_at.saturating_sub(now);
            self.ending = if left == 0 { 0.0 } else { self.ending * (left - 1) as f64 / left as f64 };
            *frame *= smoothstep(self.ending as f32);
        }
    }

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
        self.fade_to_the_end(input);
        self.controls.clock.fetch_add(input.len() as u64, Ordering::Relaxed);
    }
}

/// Replaces NaN and infinity, which would stay in the limiter for ever.
fn finite(frame: Frame) -> Frame {
    if frame.left.is_finite() && frame.right.is_finite() { frame } else { Frame::ZERO }
}
