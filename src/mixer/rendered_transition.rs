//! Renders one transition by itself and measures its loudness.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ebur128::{EbuR128, Mode};
use serde::Serialize;

use super::graph::wav_file::WavFile;
use super::graph::{OFFLINE_RATE, OutputError};
use super::offline_mixer::OfflineMixer;
use super::settings::MixerSettings;
use super::transition::TransitionPlan;
use super::transport::Transport;
use crate::music::Pick;

/// Window of the short-term loudness of EBU R 128, in seconds.
const SHORT_TERM: f64 = 3.0;
/// The longest wait for a transition, in seconds of the old track.
const LONGEST_WAIT: f64 = 120.0;
/// Length of a block between two checks whether the transition has begun, in seconds.
const STEP: f64 = 0.02;

/// When the second track begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TransitionStart {
    /// At the end of the first one.
    AtEnd,
    /// At a position of the first one in seconds, as for a change of mood.
    At(f64),
}

/// A transition to be rendered.
#[derive(Debug, Clone)]
pub struct TransitionRequest {
    pub first: Pick,
    pub second: Pick,
    pub start: TransitionStart,
    /// Seconds to render before and after the fade.
    pub around: f64,
    /// The database of the library, which has the loudness over time of tracks that were analysed.
    pub library: Option<PathBuf>,
}

/// Why a transition could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderTransitionError {
    #[error("{0}")]
    Unplayable(String),
    #[error("{0} did not begin within two minutes")]
    NeverBegan(String),
    #[error(transparent)]
    NoGraph(#[from] OutputError),
    #[error(transparent)]
    Write(Box<dyn std::error::Error + Send + Sync>),
}

/// A rendered transition.
#[derive(Debug)]
pub struct RenderedTransition {
    pub plan: TransitionPlan,
    /// Interleaved stereo at 48 kHz.
    pub samples: Vec<f32>,
    /// Where the fade begins and ends in `samples`, in seconds.
    pub begin: f64,
    pub end: f64,
}

/// Loudness and peak of a transition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TransitionMeasurements {
    /// Loudness in LUFS of the three seconds before the fade, of the fade (of three seconds around a shorter
    /// one), and of the three seconds after it.
    pub before: f64,
    pub during: f64,
    pub after: f64,
    /// The softest and the loudest three seconds, in LUFS.
    pub softest: f64,
    pub loudest: f64,
    /// True peak in dBTP.
    pub true_peak: f64,
}

impl TransitionMeasurements {
    /// Largest difference of fade and after from before, in LU.
    #[must_use]
    pub fn unevenness(&self) -> f64 {
        (self.during - self.before).abs().max((self.after - self.before).abs())
    }
}

/// Renders a transition.
///
/// # Errors
/// If a file cannot be played.
pub fn render_transition(
    request: TransitionRequest,
    settings: &MixerSettings,
) -> Result<RenderedTransition, RenderTransitionError> {
    let TransitionRequest { first, second, start, around, library } = request;
    let mut mixer = OfflineMixer::with_library(settings, OFFLINE_RATE, library)?;
    let name = second.track.title.clone();
    mixer.play(first);
    mixer.seconds(2.0 * STEP);
    let target = match start {
        TransitionStart::AtEnd => mixer.earliest_exit().unwrap_or(0.0),
        TransitionStart::At(seconds) => seconds,
    };
    let notice = f64::from(settings.notice_seconds);
    let from = (target - around.max(notice)).max(0.0);
    if from > 0.0 {
        mixer.transport(Transport::Seek(Duration::from_secs_f64(from)));
        mixer.seconds(0.5);
    }
    let mut samples = Vec::new();
    let mut next = Some(second);
    let begin = loop {
        let now = samples.len() as f64 / 2.0 / f64::from(OFFLINE_RATE);
        if let Some(problem) = mixer.problems().first() {
            return Err(RenderTransitionError::Unplayable(problem.clone()));
        }
        let due = match start {
            TransitionStart::AtEnd => mixer.wants_track(),
            TransitionStart::At(seconds) => mixer.position().as_secs_f64() >= seconds,
        };
        if due && let Some(next) = next.take() {
            mixer.play(next);
        }
        if next.is_none() && mixer.crossfade().is_some() {
            break now + mixer.seconds_until_fade();
        }
        if now > LONGEST_WAIT + around {
            return Err(RenderTransitionError::NeverBegan(name));
        }
        samples.extend(mixer.seconds(STEP));
    };
    let Some(plan) = mixer.plans().last().copied() else {
        return Err(RenderTransitionError::NeverBegan(name));
    };
    let end = begin + plan.seconds;
    let done = samples.len() as f64 / 2.0 / f64::from(OFFLINE_RATE);
    samples.extend(mixer.seconds(end + around - done));
    Ok(RenderedTransition { plan, samples, begin, end })
}

impl RenderedTransition {
    /// Measures loudness and peaks.
    #[must_use]
    pub fn measure(&self) -> TransitionMeasurements {
        let (mut softest, mut loudest) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut at = self.begin - SHORT_TERM;
        while at <= self.end {
            let loudness = self.loudness(at, at + SHORT_TERM);
            (softest, loudest) = (softest.min(loudness), loudest.max(loudness));
            at += 0.1;
        }
        let middle = f64::midpoint(self.begin, self.end);
        let half = (self.end - self.begin).max(SHORT_TERM) / 2.0;
        TransitionMeasurements {
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
    pub fn write(&self, file: &Path) -> Result<(), RenderTransitionError> {
        let written = WavFile::create(file).and_then(|mut file| {
            file.write(&self.samples)?;
            file.finish()
        });
        written.map_err(|error| RenderTransitionError::Write(Box::new(error)))
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
