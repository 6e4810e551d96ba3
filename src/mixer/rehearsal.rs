//! One transition by itself: rendered, measured and described.

use std::path::Path;

use ebur128::{EbuR128, Mode};
use serde::Serialize;

use super::booth::Booth;
use super::console::OFFLINE_RATE;
use super::plan::Plan;
use super::settings::MixerSettings;
use super::wav::WavSink;
use crate::music::Pick;

/// Stretch of a short-term loudness (EBU R 128) in seconds.
const SHORT_TERM: f64 = 3.0;
/// The longest wait for a transition, in seconds of the old track.
const PATIENCE: f64 = 120.0;
/// What is rendered between two looks at whether the transition has begun, in seconds.
const STEP: f64 = 0.02;

/// When the second track is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// When the first one ends.
    AtEnd,
    /// At a time of the first one in seconds, as for a change of mood.
    At(f64),
}

/// Why there is nothing to hear.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    #[error("{0}")]
    Unplayable(String),
    #[error("{0} did not begin within two minutes")]
    NeverBegan(String),
    #[error(transparent)]
    Write(Box<dyn std::error::Error + Send + Sync>),
}

/// A rendered transition.
#[derive(Debug)]
pub struct Rehearsal {
    pub plan: Plan,
    /// Interleaved stereo at 48 kHz.
    pub samples: Vec<f32>,
    /// Where the fade begins and ends in `samples`, in seconds.
    pub begin: f64,
    pub end: f64,
}

/// What was measured in a transition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Heard {
    /// Loudness of the three seconds before, of the fade (or of three seconds around a shorter one), and
    /// of the three seconds after, in LUFS.
    pub before: f64,
    pub during: f64,
    pub after: f64,
    /// The softest and the loudest three seconds of all that, in LUFS.
    pub softest: f64,
    pub loudest: f64,
    /// In dBTP, of everything.
    pub true_peak: f64,
}

impl Heard {
    /// How far fade and after are from before, in LU.
    #[must_use]
    pub fn uneven(&self) -> f64 {
        (self.during - self.before).abs().max((self.after - self.before).abs())
    }
}

/// Renders how `first` goes over into `second`, with so many seconds around it.
///
/// # Errors
/// If a file cannot be played.
pub fn rehearse(
    first: Pick,
    second: Pick,
    moment: Moment,
    around: f64,
    settings: &MixerSettings,
) -> Result<Rehearsal, RehearsalError> {
    let mut booth = Booth::new(settings, OFFLINE_RATE);
    let name = second.track.title.clone();
    booth.play(first);
    booth.seconds(2.0 * STEP);
    let target = match moment {
        Moment::AtEnd => booth.exit().unwrap_or(0.0),
        Moment::At(seconds) => seconds,
    };
    let notice = f64::from(settings.notice_seconds);
    let start = (target - around.max(notice)).max(0.0);
    if start > 0.0 {
        booth.seek(std::time::Duration::from_secs_f64(start));
        booth.seconds(0.5);
    }
    let mut samples = Vec::new();
    let mut next = Some(second);
    let begin = loop {
        let now = samples.len() as f64 / 2.0 / f64::from(OFFLINE_RATE);
        if let Some(trouble) = booth.troubles().first() {
            return Err(RehearsalError::Unplayable(trouble.clone()));
        }
        let due = match moment {
            Moment::AtEnd => booth.wants_a_track(),
            Moment::At(seconds) => booth.position().as_secs_f64() >= seconds,
        };
        if due && let Some(next) = next.take() {
            booth.play(next);
        }
        if next.is_none() && booth.crossfade().is_some() {
            break now + booth.until_fade();
        }
        if now > PATIENCE + around {
            return Err(RehearsalError::NeverBegan(name));
        }
        samples.extend(booth.seconds(STEP));
    };
    let Some(plan) = booth.plans().last().copied() else { return Err(RehearsalError::NeverBegan(name)) };
    let end = begin + plan.seconds;
    let done = samples.len() as f64 / 2.0 / f64::from(OFFLINE_RATE);
    samples.extend(booth.seconds(end + around - done));
    Ok(Rehearsal { plan, samples, begin, end })
}

impl Rehearsal {
    /// Measures loudness and peaks.
    #[must_use]
    pub fn heard(&self) -> Heard {
        let (mut softest, mut loudest) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut at = self.begin - SHORT_TERM;
        while at <= self.end {
            let loudness = self.loudness(at, at + SHORT_TERM);
            (softest, loudest) = (softest.min(loudness), loudest.max(loudness));
            at += 0.1;
        }
        let middle = f64::midpoint(self.begin, self.end);
        let half = (self.end - self.begin).max(SHORT_TERM) / 2.0;
        Heard {
            before: self.loudness(self.begin - SHORT_TERM, self.begin),
            during: self.loudness(middle - half, middle + half),
            after: self.loudness(self.end, self.end + SHORT_TERM),
            softest,
            loudest,
            true_peak: self.true_peak(),
        }
    }

    /// Writes it as a WAV file.
    ///
    /// # Errors
    /// Names the file and the reason.
    pub fn write(&self, file: &Path) -> Result<(), RehearsalError> {
        let written = WavSink::create(file).and_then(|mut sink| {
            sink.write(&self.samples)?;
            sink.finish()
        });
        written.map_err(|error| RehearsalError::Write(Box::new(error)))
    }

    /// Ungated loudness of a stretch in LUFS.
    fn loudness(&self, from: f64, to: f64) -> f64 {
        let frame = |seconds: f64| 2 * (seconds.max(0.0) * f64::from(OFFLINE_RATE)) as usize;
        let end = frame(to).min(self.samples.len());
        // The filters of the meter settle in what comes before.
        let settle = frame(from - 0.5).min(end);
        let window = ((to - from).max(0.01) * 1_000.0) as usize;
        let Ok(mut meter) = EbuR128::new(2, OFFLINE_RATE, Mode::M) else { return f64::NAN };
        let measured = meter
            .set_max_window(window as u32 + 10)
            .and_then(|()| meter.add_frames_f32(&self.samples[settle..end]))
            .and_then(|()| meter.loudness_window(window as u32));
        measured.unwrap_or(f64::NAN)
    }

    fn true_peak(&self) -> f64 {
        let Ok(mut meter) = EbuR128::new(2, OFFLINE_RATE, Mode::TRUE_PEAK) else { return f64::NAN };
        let peaks = meter
            .add_frames_f32(&self.samples)
            .and_then(|()| Ok(meter.true_peak(0)?.max(meter.true_peak(1)?)));
        peaks.map_or(f64::NAN, |peak| 20.0 * peak.log10())
    }
}
