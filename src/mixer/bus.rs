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

use super::output::OutputShared;
use super::ride::Ride;

/// Time constants in seconds: music steps back for a short sound, and returns.
const DUCK_SECONDS: f64 = 0.04;
const RETURN_SECONDS: f64 = 0.45;
/// Rides in flight.
const RIDES: usize = 16;

/// Builds the effect on the track that all lanes play into.
pub(super) struct BusBuilder {
    pub(super) output: Arc<OutputShared>,
    /// Length of the ramp of a pause in seconds.
    pub(super) pause_seconds: f32,
    /// Amplitude of the music under a short sound.
    pub(super) duck: f32,
}

impl EffectBuilder for BusBuilder {
    type Handle = Producer<Ride>;

    fn build(self) -> (Box<dyn Effect>, Self::Handle) {
        let (sender, rides) = RingBuffer::new(RIDES);
        let bus = Bus {
            output: self.output,
            pause_seconds: f64::from(self.pause_seconds.max(0.005)),
            ducked: self.duck,
            rides,
            ride: Ride::level(),
            next: None,
            duck: 1.0,
            pause: 1.0,
        };
        (Box::new(bus), sender)
    }
}

struct Bus {
    output: Arc<OutputShared>,
    pause_seconds: f64,
    ducked: f32,
    rides: Consumer<Ride>,
    ride: Ride,
    /// A ride whose time has not come.
    next: Option<Ride>,
    /// Gains of the moment.
    duck: f32,
    pause: f32,
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
        let duck_until = shared.duck_until.load(Ordering::Relaxed);
        let pause_step = (dt / self.pause_seconds).min(1.0) as f32;
        let pause_step = if paused { -pause_step } else { pause_step };
        for (passed, frame) in (0_u64..).zip(input.iter_mut()) {
            let ducked = clock + passed < duck_until;
            let (goal, time) = if ducked { (self.ducked, DUCK_SECONDS) } else { (1.0, RETURN_SECONDS) };
            self.duck += (goal - self.duck) * (dt / time).min(1.0) as f32;
            self.pause = (self.pause + pause_step).clamp(0.0, 1.0);
            // A raised cosine: the ramp has no corner.
            let pause = self.pause * self.pause * (3.0 - 2.0 * self.pause);
            if self.next.as_ref().is_some_and(|next| next.has_begun(music + passed))
                && let Some(next) = self.next.take()
            {
                self.ride = next;
            }
            *frame *= self.duck * pause * self.ride.gain_at(music + passed);
        }
        if !ducked_now(clock + input.len() as u64, duck_until) && (1.0 - self.duck) < 1e-4 {
            self.duck = 1.0;
        }
        if !held {
            shared.music.fetch_add(input.len() as u64, Ordering::Relaxed);
        }
        shared.held.store(paused && self.pause <= 0.0, Ordering::Relaxed);
    }
}

fn ducked_now(clock: u64, until: u64) -> bool {
    clock < until
}
