//! The fader of each channel: crossfades, and the gain that brings a track to the target loudness.
//!
//! Each channel has a power between 0 and 1, and the powers of all channels sum to 1. In an equal-power
//! crossfade at phase φ (0..π/2) each channel keeps cos² φ of the power that it had when the fade began,
//! and the incoming channel gets sin² φ on top. Between two channels that is the usual cos/sin pair. A
//! fade that interrupts another continues from the powers at that moment, so the sum stays 1. In an
//! equal-gain crossfade the same holds for amplitudes along a straight line.
//!
//! Equal power is the default because two different tracks are uncorrelated: their powers add up, so
//! the loudness stays constant. A track that fades into itself is correlated, and its amplitudes add up.

use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kira::Frame;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::mixer::controls::AudioControls;
use crate::mixer::transition::FadeCurve;

/// Time constant in seconds with which a channel that sounds changes to another normalising gain.
const GAIN_SECONDS: f64 = 1.2;
/// Commands that may wait for one channel: far more than a person can give before the first begins.
const QUEUED_COMMANDS: usize = 64;

/// A command to all channels: from `start` on, `to` fades in and all others fade out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mixer) struct FadeCommand {
    pub(in crate::mixer) to: usize,
    /// Frame of the music clock.
    pub(in crate::mixer) start: u64,
    /// Length in frames of the output.
    pub(in crate::mixer) frames: u64,
    pub(in crate::mixer) curve: FadeCurve,
}

impl FadeCommand {
    /// 0 before the start, 1 from the end on.
    pub(in crate::mixer) fn progress(self, clock: u64) -> f32 {
        (clock.saturating_sub(self.start) as f64 / self.frames.max(1) as f64).min(1.0) as f32
    }

    pub(in crate::mixer) fn is_over(self, clock: u64) -> bool {
        clock >= self.start + self.frames
    }
}

/// The power of one channel over time.
#[derive(Debug, Clone, Copy)]
struct ChannelPower {
    channel: usize,
    /// Power when `fade` began, 0..=1.
    from: f64,
    fade: Option<FadeCommand>,
}

impl ChannelPower {
    /// A silent channel.
    fn new(channel: usize) -> Self {
        Self { channel, from: 0.0, fade: None }
    }

    /// Continues from the power at the start of `fade`.
    fn begin(&mut self, fade: FadeCommand) {
        self.from = self.power_at(fade.start);
        self.fade = Some(fade);
    }

    /// Power at a frame of the music clock, 0..=1.
    fn power_at(&self, clock: u64) -> f64 {
        let Some(fade) = self.fade else { return self.from };
        let incoming = fade.to == self.channel;
        if fade.is_over(clock) {
            return if incoming { 1.0 } else { 0.0 };
        }
        let done = clock.saturating_sub(fade.start) as f64 / fade.frames as f64;
        match fade.curve {
            FadeCurve::EqualPower => {
                let (sin, cos) = (done * FRAC_PI_2).sin_cos();
                let kept = self.from * cos * cos;
                if incoming { sin.mul_add(sin, kept) } else { kept }
            }
            FadeCurve::EqualGain => {
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

/// The amplitude that brings the track of a channel to the target loudness.
#[derive(Debug)]
pub(super) struct ChannelGain(AtomicU32);

impl ChannelGain {
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

/// Builds the effect on the track of one channel.
pub(super) struct ChannelFaderBuilder {
    pub(super) channel: usize,
    pub(super) controls: Arc<AudioControls>,
    pub(super) gain: Arc<ChannelGain>,
}

impl EffectBuilder for ChannelFaderBuilder {
    type Handle = Producer<FadeCommand>;

    fn build(self) -> (Box<dyn Effect>, Self::Handle) {
        let (sender, commands) = RingBuffer::new(QUEUED_COMMANDS);
        let effect = ChannelFader {
            power: ChannelPower::new(self.channel),
            next: None,
            commands,
            controls: self.controls,
            wanted: self.gain,
            gain: 1.0,
        };
        (Box::new(effect), sender)
    }
}

struct ChannelFader {
    power: ChannelPower,
    next: Option<FadeCommand>,
    commands: Consumer<FadeCommand>,
    controls: Arc<AudioControls>,
    wanted: Arc<ChannelGain>,
    gain: f32,
}

impl ChannelFader {
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

impl Effect for ChannelFader {
    fn process(&mut self, input: &mut [Frame], dt: f64, _info: &Info) {
        let start = self.controls.music.load(Ordering::Relaxed);
        if self.controls.held.load(Ordering::Relaxed) {
            return;
        }
        self.begin_due(start);
        let wanted = self.wanted.get();
        if self.power.power_at(start) <= 0.0 {
            // A silent channel can change its gain at once.
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

    fn channels() -> [ChannelPower; 3] {
        [0, 1, 2].map(ChannelPower::new)
    }

    fn begin(channels: &mut [ChannelPower], fade: FadeCommand) {
        for channel in channels {
            channel.begin(fade);
        }
    }

    fn power(to: usize, start: u64, frames: u64) -> FadeCommand {
        FadeCommand { to, start, frames, curve: FadeCurve::EqualPower }
    }

    #[test]
    fn fades_of_equal_gain_keep_the_sum_of_the_amplitudes() {
        let mut channels = channels();
        begin(&mut channels, power(0, 0, 1));
        begin(&mut channels, FadeCommand { curve: FadeCurve::EqualGain, ..power(1, 100, 1_000) });
        for clock in (100..1_200).step_by(50) {
            let sum: f64 = channels.iter().map(|channel| channel.power_at(clock).sqrt()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{clock}: {sum}");
        }
    }

    #[test]
    fn a_fade_of_equal_power_goes_on_from_the_gains_of_one_of_equal_gain() {
        let mut channels = channels();
        begin(&mut channels, power(0, 0, 1));
        begin(&mut channels, FadeCommand { curve: FadeCurve::EqualGain, ..power(1, 100, 1_000) });
        let before = channels.map(|channel| channel.power_at(600));
        begin(&mut channels, power(2, 600, 1_000));
        assert_eq!(channels.map(|channel| channel.power_at(600)), before);
        assert!((channels[2].power_at(1_600) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn halfway_between_two_channels_each_has_half_the_power() {
        let mut channels = channels();
        begin(&mut channels, power(0, 0, 10));
        begin(&mut channels, power(1, 100, 1_000));
        assert!((channels[0].power_at(600) - 0.5).abs() < 1e-12);
        assert!((channels[1].power_at(600) - 0.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn power_sums_to_one_and_never_jumps_however_often_fades_are_interrupted(
            commands in proptest::collection::vec((0_usize..3, 1_u64..5_000, 100_u64..5_000), 1..12)
        ) {
            let mut channels = channels();
            begin(&mut channels, power(0, 0, 1));
            let mut clock = 1;
            let mut last: [f64; 3] = [1.0, 0.0, 0.0];
            for (to, wait, frames) in commands {
                begin(&mut channels, power(to, clock, frames));
                for now in clock..clock + wait {
                    let powers = channels.map(|channel| channel.power_at(now));
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
