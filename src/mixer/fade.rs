//! Crossfades, computed for every sample.
//!
//! Each lane has a power between 0 and 1, and the powers of all lanes sum to 1.
//! In a fade of equal power at phase φ (0..π/2) every lane keeps cos² φ of the power that
//! it had when the fade began, and the lane that comes in gets sin² φ on top. Between two
//! lanes that is the usual cos/sin pair; a fade that interrupts another goes on
//! from the powers of that moment, and the sum stays 1. In a fade of equal gain, for
//! material that is alike, the same holds for amplitudes along a straight line.
//!
//! Each lane also has the gain that brings its track to the common loudness.

use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kira::Frame;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use rtrb::{Consumer, Producer, RingBuffer};

use super::output::OutputShared;
use super::plan::Law;

/// Time constant in seconds with which a lane that sounds takes on another loudness.
const GAIN_SECONDS: f64 = 1.2;

/// A command to all lanes: from `start` on the music's clock, `to` comes in and all others go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fade {
    pub(super) to: usize,
    /// Frame of the music's clock.
    pub(super) start: u64,
    /// Length in frames of the output.
    pub(super) frames: u64,
    pub(super) law: Law,
}

impl Fade {
    /// 0 before the start, 1 from the end on.
    pub(super) fn progress(self, clock: u64) -> f32 {
        (clock.saturating_sub(self.start) as f64 / self.frames.max(1) as f64).min(1.0) as f32
    }

    pub(super) fn is_over(self, clock: u64) -> bool {
        clock >= self.start + self.frames
    }
}

/// The power of one lane over time. The audio thread and the mixer each keep one
/// for every lane and give them the same commands, so they never differ.
#[derive(Debug, Clone, Copy)]
pub(super) struct LanePower {
    lane: usize,
    /// Power when `fade` began, 0..=1.
    from: f64,
    fade: Option<Fade>,
}

impl LanePower {
    /// A silent lane.
    pub(super) fn new(lane: usize) -> Self {
        Self { lane, from: 0.0, fade: None }
    }

    /// Goes on from the power at the start of `fade`.
    pub(super) fn begin(&mut self, fade: Fade) {
        self.from = self.power_at(fade.start);
        self.fade = Some(fade);
    }

    /// Power at a frame of the music's clock, 0..=1.
    pub(super) fn power_at(&self, clock: u64) -> f64 {
        let Some(fade) = self.fade else { return self.from };
        let incoming = fade.to == self.lane;
        if fade.is_over(clock) {
            return if incoming { 1.0 } else { 0.0 };
        }
        let done = clock.saturating_sub(fade.start) as f64 / fade.frames as f64;
        match fade.law {
            Law::EqualPower => {
                let (sin, cos) = (done * FRAC_PI_2).sin_cos();
                let kept = self.from * cos * cos;
                if incoming { sin.mul_add(sin, kept) } else { kept }
            }
            Law::EqualGain => {
                let kept = self.from.sqrt() * (1.0 - done);
                let gain = if incoming { kept + done } else { kept };
                gain * gain
            }
        }
    }

    /// Whether the power is the same from `clock` on.
    fn is_settled(&self, clock: u64) -> bool {
        self.fade.is_none_or(|fade| fade.is_over(clock))
    }
}

/// Commands in flight to one lane: far more than a person can give before the first begins.
const COMMANDS: usize = 64;

/// Builds the effect that sits on a lane's track.
pub(super) struct FadeBuilder {
    pub(super) lane: usize,
    pub(super) output: Arc<OutputShared>,
    pub(super) gain: Arc<LaneGain>,
}

/// The amplitude that brings a lane's track to the common loudness.
#[derive(Debug)]
pub(super) struct LaneGain(AtomicU32);

impl LaneGain {
    pub(super) fn new() -> Self {
        Self(AtomicU32::new(1.0_f32.to_bits()))
    }

    pub(super) fn set(&self, amplitude: f32) {
        self.0.store(amplitude.to_bits(), Ordering::Relaxed);
    }

    fn get(&self) -> f32 {
        f32::from_bits(self.0.load(Ordering::Relaxed))
    }
}

impl EffectBuilder for FadeBuilder {
    type Handle = Producer<Fade>;

    fn build(self) -> (Box<dyn Effect>, Self::Handle) {
        let (sender, commands) = RingBuffer::new(COMMANDS);
        let effect = FadeEffect {
            power: LanePower::new(self.lane),
            next: None,
            commands,
            output: self.output,
            wanted: self.gain,
            gain: 1.0,
        };
        (Box::new(effect), sender)
    }
}

struct FadeEffect {
    power: LanePower,
    next: Option<Fade>,
    commands: Consumer<Fade>,
    output: Arc<OutputShared>,
    wanted: Arc<LaneGain>,
    gain: f32,
}

impl FadeEffect {
    fn begin_due(&mut self, clock: u64) {
        if self.next.is_none() {
            self.next = self.commands.pop().ok();
        }
        if let Some(fade) = self.next
            && fade.start <= clock
        {
            self.power.begin(fade);
            self.next = None;
        }
    }
}

impl Effect for FadeEffect {
    fn process(&mut self, input: &mut [Frame], dt: f64, _info: &Info) {
        let start = self.output.music.load(Ordering::Relaxed);
        if self.output.held.load(Ordering::Relaxed) {
            return;
        }
        self.begin_due(start);
        let wanted = self.wanted.get();
        if self.power.power_at(start) <= 0.0 {
            // Nobody hears the step.
            self.gain = wanted;
        }
        let level = (self.gain - wanted).abs() < 1e-6;
        if level && self.next.is_none() && self.power.is_settled(start) {
            let gain = self.power.power_at(start).sqrt() as f32 * wanted;
            for frame in input {
                *frame *= gain;
            }
            return;
        }
        let ease = (dt / GAIN_SECONDS).min(1.0) as f32;
        for (clock, frame) in (start..).zip(input) {
            if self.next.is_some() {
                self.begin_due(clock);
            }
            self.gain += (wanted - self.gain) * ease;
            *frame *= self.power.power_at(clock).sqrt() as f32 * self.gain;
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "values that are passed through are exact")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lanes() -> [LanePower; 3] {
        [0, 1, 2].map(LanePower::new)
    }

    fn begin(lanes: &mut [LanePower], fade: Fade) {
        for lane in lanes {
            lane.begin(fade);
        }
    }

    fn power(to: usize, start: u64, frames: u64) -> Fade {
        Fade { to, start, frames, law: Law::EqualPower }
    }

    #[test]
    fn fades_of_equal_gain_keep_the_sum_of_the_amplitudes() {
        let mut lanes = lanes();
        begin(&mut lanes, power(0, 0, 1));
        begin(&mut lanes, Fade { law: Law::EqualGain, ..power(1, 100, 1_000) });
        for clock in (100..1_200).step_by(50) {
            let sum: f64 = lanes.iter().map(|lane| lane.power_at(clock).sqrt()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{clock}: {sum}");
        }
    }

    #[test]
    fn a_fade_of_equal_power_goes_on_from_the_gains_of_one_of_equal_gain() {
        let mut lanes = lanes();
        begin(&mut lanes, power(0, 0, 1));
        begin(&mut lanes, Fade { law: Law::EqualGain, ..power(1, 100, 1_000) });
        let before = lanes.map(|lane| lane.power_at(600));
        begin(&mut lanes, power(2, 600, 1_000));
        assert_eq!(lanes.map(|lane| lane.power_at(600)), before);
        assert!((lanes[2].power_at(1_600) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn halfway_between_two_lanes_each_has_half_the_power() {
        let mut lanes = lanes();
        begin(&mut lanes, power(0, 0, 10));
        begin(&mut lanes, power(1, 100, 1_000));
        assert!((lanes[0].power_at(600) - 0.5).abs() < 1e-12);
        assert!((lanes[1].power_at(600) - 0.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn power_sums_to_one_and_never_jumps_however_often_fades_are_interrupted(
            commands in proptest::collection::vec((0_usize..3, 1_u64..5_000, 100_u64..5_000), 1..12)
        ) {
            let mut lanes = lanes();
            begin(&mut lanes, power(0, 0, 1));
            let mut clock = 1;
            let mut last: [f64; 3] = [1.0, 0.0, 0.0];
            for (to, wait, frames) in commands {
                begin(&mut lanes, power(to, clock, frames));
                for now in clock..clock + wait {
                    let powers = lanes.map(|lane| lane.power_at(now));
                    prop_assert!((powers.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                    for (power, before) in powers.iter().zip(last) {
                        // The steepest slope of cos² is π/2 per fade.
                        prop_assert!((power - before).abs() <= FRAC_PI_2 * 1.01 / 100.0);
                    }
                    last = powers;
                }
                clock += wait;
            }
        }
    }
}
