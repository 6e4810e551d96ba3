//! Integrated loudness (ITU-R BS.1770, EBU R 128) and true peak, by the `ebur128` crate.

use ebur128::{EbuR128, Mode};

use super::sound_analysis::AnalysisError;
use crate::music::loudness_envelope::LoudnessEnvelope;
use crate::music::units::{Dbfs, Lufs};

/// The loudness of a track without sound above the gate.
pub(super) const QUIETEST: Lufs = Lufs(-70.0);
/// The least true peak that is told.
const LEAST_PEAK: Dbfs = Dbfs(-120.0);

/// Measures stereo samples as they stream by.
pub(super) struct LoudnessMeter {
    meter: EbuR128,
    /// Samples of a block, both channels.
    block: usize,
    /// Samples of the block that is not whole yet.
    waiting: Vec<f32>,
    envelope: LoudnessEnvelope,
}

/// What was measured of a track.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TrackLoudness {
    /// Integrated loudness; [`QUIETEST`] where nothing reaches it.
    pub(super) integrated: Lufs,
    /// Largest true peak.
    pub(super) true_peak: Dbfs,
    pub(super) envelope: LoudnessEnvelope,
}

impl LoudnessMeter {
    /// For a source of this rate in Hz.
    pub(super) fn new(rate: u32) -> Result<Self, AnalysisError> {
        let meter = EbuR128::new(2, rate, Mode::I | Mode::TRUE_PEAK).map_err(failed)?;
        // The blocks of the crate have this length, too, however the rate divides.
        let block = 2 * (rate * LoudnessEnvelope::BLOCK_MS / 1_000).max(1) as usize;
        Ok(Self { meter, block, waiting: Vec::new(), envelope: LoudnessEnvelope::default() })
    }

    /// Takes interleaved stereo samples.
    pub(super) fn push(&mut self, samples: &[f32]) -> Result<(), AnalysisError> {
        self.waiting.extend_from_slice(samples);
        let whole = self.waiting.len() - self.waiting.len() % self.block;
        for block in self.waiting[..whole].chunks_exact(self.block) {
            self.meter.add_frames_f32(block).map_err(failed)?;
            let loudness = self.meter.loudness_window(LoudnessEnvelope::BLOCK_MS).map_err(failed)? as f32;
            let peak = block.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
            self.envelope.push(Lufs(loudness), Dbfs::of_amplitude(peak));
        }
        self.waiting.drain(..whole);
        Ok(())
    }

    /// Loudness, true peak and loudness over time of all that was taken.
    pub(super) fn finish(mut self) -> Result<TrackLoudness, AnalysisError> {
        self.meter.add_frames_f32(&self.waiting).map_err(failed)?;
        let integrated = Lufs(self.meter.loudness_global().unwrap_or(f64::NEG_INFINITY) as f32);
        let peak = (0..self.meter.channels())
            .filter_map(|channel| self.meter.true_peak(channel).ok())
            .fold(0.0, f64::max);
        Ok(TrackLoudness {
            integrated: if integrated.is_finite() && integrated > QUIETEST { integrated } else { QUIETEST },
            true_peak: Dbfs::of_amplitude((peak as f32).max(LEAST_PEAK.amplitude())),
            envelope: self.envelope,
        })
    }
}

fn failed(error: ebur128::Error) -> AnalysisError {
    AnalysisError::Loudness(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Stereo sine of 1 kHz; parts of some seconds at a peak level in dBFS.
    fn measured(parts: &[(f64, f64)], rate: u32) -> TrackLoudness {
        let mut meter = LoudnessMeter::new(rate).expect("stereo can be measured");
        for (seconds, level) in parts {
            let amplitude = 10_f64.powf(level / 20.0);
            let samples: Vec<f32> = (0..(seconds * f64::from(rate)) as u32)
                .flat_map(|n| {
                    let value = amplitude * (TAU * 1_000.0 * f64::from(n) / f64::from(rate)).sin();
                    [value as f32; 2]
                })
                .collect();
            for packet in samples.chunks(2_048) {
                meter.push(packet).expect("measured");
            }
        }
        meter.finish().expect("measured")
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
            let found = measured(parts, 48_000).integrated;
            assert!((found - Lufs(lufs)).0.abs() <= 0.1, "{parts:?} reads {found:?}");
        }
        assert!((measured(&[(20.0, -23.0)], 44_100).integrated.0 + 23.0).abs() <= 0.1);
    }

    #[test]
    fn the_true_peak_of_a_sine_is_its_amplitude() {
        let Dbfs(peak) = measured(&[(2.0, -6.0)], 48_000).true_peak;
        assert!((peak + 6.0).abs() < 0.2, "{peak}");
    }

    #[test]
    fn silence_has_the_loudness_of_the_gate() {
        assert_eq!(measured(&[(2.0, -200.0)], 48_000).integrated, QUIETEST);
    }

    /// The envelope has a block for each 100 ms, also at rates that 10 does not divide, and tells loud from quiet.
    #[test]
    fn loudness_over_time_follows_the_level() {
        for rate in [8_000, 11_025, 44_100, 192_000] {
            let envelope = measured(&[(2.0, -30.0), (2.0, -20.0)], rate).envelope;
            let loudness: Vec<f32> = envelope.loudness().map(|Lufs(level)| level).collect();
            assert!(loudness.len().abs_diff(40) <= 1, "{rate}: {}", loudness.len());
            assert!((loudness[10] + 30.0).abs() < 0.6 && (loudness[30] + 20.0).abs() < 0.6, "{loudness:?}");
            let peaks: Vec<f32> = envelope.peaks().map(|Dbfs(level)| level).collect();
            assert!((peaks[10] + 30.0).abs() < 0.3 && (peaks[30] + 20.0).abs() < 0.3, "{peaks:?}");
        }
    }
}
