//! One breath for the whole app: in, hold, out, rest, and again.
//!
//! Scenes and the ambient sound read the same [`Breath`], so two scenes that dissolve into each other breathe together
//! and the sound breathes with them. It runs at an easy pace of its own when no session asks for a pattern.
//!
//! The position is kept as a stage and the share of that stage that has passed, not as a share of the whole breath.
//! The amplitude depends on nothing else, so a change of pattern never makes it jump: only the speed changes. The
//! durations themselves are eased towards the new pattern, so the speed does not jump either.

use bevy::prelude::Resource;
use serde::{Deserialize, Serialize};

/// A part of a breath.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreathStage {
    /// Breathing in: the amplitude rises from 0 to 1.
    Inhale,
    /// Full lungs: the amplitude stays at 1.
    Hold,
    /// Breathing out: the amplitude falls from 1 to 0.
    Exhale,
    /// Empty lungs: the amplitude stays at 0.
    Rest,
}

impl BreathStage {
    /// All of them, in their order within a breath.
    pub const ALL: [Self; 4] = [Self::Inhale, Self::Hold, Self::Exhale, Self::Rest];

    fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }
}

/// How long each stage of a breath takes, in seconds.
///
/// In and out take 1.5 s to 60 s each, which is slow enough to follow and for no picture to pump; hold and rest take 0 s to 60 s.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f32; 4]", into = "[f32; 4]")]
pub struct BreathPattern {
    /// In, hold, out, rest.
    seconds: [f32; 4],
}

/// Why four durations are no [`BreathPattern`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BreathPatternError {
    /// A duration is outside of its range, or is not a number.
    #[error("{stage} takes {seconds} s; it must be between {shortest} and {longest} seconds")]
    OutOfRange {
        /// "in", "hold", "out" or "rest".
        stage: &'static str,
        seconds: f32,
        shortest: f32,
        longest: f32,
    },
}

/// Shortest inhale and exhale in seconds.
const SHORTEST_MOVE: f32 = 1.5;
/// Longest stage in seconds.
const LONGEST_STAGE: f32 = 60.0;

impl BreathPattern {
    /// The default pace when no session asks for one: 11 s, or 5.5 breaths a minute, of which the exhale is the longer
    /// part.
    pub const FREE: Self = Self { seconds: [4.6, 0.0, 6.4, 0.0] };

    /// A pattern of these durations in seconds.
    ///
    /// # Errors
    /// [`BreathPatternError`] names the stage and its range.
    pub fn new(inhale: f32, hold: f32, exhale: f32, rest: f32) -> Result<Self, BreathPatternError> {
        let stages = [
            ("in", inhale, SHORTEST_MOVE),
            ("hold", hold, 0.0),
            ("out", exhale, SHORTEST_MOVE),
            ("rest", rest, 0.0),
        ];
        for (stage, seconds, shortest) in stages {
            if !(shortest..=LONGEST_STAGE).contains(&seconds) {
                let longest = LONGEST_STAGE;
                return Err(BreathPatternError::OutOfRange { stage, seconds, shortest, longest });
            }
        }
        Ok(Self { seconds: [inhale, hold, exhale, rest] })
    }

    /// Duration of a stage in seconds.
    #[must_use]
    pub fn seconds(&self, stage: BreathStage) -> f32 {
        self.seconds[stage as usize]
    }

    /// Duration of a whole breath in seconds, 3 s or more.
    #[must_use]
    pub fn period(&self) -> f32 {
        self.seconds.iter().sum()
    }

    fn toward(self, goal: Self, share: f32) -> Self {
        let mut seconds = self.seconds;
        for (now, goal) in seconds.iter_mut().zip(goal.seconds) {
            *now += (goal - *now) * share;
        }
        Self { seconds }
    }
}

impl TryFrom<[f32; 4]> for BreathPattern {
    type Error = BreathPatternError;

    fn try_from([inhale, hold, exhale, rest]: [f32; 4]) -> Result<Self, Self::Error> {
        Self::new(inhale, hold, exhale, rest)
    }
}

impl From<BreathPattern> for [f32; 4] {
    fn from(pattern: BreathPattern) -> Self {
        pattern.seconds
    }
}

/// Time constant in seconds with which durations approach a new pattern: about one breath.
const EASE_SECONDS: f32 = 6.0;
/// Durations are eased in steps of at most this many seconds, so that the result hardly depends on the frame rate.
const LONGEST_STEP: f32 = 0.1;
/// A duration below this many seconds counts as none: the stage is passed over.
const NO_TIME: f32 = 1e-3;

/// The breath of the app: where it is now, and the pattern that it follows.
#[derive(Resource, Debug, Clone, PartialEq)]
pub struct Breath {
    stage: BreathStage,
    /// Share of the stage that has passed, 0..1.
    passed: f32,
    pattern: BreathPattern,
    goal: BreathPattern,
}

impl Default for Breath {
    fn default() -> Self {
        Self::new(BreathPattern::FREE)
    }
}

impl Breath {
    /// Begins to breathe in, at this pattern.
    #[must_use]
    pub fn new(pattern: BreathPattern) -> Self {
        Self { stage: BreathStage::Inhale, passed: 0.0, pattern, goal: pattern }
    }

    /// Eases into another pattern from where the breath is.
    pub fn follow(&mut self, pattern: BreathPattern) {
        self.goal = pattern;
    }

    /// Moves on by this many seconds. A time that is negative or no number is no time.
    pub fn advance(&mut self, seconds: f32) {
        let mut left = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
        while left > 0.0 && self.pattern != self.goal {
            let step = left.min(LONGEST_STEP);
            left -= step;
            self.ease(step);
            self.pass(step);
        }
        // Whole breaths change nothing, so a long pause costs no long loop.
        self.pass(left % self.pattern.period());
    }

    fn ease(&mut self, seconds: f32) {
        let share = -(-seconds / EASE_SECONDS).exp_m1();
        self.pattern = self.pattern.toward(self.goal, share);
        let close = |(now, goal): (f32, f32)| (now - goal).abs() < NO_TIME;
        if self.pattern.seconds.into_iter().zip(self.goal.seconds).all(close) {
            self.pattern = self.goal;
        }
    }

    fn pass(&mut self, mut seconds: f32) {
        loop {
            let duration = self.pattern.seconds(self.stage);
            let left = (1.0 - self.passed) * duration;
            if duration > NO_TIME && seconds < left {
                self.passed = (self.passed + seconds / duration).min(1.0);
                return;
            }
            seconds = (seconds - left).max(0.0);
            (self.stage, self.passed) = (self.stage.next(), 0.0);
        }
    }

    /// How full the lungs are, 0 empty ..= 1 full. It never jumps, and stands still for a moment at both ends: a
    /// raised cosine each way.
    #[must_use]
    pub fn amplitude(&self) -> f32 {
        let raised_cosine = |share: f32| 0.5 - 0.5 * (std::f32::consts::PI * share).cos();
        match self.stage {
            BreathStage::Inhale => raised_cosine(self.passed),
            BreathStage::Hold => 1.0,
            BreathStage::Exhale => raised_cosine(1.0 - self.passed),
            BreathStage::Rest => 0.0,
        }
    }

    /// The stage of the breath now.
    #[must_use]
    pub fn stage(&self) -> BreathStage {
        self.stage
    }

    /// Share of the whole breath that has passed, 0..1; 0 where breathing in begins.
    #[must_use]
    pub fn phase(&self) -> f32 {
        let before: f32 = self.pattern.seconds[..self.stage as usize].iter().sum();
        let within = self.passed * self.pattern.seconds(self.stage);
        ((before + within) / self.period()).clamp(0.0, 1.0 - f32::EPSILON)
    }

    /// Duration of a whole breath now, in seconds.
    #[must_use]
    pub fn period(&self) -> f32 {
        self.pattern.period()
    }

    /// The durations now. They are on their way to [`Breath::goal`].
    #[must_use]
    pub fn pattern(&self) -> BreathPattern {
        self.pattern
    }

    /// The pattern that is followed.
    #[must_use]
    pub fn goal(&self) -> BreathPattern {
        self.goal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(inhale: f32, hold: f32, exhale: f32, rest: f32) -> BreathPattern {
        BreathPattern::new(inhale, hold, exhale, rest).expect("a pattern")
    }

    const RATE: f32 = 60.0;

    fn run(breath: &mut Breath, seconds: f32) {
        for _ in 0..(seconds * RATE) as u32 {
            breath.advance(1.0 / RATE);
        }
    }

    /// Without a session the breath rises for 4.6 s and falls for 6.4 s, for ever.
    #[test]
    fn a_free_breath_rises_falls_and_begins_again() {
        let mut breath = Breath::default();
        assert!((breath.period() - 11.0).abs() < 1e-4 && breath.amplitude() < 1e-6);
        for _ in 0..3 {
            run(&mut breath, 4.6);
            assert!(breath.amplitude() > 0.999, "{breath:?}");
            run(&mut breath, 6.4);
            assert!(breath.amplitude() < 0.001, "{breath:?}");
        }
    }

    /// Box breathing: each of the four stages takes its time, and the amplitude stands still in two of them.
    #[test]
    fn hold_and_rest_stand_still() {
        let mut breath = Breath::new(pattern(4.0, 4.0, 4.0, 4.0));
        let mut seen = Vec::new();
        for _ in 0..4 {
            run(&mut breath, 2.0);
            seen.push((breath.stage(), breath.amplitude(), breath.phase()));
            run(&mut breath, 2.0);
        }
        assert_eq!(seen.iter().map(|s| s.0).collect::<Vec<_>>(), BreathStage::ALL);
        for ((_, amplitude, phase), (full, at)) in
            seen.into_iter().zip([(0.5, 0.125), (1.0, 0.375), (0.5, 0.625), (0.0, 0.875)])
        {
            assert!((amplitude - full).abs() < 0.01 && (phase - at).abs() < 0.01, "{amplitude} {phase}");
        }
    }

    /// A session eases in, keeps its rate, and leaves to the free pace again; the phase is never reset.
    #[test]
    fn a_pattern_is_eased_into_and_left() {
        let mut breath = Breath::default();
        run(&mut breath, 3.0);
        let before = (breath.stage(), breath.amplitude());
        breath.follow(pattern(4.0, 7.0, 8.0, 0.0));
        breath.advance(1e-3);
        assert_eq!(breath.stage(), before.0);
        assert!((breath.amplitude() - before.1).abs() < 1e-3);
        assert!((breath.period() - 11.0).abs() < 0.1, "at once");
        run(&mut breath, 90.0);
        assert_eq!(breath.pattern(), breath.goal());
        breath.follow(BreathPattern::FREE);
        run(&mut breath, 90.0);
        assert_eq!(breath.pattern(), BreathPattern::FREE);
    }

    /// Durations outside of their range are refused by the name of their stage.
    #[test]
    fn a_pattern_that_hurries_is_refused() {
        for (durations, word) in [
            ([1.0, 0.0, 4.0, 0.0], "in takes 1 s"),
            ([4.0, -1.0, 4.0, 0.0], "hold"),
            ([4.0, 0.0, f32::NAN, 0.0], "out"),
            ([4.0, 0.0, 4.0, 61.0], "rest"),
        ] {
            let error = BreathPattern::try_from(durations).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("between"), "{error}");
        }
    }

    /// A day in one step costs no time and leaves the breath where a day in small steps would.
    #[test]
    fn a_long_pause_is_passed_at_once() {
        let mut breath = Breath::default();
        breath.advance(11.0 * 7_000.0 + 4.6);
        assert!(breath.amplitude() > 0.98, "{breath:?}");
        breath.advance(f32::NAN);
        breath.advance(-5.0);
        assert!(breath.amplitude() > 0.98);
    }

    fn any_pattern() -> impl Strategy<Value = BreathPattern> {
        (1.5f32..12.0, 0.0f32..8.0, 1.5f32..12.0, 0.0f32..8.0).prop_map(|(i, h, e, r)| pattern(i, h, e, r))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Whatever is asked for and whenever, no frame moves the amplitude by more than the quickest breath does.
        #[test]
        fn the_amplitude_never_jumps(wishes in proptest::collection::vec((any_pattern(), 1u32..400), 1..8)) {
            let mut breath = Breath::default();
            for (wish, frames) in wishes {
                breath.follow(wish);
                for _ in 0..frames {
                    let before = breath.amplitude();
                    breath.advance(1.0 / RATE);
                    prop_assert!((breath.amplitude() - before).abs() < 0.02);
                    prop_assert!((0.0..=1.0).contains(&breath.amplitude()));
                    prop_assert!((0.0..1.0).contains(&breath.phase()));
                }
            }
        }

        /// The breath is the same at every frame rate, while a pattern is eased into as well.
        #[test]
        fn the_breath_does_not_depend_on_the_frame_rate(wish in any_pattern(), seconds in 1u32..40) {
            let mut breaths = [20u32, 144].map(|rate| {
                let mut breath = Breath::default();
                breath.follow(wish);
                for _ in 0..seconds * rate {
                    breath.advance(1.0 / rate as f32);
                }
                breath.amplitude()
            });
            breaths.sort_by(f32::total_cmp);
            prop_assert!(breaths[1] - breaths[0] < 0.03, "{breaths:?}");
        }
    }
}
