//! The bed as kira plays it: a sound that never ends, and the room around it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kira::effect::reverb::ReverbBuilder;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use kira::sound::{Sound, SoundData};
use kira::{Frame, Mix};
use rtrb::{Consumer, Producer, RingBuffer};

use super::composer::Feeling;
use super::synth::{Order, Synth};
use crate::mixer::duck::Ducks;
use crate::mixer::output::OutputShared;

/// Orders in flight.
const ORDERS: usize = 32;
/// The reverb goes on for so long after the last sound, in seconds.
const TAIL_SECONDS: f64 = 10.0;
/// A large soft room: how long it rings, how dull it is, and how much of it is heard.
const RING: f64 = 0.9;
const DULL: f64 = 0.45;
const WET: f32 = 0.22;

/// What the mixer and the audio thread tell each other about the bed, without a lock.
#[derive(Debug)]
struct Follows {
    valence: AtomicU32,
    arousal: AtomicU32,
    tune: AtomicU32,
}

impl Follows {
    fn set(&self, feeling: Feeling, tune: f32) {
        self.valence.store(feeling.valence.to_bits(), Ordering::Relaxed);
        self.arousal.store(feeling.arousal.to_bits(), Ordering::Relaxed);
        self.tune.store(tune.to_bits(), Ordering::Relaxed);
    }

    fn get(&self) -> (Feeling, f32) {
        let read = |number: &AtomicU32| f32::from_bits(number.load(Ordering::Relaxed));
        (Feeling { valence: read(&self.valence), arousal: read(&self.arousal) }, read(&self.tune))
    }
}

/// The end that the mixer holds.
pub(in crate::mixer) struct BedLine {
    orders: Producer<Order>,
    follows: Arc<Follows>,
}

impl BedLine {
    /// Sends an order; `false` if too many are waiting.
    pub(super) fn order(&mut self, order: Order) -> bool {
        self.orders.push(order).is_ok()
    }

    pub(super) fn follow(&self, feeling: Feeling, tune: f32) {
        self.follows.set(feeling, tune);
    }
}

/// The sound, before it plays.
pub(in crate::mixer) struct BedSound {
    synth: Synth,
    orders: Consumer<Order>,
    follows: Arc<Follows>,
}

impl BedSound {
    /// A silent bed and the line to it.
    pub(in crate::mixer) fn new() -> (Self, BedLine) {
        let (sender, orders) = RingBuffer::new(ORDERS);
        let none = || AtomicU32::new(0.0_f32.to_bits());
        let tune = AtomicU32::new(1.0_f32.to_bits());
        let follows = Arc::new(Follows { valence: none(), arousal: none(), tune });
        let sound = Self { synth: Synth::new(1), orders, follows: Arc::clone(&follows) };
        (sound, BedLine { orders: sender, follows })
    }
}

impl Sound for BedSound {
    fn process(&mut self, out: &mut [Frame], dt: f64, _info: &Info) {
        let (feeling, tune) = self.follows.get();
        self.synth.follow(feeling, tune);
        while let Ok(order) = self.orders.pop() {
            self.synth.obey(&order);
        }
        self.synth.process(out, dt);
    }

    fn finished(&self) -> bool {
        false
    }
}

impl SoundData for BedSound {
    type Error = Infallible;
    type Handle = ();

    fn into_sound(self) -> Result<(Box<dyn Sound>, ()), Infallible> {
        Ok((Box::new(self), ()))
    }
}

/// Builds what the bed passes through: a reverb, which rests while nothing sounds, and the ducking.
pub(in crate::mixer) struct RoomBuilder {
    pub(in crate::mixer) output: Arc<OutputShared>,
    pub(in crate::mixer) ducks: Ducks,
}

impl EffectBuilder for RoomBuilder {
    type Handle = ();

    fn build(self) -> (Box<dyn Effect>, ()) {
        let reverb = ReverbBuilder::new().feedback(RING).damping(DULL).mix(Mix(WET));
        let (reverb, _) = reverb.build();
        let Self { output, ducks } = self;
        (Box::new(Room { output, ducks, reverb, silent: TAIL_SECONDS }), ())
    }
}

struct Room {
    output: Arc<OutputShared>,
    ducks: Ducks,
    reverb: Box<dyn Effect>,
    /// Since when nothing came in, in seconds.
    silent: f64,
}

impl Effect for Room {
    fn init(&mut self, sample_rate: u32, internal_buffer_size: usize) {
        self.reverb.init(sample_rate, internal_buffer_size);
    }

    fn on_change_sample_rate(&mut self, sample_rate: u32) {
        self.reverb.on_change_sample_rate(sample_rate);
    }

    fn on_start_processing(&mut self) {
        self.reverb.on_start_processing();
    }

    fn process(&mut self, input: &mut [Frame], dt: f64, info: &Info) {
        let comes = input.iter().any(|frame| *frame != Frame::ZERO);
        self.silent = if comes { 0.0 } else { self.silent + dt * input.len() as f64 };
        if self.silent < TAIL_SECONDS {
            self.reverb.process(input, dt, info);
        }
        let clock = self.output.clock.load(Ordering::Relaxed);
        self.ducks.process(input, &self.output, clock, dt);
    }
}
