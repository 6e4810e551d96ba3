//! The bus of the music: the hand on the fader, ducking, and pauses.
//!
//! It also keeps the clock of the music, which stands still in a pause while the clock of the
//! output goes on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kira::Frame;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use rtrb::{Consumer, Producer, RingBuffer};

use super::duck::Ducks;
use super::output::OutputShared;
use super::ride::Ride;
use crate::foundation::easing::smoothstep;

/// Time constant in seconds of the power of the music that others are told.
const POWER_SECONDS: f64 = 0.3;
/// Rides in flight.
const RIDES: usize = 16;

/// Builds the effect on the track that all lanes play into.
pub(super) struct BusBuilder {
    pub(super) output: Arc<OutputShared>,
    /// Length of the ramp of a pause in seconds.
    pub(super) pause_seconds: f32,
    pub(super) ducks: Ducks,
}

impl EffectBuilder for BusBuilder {
    type Handle = Producer<Ride>;

    fn build(self) -> (Box<dyn Effect>, Self::Handle) {
        let (sender, rides) = RingBuffer::new(RIDES);
        let bus = Bus {
            output: self.output,
            pause_seconds: f64::from(self.pause_seconds.max(0.005)),
            ducks: self.ducks,
            rides,
            ride: Ride::level(),
            next: None,
            pause: 1.0,
            power: 0.0,
        };
        (Box::new(bus), sender)
    }
}

struct Bus {
    output: Arc<OutputShared>,
    pause_seconds: f64,
    ducks: Ducks,
    rides: Consumer<Ride>,
    ride: Ride,
    /// A ride whose time has not come.
    next: Option<Ride>,
    /// Gain of the moment.
    pause: f32,
    /// Mean square of both sides together.
    power: f32,
}

impl Effect for Bus {
    fn process(&mut self, input: &mut [Frame], dt: f64, _info: &Info) {
        let shared = &self.output;
        while let Ok(ride) = self.rides.pop() {
            self.next = Some(ride);
        }
        let held = shared.held.load(Ordering::Relaxed);
        let music = shared.music.load(Ordering::Relaxed);
        let clock = shared.clock.load(Ordering::Relaxed);
        let paused = shared.paused.load(Ordering::Relaxed);
        let pause_step = (dt / self.pause_seconds).min(1.0) as f32;
        let pause_step = if paused { -pause_step } else { pause_step };
        let mut sum = 0.0;
        for (passed, frame) in (0_u64..).zip(input.iter_mut()) {
            self.pause = (self.pause + pause_step).clamp(0.0, 1.0);
            // The ramp has no corner.
            let pause = smoothstep(self.pause);
            if self.next.as_ref().is_some_and(|next| next.has_begun(music + passed))
                && let Some(next) = self.next.take()
            {
                self.ride = next;
            }
            *frame *= pause * self.ride.gain_at(music + passed);
            sum += frame.left.mul_add(frame.left, frame.right * frame.right);
        }
        let seconds = dt * input.len() as f64;
        self.power +=
            (sum / input.len().max(1) as f32 - self.power) * (seconds / POWER_SECONDS).min(1.0) as f32;
        shared.set_music_power(self.power);
        self.ducks.process(input, shared, clock, dt);
        if !held {
            shared.music.fetch_add(input.len() as u64, Ordering::Relaxed);
        }
        shared.held.store(paused && self.pause <= 0.0, Ordering::Relaxed);
    }
}
