//! Integrated loudness (ITU-R BS.1770, EBU R 128) and true peak, by the `ebur128` crate.

use ebur128::{EbuR128, Mode};

use super::sound_analysis::AnalysisError;

/// What a track is that holds no sound above the gate of −70 LUFS.
pub(super) const QUIETEST: f32 = -70.0;

/// Measures as the samples stream by.
pub(super) struct LoudnessMeter {
    meter: EbuR128,
    channels: usize,
}

impl LoudnessMeter {
    pub(super) fn new(channels: usize, rate: u32) -> Result<Self, AnalysisError> {
        let count = u32::try_from(channels).unwrap_or(u32::MAX);
        let meter = EbuR128::new(count, rate, Mode::I | Mode::TRUE_PEAK)
            .map_err(|error| AnalysisError::Loudness(error.to_string()))?;
        Ok(Self { meter, channels })
    }

    /// Interleaved samples; packets with another number of channels are passed over.
    pub(super) fn push(&mut self, samples: &[f32], channels: usize) -> Result<(), AnalysisError> {
        if channels != self.channels {
            return Ok(());
        }
        self.meter.add_frames_f32(samples).map_err(|error| AnalysisError::Loudness(error.to_string()))
    }

    /// Loudness in LUFS and true peak in dBTP.
    pub(super) fn finish(&self) -> (f32, f32) {
        let lufs = self.meter.loudness_global().unwrap_or(f64::NEG_INFINITY) as f32;
        let peak = (0..self.meter.channels())
            .filter_map(|channel| self.meter.true_peak(channel).ok())
            .fold(0.0, f64::max);
        let peak = (20.0 * peak.max(1e-6).log10()) as f32;
        (if lufs.is_finite() { lufs.max(QUIETEST) } else { QUIETEST }, peak)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Stereo sine of 1 kHz; parts of so many seconds at a peak level in dBFS.
    fn measured(parts: &[(f64, f64)], rate: u32) -> (f32, f32) {
        let mut meter = LoudnessMeter::new(2, rate).expect("stereo can be measured");
        for (seconds, level) in parts {
            let amplitude = 10_f64.powf(level / 20.0);
            let samples: Vec<f32> = (0..(seconds * f64::from(rate)) as u32)
                .flat_map(|n| {
                    let value = amplitude * (TAU * 1_000.0 * f64::from(n) / f64::from(rate)).sin();
                    [value as f32; 2]
                })
                .collect();
            for packet in samples.chunks(2_048) {
                meter.push(packet, 2).expect("measured");
            }
        }
        meter.finish()
    }

    /// The signals 1 to 5 of EBU Tech 3341, table 1, and what they must read.
    #[test]
    fn the_reference_signals_of_ebu_tech_3341_read_what_they_must() {
        let cases: [(&[(f64, f64)], f32); 5] = [
            (&[(20.0, -23.0)], -23.0),
            (&[(20.0, -33.0)], -33.0),
            (&[(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)], -23.0),
            (&[(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)], -23.0),
            (&[(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)], -23.0),
        ];
        for (parts, lufs) in cases {
            let (found, _) = measured(parts, 48_000);
            assert!((found - lufs).abs() <= 0.1, "{parts:?} reads {found} LUFS");
        }
        assert!((measured(&[(20.0, -23.0)], 44_100).0 + 23.0).abs() <= 0.1);
    }

    #[test]
    fn the_true_peak_of_a_sine_is_its_amplitude() {
        let (_, peak) = measured(&[(2.0, -6.0)], 48_000);
        assert!((peak + 6.0).abs() < 0.2, "{peak}");
    }

    #[test]
    fn silence_has_the_loudness_of_the_gate() {
        assert!(measured(&[(2.0, -200.0)], 48_000).0 <= QUIETEST);
    }
}
