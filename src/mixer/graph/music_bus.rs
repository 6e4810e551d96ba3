//! The bus of all decks: transition gain, pause ramp and ducking.
//!
//! It also advances the music clock, which stands still in a pause while the clock of the output goes on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kira::Frame;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::foundation::easing::smoothstep;
use crate::mixer::controls::AudioControls;
use crate::mixer::dsp::Ducker;
use crate::mixer::transition::TransitionGain;

/// Time constant in seconds of the power of the music that the ambient pad reads.
const POWER_SECONDS: f64 = 0.3;
/// Gain curves that may wait in the queue.
const QUEUED_CURVES: usize = 16;

/// Builds the effect on the track that all channels play into.
pub(super) struct MusicBusBuilder {
    pub(super) controls: Arc<AudioControls>,
    /// Length of the ramp of a pause in seconds.
    pub(super) pause_seconds: f32,
    pub(super) ducker: Ducker,
}

impl EffectBuilder for MusicBusBuilder {
    type Handle = Producer<TransitionGain>;

    fn build(self) -> (Box<dyn Effect>, Self::Handle) {
        let (sender, curves) = RingBuffer::new(QUEUED_CURVES);
        let bus = MusicBus {
            controls: self.controls,
            pause_seconds: f64::from(self.pause_seconds.max(0.005)),
            ducker: self.ducker,
            curves,
            curve: TransitionGain::unity(),
            next: None,
            pause: 1.0,
            power: 0.0,
        };
        (Box::new(bus), sender)
    }
}

struct MusicBus {
    controls: Arc<AudioControls>,
    pause_seconds: f64,
    ducker: Ducker,
    curves: Consumer<TransitionGain>,
    curve: TransitionGain,
    /// A curve that begins later.
    next: Option<TransitionGain>,
    /// Progress of the pause ramp: 0 paused, 1 playing.
    pause: f32,
    /// Mean square, summed over both channels.
    power: f32,
}

impl Effect for MusicBus {
    fn process(&mut self, input: &mut [Frame], dt: f64, _info: &Info) {
        let controls = &self.controls;
        while let Ok(curve) = self.curves.pop() {
            self.next = Some(curve);
        }
        let held = controls.held.load(Ordering::Relaxed);
        let music = controls.music.load(Ordering::Relaxed);
        let clock = controls.clock.load(Ordering::Relaxed);
        let paused = controls.paused.load(Ordering::Relaxed);
        let pause_step = (dt / self.pause_seconds).min(1.0) as f32;
        let pause_step = if paused { -pause_step } else { pause_step };
        let mut sum = 0.0;
        for (passed, frame) in (0_u64..).zip(input.iter_mut()) {
            self.pause = (self.pause + pause_step).clamp(0.0, 1.0);
            if self.next.as_ref().is_some_and(|next| next.has_begun(music + passed))
                && let Some(next) = self.next.take()
            {
                self.curve = next;
            }
            *frame *= smoothstep(self.pause) * self.curve.gain_at(music + passed);
            sum += frame.left.mul_add(frame.left, frame.right * frame.right);
        }
        let seconds = dt * input.len() as f64;
        self.power +=
            (sum / input.len().max(1) as f32 - self.power) * (seconds / POWER_SECONDS).min(1.0) as f32;
        controls.set_music_power(self.power);
        self.ducker.process(input, controls, clock, dt);
        if !held {
            controls.music.fetch_add(input.len() as u64, Ordering::Relaxed);
        }
        controls.held.store(paused && self.pause <= 0.0, Ordering::Relaxed);
    }
}
