//! The last stage before the loudspeakers: volume, ceiling, clock and tap.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use kira::Frame;
use kira::effect::{Effect, EffectBuilder};
use kira::info::Info;
use rtrb::{Consumer, Producer, RingBuffer};

/// Samples below this amplitude (−1 dBFS) pass untouched.
const KNEE: f32 = 0.891_25;
/// No sample gets as loud as this (−0.18 dBFS).
const CEILING: f32 = 0.98;
/// Time constant of a change of volume in seconds.
const VOLUME_SECONDS: f64 = 0.02;
/// Frames that may wait to be measured: about a third of a second.
const TAPPED_FRAMES: usize = 1 << 14;

/// What the output and the rest of the mixer tell each other, without a lock.
#[derive(Debug)]
pub(super) struct OutputShared {
    /// Frames rendered since the output began. Stands still when the device is dead.
    pub(super) clock: AtomicU64,
    /// Frames per second of the output.
    pub(super) rate: AtomicU32,
    /// Amplitude that the volume asks for, as bits of an `f32`.
    volume: AtomicU32,
}

impl OutputShared {
    pub(super) fn new(volume: f32) -> Self {
        Self {
            clock: AtomicU64::new(0),
            rate: AtomicU32::new(48_000),
            volume: AtomicU32::new(volume.to_bits()),
        }
    }

    pub(super) fn set_volume(&self, amplitude: f32) {
        self.volume.store(amplitude.to_bits(), Ordering::Relaxed);
    }

    fn volume(&self) -> f32 {
        f32::from_bits(self.volume.load(Ordering::Relaxed))
    }
}

/// Builds the effect on the main track; its handle is the tap.
pub(super) struct OutputBuilder(pub(super) Arc<OutputShared>);

impl EffectBuilder for OutputBuilder {
    type Handle = Consumer<Frame>;

    fn build(self) -> (Box<dyn Effect>, Self::Handle) {
        let (tap, frames) = RingBuffer::new(TAPPED_FRAMES);
        let volume = self.0.volume();
        (Box::new(Output { shared: self.0, volume, tap }), frames)
    }
}

struct Output {
    shared: Arc<OutputShared>,
    volume: f32,
    tap: Producer<Frame>,
}

impl Effect for Output {
    fn init(&mut self, sample_rate: u32, _internal_buffer_size: usize) {
        self.shared.rate.store(sample_rate, Ordering::Relaxed);
    }

    fn on_change_sample_rate(&mut self, sample_rate: u32) {
        self.shared.rate.store(sample_rate, Ordering::Relaxed);
    }

    fn process(&mut self, input: &mut [Frame], dt: f64, _info: &Info) {
        let wanted = self.shared.volume();
        let ease = (dt / VOLUME_SECONDS).min(1.0) as f32;
        for frame in input.iter_mut() {
            self.volume += (wanted - self.volume) * ease;
            frame.left = below_ceiling(frame.left * self.volume);
            frame.right = below_ceiling(frame.right * self.volume);
        }
        // When nobody measures, the tap is full and the newest frames are left out.
        let _ = self.tap.push_partial_slice(input);
        self.shared.clock.fetch_add(input.len() as u64, Ordering::Relaxed);
    }
}

/// Leaves quiet samples alone and bends loud ones so that none reaches full scale.
fn below_ceiling(sample: f32) -> f32 {
    let size = sample.abs();
    if size <= KNEE {
        return sample;
    }
    let room = CEILING - KNEE;
    (KNEE + room * ((size - KNEE) / room).tanh()).copysign(sample)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_sample_reaches_full_scale_and_quiet_ones_pass(sample in -100.0_f32..100.0) {
            let out = below_ceiling(sample);
            prop_assert!(out.abs() <= CEILING);
            prop_assert_eq!(out.is_sign_negative(), sample.is_sign_negative());
            if sample.abs() <= KNEE {
                prop_assert_eq!(out.to_bits(), sample.to_bits());
            }
        }
    }
}
