//! Measures what is heard: the rendered mix, delayed by the latency of the output.

use std::time::Duration;

use bevy::prelude::Resource;
use kira::Frame;

use super::level_analyser::LevelAnalyser;
use super::output_latency::LatencyDelay;
use super::sound_levels::SoundLevels;

/// Without new frames for this long, the levels fall to zero.
const LEVELS_HOLD: Duration = Duration::from_millis(300);

/// What the meter needs to know of the output.
#[derive(Debug, Clone, Copy)]
pub(in crate::mixer) struct OutputState {
    /// Frames per second.
    pub(in crate::mixer) rate: u32,
    /// Frames between rendering and loudspeaker; `None` for an output that is not a device.
    pub(in crate::mixer) device_latency: Option<u64>,
}

/// Delays and measures the mix.
#[derive(Resource)]
pub(in crate::mixer) struct OutputMeter {
    analyser: LevelAnalyser,
    delay: LatencyDelay,
    heard: Vec<Frame>,
    last_heard: Duration,
    last_measured: Duration,
    /// Latency beyond the buffers of the device, in seconds.
    extra_latency: f32,
}

impl OutputMeter {
    /// `extra_latency`: how much later the loudspeaker is than the buffers of the device, in seconds.
    pub(in crate::mixer) fn new(rate: u32, extra_latency: f32) -> Self {
        Self {
            analyser: LevelAnalyser::new(rate),
            delay: LatencyDelay::new(),
            heard: Vec::new(),
            last_heard: Duration::ZERO,
            last_measured: Duration::ZERO,
            extra_latency,
        }
    }

    pub(in crate::mixer) fn set_extra_latency(&mut self, seconds: f32) {
        self.extra_latency = seconds;
    }

    /// Forgets frames of an output that was replaced.
    pub(in crate::mixer) fn restart(&mut self) {
        self.delay = LatencyDelay::new();
    }

    /// Frames that are rendered but not heard yet.
    pub(in crate::mixer) fn frames_ahead(&self) -> u64 {
        self.delay.ahead()
    }

    /// Tempo and phase of the beat as the onsets tell it: phase 0..1, and beats per minute.
    pub(in crate::mixer) fn tracked_beat(&self) -> Option<(f32, f32)> {
        self.analyser.beats().beat()
    }

    /// Measures what was heard since the last call; takes the `rendered` frames. `now` is wall-clock
    /// time. `None` if nothing was heard for a while. The beat is left out.
    pub(in crate::mixer) fn measure(
        &mut self,
        rendered: &mut Vec<Frame>,
        output: OutputState,
        before: &SoundLevels,
        now: Duration,
    ) -> Option<SoundLevels> {
        self.delay.push(rendered);
        if let Some(latency) = output.device_latency {
            let passed = now.saturating_sub(self.last_measured).as_secs_f64() * f64::from(output.rate);
            let extra = f64::from(self.extra_latency) * f64::from(output.rate);
            self.delay.pop_due(passed, latency + extra as u64, &mut self.heard);
        } else {
            self.delay.pop_all(&mut self.heard);
        }
        self.last_measured = now;
        if !self.heard.is_empty() {
            self.last_heard = now;
        } else if now.saturating_sub(self.last_heard) > LEVELS_HOLD {
            return None;
        }
        if self.analyser.rate() != output.rate {
            self.analyser = LevelAnalyser::new(output.rate);
        }
        let levels = self.analyser.measure(&self.heard, before);
        self.heard.clear();
        Some(levels)
    }
}
