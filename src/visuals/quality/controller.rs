//! Which level of quality a machine can draw in time, from what its pictures cost: a controller with hysteresis.
//!
//! The mean cost must stay above the upper limit for a short time to lower the level, and below the lower limit for a long
//! time to raise it. A level that proved too high is tried again after a wait that doubles each time, so that a machine
//! between two levels does not swing.

use super::settings::QualitySettings;

/// What a picture cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureCost {
    /// Milliseconds.
    pub ms: f32,
    /// Whether the graphics card measured it. The time of a whole frame includes waiting for the monitor: it shows an
    /// overload, but not how much more could be done.
    pub known: bool,
}

/// Chooses the level from the cost of the pictures.
#[derive(Debug, Clone)]
pub struct QualityController {
    settings: QualitySettings,
    level: usize,
    held: bool,
    mean: Option<f32>,
    above: f32,
    below: f32,
    /// Seconds since the level rose, while it is on trial.
    trial: Option<f32>,
    /// Seconds before it may rise again, and the longest wait so far.
    wait: f32,
    patience: f32,
}

/// Time constant of the mean cost, in seconds.
const SMOOTH: f32 = 0.5;
/// Seconds after which a level that is on trial counts as right.
const PROVED: f32 = 60.0;
/// The longest wait before a level is tried again.
const LONGEST_PATIENCE: f32 = 3_600.0;
/// A frame of up to this share of the budget waited for the monitor.
const IN_TIME: f32 = 1.1;

impl QualityController {
    #[must_use]
    pub fn new(settings: &QualitySettings) -> Self {
        let (level, held) = settings.start();
        Self {
            settings: settings.clone(),
            level,
            held,
            mean: None,
            above: 0.0,
            below: 0.0,
            trial: None,
            wait: 0.0,
            patience: settings.again_seconds,
        }
    }

    /// Place of the level in the list of the settings.
    #[must_use]
    pub fn level(&self) -> usize {
        self.level
    }

    /// Mean cost of a picture in milliseconds.
    #[must_use]
    pub fn mean_ms(&self) -> Option<f32> {
        self.mean
    }

    /// Takes what the last picture cost, `dt` seconds after the one before; `true` if the level changes.
    pub fn step(&mut self, cost: PictureCost, dt: f32) -> bool {
        if self.held || !cost.ms.is_finite() || dt <= 0.0 {
            return false;
        }
        let mean = *self.mean.get_or_insert(cost.ms);
        let mean = mean + (cost.ms - mean) * (1.0 - (-dt / SMOOTH).exp());
        self.mean = Some(mean);
        let s = &self.settings;
        let share = mean / s.budget_ms;
        let idle = if cost.known { share < s.better_below } else { share < IN_TIME };
        let heavy = share > if cost.known { s.worse_above } else { s.worse_above.max(IN_TIME * 1.05) };
        self.above = if heavy { self.above + dt } else { 0.0 };
        self.below = if idle { self.below + dt } else { 0.0 };
        self.wait = (self.wait - dt).max(0.0);
        let falls = self.above >= s.worse_seconds && self.level > 0;
        let rises = self.below >= s.better_seconds && self.wait <= 0.0 && self.level + 1 < s.levels.len();
        self.prove(dt);
        if falls {
            self.fall();
        } else if rises {
            self.rise();
        }
        falls || rises
    }

    fn prove(&mut self, dt: f32) {
        if let Some(trial) = &mut self.trial {
            *trial += dt;
            if *trial > PROVED {
                (self.trial, self.patience) = (None, self.settings.again_seconds);
            }
        }
    }

    fn fall(&mut self) {
        if self.trial.take().is_some() {
            self.wait = self.patience;
            self.patience = (self.patience * 2.0).min(LONGEST_PATIENCE);
        }
        self.turn(self.level - 1);
    }

    fn rise(&mut self) {
        self.trial = Some(0.0);
        self.turn(self.level + 1);
    }

    fn turn(&mut self, level: usize) {
        (self.level, self.mean, self.above, self.below) = (level, None, 0.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visuals::VisualsSettings;

    fn settings() -> QualitySettings {
        let mut settings = VisualsSettings::default().quality;
        settings.level = "auto".into();
        settings.budget_ms = 16.0;
        settings
    }

    /// Runs at sixty pictures a second; `ms` gives the cost at a level. Gives every change: time and level.
    fn run(
        controller: &mut QualityController,
        seconds: u32,
        known: bool,
        ms: impl Fn(usize) -> f32,
    ) -> Vec<(u32, usize)> {
        let mut changes = Vec::new();
        for frame in 0..seconds * 60 {
            if controller.step(PictureCost { ms: ms(controller.level()), known }, 1.0 / 60.0) {
                changes.push((frame / 60, controller.level()));
            }
        }
        changes
    }

    #[test]
    fn a_weak_machine_ends_at_the_lowest_level_within_seconds() {
        let mut controller = QualityController::new(&settings());
        run(&mut controller, 15, true, |_| 80.0);
        assert_eq!(controller.level(), 0);
    }

    #[test]
    fn a_strong_machine_ends_at_the_finest() {
        let mut controller = QualityController::new(&settings());
        run(&mut controller, 300, true, |level| 1.0 + level as f32);
        assert_eq!(controller.level(), settings().levels.len() - 1);
    }

    #[test]
    fn a_machine_between_settles_and_does_not_swing() {
        let mut controller = QualityController::new(&settings());
        // Level 2 costs 70 % of the budget, level 3 twice the budget.
        let cost = |level: usize| [3.0, 6.0, 11.2, 32.0, 60.0][level];
        let changes = run(&mut controller, 3_600, true, cost);
        assert!(changes.len() <= 2, "{changes:?}");
        assert_eq!(controller.level(), 2);
    }

    #[test]
    fn without_gpu_times_a_level_that_proved_too_high_is_tried_less_and_less() {
        let mut controller = QualityController::new(&settings());
        // Every frame waits for the monitor at levels that fit.
        let cost = |level: usize| if level <= 2 { 16.6 } else { 33.3 };
        let changes = run(&mut controller, 7_200, false, cost);
        let trials: Vec<u32> = changes.iter().filter(|(_, level)| *level == 3).map(|(at, _)| *at).collect();
        assert!((2..=12).contains(&trials.len()), "{trials:?}");
        let gaps: Vec<u32> = trials.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.is_sorted(), "{gaps:?}");
    }

    #[test]
    fn one_slow_picture_changes_nothing() {
        let mut controller = QualityController::new(&settings());
        let level = controller.level();
        run(&mut controller, 2, true, |_| 9.0);
        assert!(!controller.step(PictureCost { ms: 200.0, known: true }, 0.2));
        run(&mut controller, 2, true, |_| 9.0);
        assert_eq!(controller.level(), level);
    }

    #[test]
    fn a_level_that_a_person_set_is_held() {
        let mut controller =
            QualityController::new(&QualitySettings { level: "highest".into(), ..settings() });
        assert!(run(&mut controller, 60, true, |_| 500.0).is_empty());
        assert_eq!(controller.level(), settings().levels.len() - 1);
    }
}
