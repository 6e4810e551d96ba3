//! Loudness and peaks: ITU-R BS.1770 by the `ebur128` crate, and a look-ahead limiter.

use crate::synth::dsp::{Frame, RATE};
use ebur128::{EbuR128, Mode};

/// Integrated loudness of every piece, LUFS.
pub const TARGET_LUFS: f32 = -16.0;
/// The decoded file may not peak above this, dBTP.
pub const CEILING_DBTP: f32 = -1.5;

/// A meter that has heard `frames`.
fn meter(frames: &[Frame], mode: Mode) -> EbuR128 {
    let mut meter = EbuR128::new(2, RATE as u32, mode).expect("a stereo meter");
    meter.add_frames_f32(frames.as_flattened()).expect("stereo frames");
    meter
}

/// Integrated loudness in LUFS (−70 or below for silence).
pub fn loudness(frames: &[Frame]) -> f32 {
    let lufs = meter(frames, Mode::I).loudness_global().unwrap_or(-70.0) as f32;
    lufs.max(-70.0)
}

/// True peak in dBTP, by the meter's oversampling.
pub fn true_peak(frames: &[Frame]) -> f32 {
    let meter = meter(frames, Mode::TRUE_PEAK);
    let peak = (0..2).filter_map(|c| meter.true_peak(c).ok()).fold(1e-9, f64::max);
    20.0 * peak.log10() as f32
}

/// The master: drive into a soft clipper, then gain and limiter until the loudness is right.
///
/// `lufs` and `ceiling_db` are what to reach; the limiter works below the ceiling by a small
/// margin, because peaks between samples are higher than the samples.
pub fn master(mix: &[Frame], drive: f32, lufs: f32, ceiling_db: f32) -> Vec<Frame> {
    let start = gain_db(mix, -18.0 - loudness(mix));
    let warm: Vec<Frame> = start.iter().map(|f| [clip(f[0], drive), clip(f[1], drive)]).collect();
    let mut gain = lufs - loudness(&warm);
    let mut out = Vec::new();
    for _ in 0..6 {
        out = limit(&gain_db(&warm, gain), 10f32.powf((ceiling_db - 0.5) / 20.0));
        let error = lufs - loudness(&out);
        if error.abs() < 0.02 {
            break;
        }
        gain += error;
    }
    out
}

/// A soft clipper, straight through for small samples.
fn clip(x: f32, drive: f32) -> f32 {
    if drive <= 1.0 { x } else { (x * drive).tanh() / drive }
}

/// All samples by a gain in dB.
pub fn gain_db(frames: &[Frame], db: f32) -> Vec<Frame> {
    let gain = 10f32.powf(db / 20.0);
    frames.iter().map(|f| [f[0] * gain, f[1] * gain]).collect()
}

/// A look-ahead limiter: the gain needed is held for 5 ms before and after each peak, smoothed by
/// a moving average of the same length (so it is down in time and no step is heard), and
/// recovers over about 120 ms.
fn limit(frames: &[Frame], ceiling: f32) -> Vec<Frame> {
    let reach = (0.005 * RATE) as usize;
    let count = frames.len();
    let need: Vec<f32> =
        frames.iter().map(|f| (ceiling / f[0].abs().max(f[1].abs()).max(1e-9)).min(1.0)).collect();
    let held = sliding_minimum(&need, reach);
    let back = (-1.0 / (0.12 * RATE)).exp();
    let mut eased = held.clone();
    for i in 1..count {
        eased[i] = held[i].min(1.0 - (1.0 - eased[i - 1]) * back);
    }
    let mut sum: f64 = eased[..reach.min(count)].iter().map(|g| *g as f64).sum();
    let mut out = Vec::with_capacity(count);
    for i in 0..count {
        let (from, to) = (i.saturating_sub(reach), (i + reach).min(count));
        if i > 0 {
            sum += if i + reach <= count { eased[i + reach - 1] as f64 } else { 0.0 };
            sum -= if i > reach { eased[i - reach - 1] as f64 } else { 0.0 };
        }
        let gain = (sum / (to - from) as f64) as f32;
        out.push([frames[i][0] * gain, frames[i][1] * gain]);
    }
    out
}

/// The minimum of each value and its neighbours within `reach`, by a monotone queue.
fn sliding_minimum(values: &[f32], reach: usize) -> Vec<f32> {
    let mut queue: std::collections::VecDeque<usize> = Default::default();
    let mut out = Vec::with_capacity(values.len());
    let mut next = 0;
    for i in 0..values.len() {
        while next < values.len() && next <= i + reach {
            while queue.back().is_some_and(|&b| values[b] >= values[next]) {
                queue.pop_back();
            }
            queue.push_back(next);
            next += 1;
        }
        while queue.front().is_some_and(|&f| f + reach < i) {
            queue.pop_front();
        }
        out.push(values[queue[0]]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(level: f32) -> Vec<Frame> {
        (0..88_200)
            .map(|i| {
                let burst = if i % 11_025 < 400 { 4.0 } else { 1.0 };
                let x = level * burst * (i as f32 * 0.06).sin();
                [x, x]
            })
            .collect()
    }

    #[test]
    fn no_sample_leaves_the_limiter_over_its_ceiling() {
        let out = limit(&tone(0.5), 0.7);
        let peak = out.iter().flatten().fold(0.0f32, |m, s| m.max(s.abs()));
        assert!(peak <= 0.7001, "{peak}");
    }

    #[test]
    fn the_master_reaches_its_loudness() {
        let out = master(&tone(0.1), 1.0, TARGET_LUFS, CEILING_DBTP);
        assert!((loudness(&out) - TARGET_LUFS).abs() < 0.1);
        assert!(true_peak(&out) <= CEILING_DBTP);
    }
}
