//! One person over time: what is known about their expression, and how well they can be seen.

use std::time::Duration;

use super::baseline::Baseline;
use super::emotion_shares::EmotionShares;
use super::settings::MoodSettings;
use super::smoothing::{FrameInterval, ShareSmoother, arrived};
use crate::emotion::Probabilities;
use crate::vision::face::ViewQuality;

/// One face of a frame, as the estimator takes it.
#[derive(Debug, Clone, Copy)]
pub struct SeenFace {
    /// The same number for the same person.
    pub id: u32,
    /// Calibrated, over the seven emotions.
    pub probabilities: Probabilities,
    /// Size of the face in square pixels of the frame.
    pub area: f32,
    /// A view that is poor, for any reason, says nothing of the expression.
    pub quality: ViewQuality,
    /// Probability that it is none of the seven, 0..=1.
    pub abstain: f32,
}

impl SeenFace {
    /// Area × quality; 0 for what cannot be a face.
    fn weight(&self) -> f32 {
        let weight = self.area * self.quality.score;
        if weight.is_finite() { weight.max(0.0) } else { 0.0 }
    }
}

/// What is remembered of a person while they are in view.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: u32,
    baseline: Baseline,
    expression: ShareSmoother,
    gap: FrameInterval,
    window: f32,
    /// Smoothed area × quality.
    weight: f32,
    /// Smoothed area.
    area: f32,
    pub(super) last_seen: Duration,
}

impl Person {
    pub(super) fn new(settings: &MoodSettings, face: &SeenFace, at: Duration) -> Self {
        Self {
            id: face.id,
            baseline: Baseline::new(&settings.baseline),
            expression: ShareSmoother::new(settings.picture_seconds),
            gap: FrameInterval::default(),
            window: settings.picture_seconds,
            weight: face.weight(),
            area: if face.area.is_finite() { face.area.max(0.0) } else { 0.0 },
            last_seen: at,
        }
    }

    /// Takes in a view of this person. A poor one says *unknown*.
    pub(super) fn see(&mut self, at: Duration, face: &SeenFace) {
        self.last_seen = self.last_seen.max(at);
        let Some(dt) = self.gap.to(at) else { return };
        let arrived = arrived(dt, self.window);
        self.weight += arrived * (face.weight() - self.weight);
        if face.area.is_finite() {
            self.area += arrived * (face.area.max(0.0) - self.area);
        }
        let seen = if face.quality.poor.is_some() {
            EmotionShares::UNKNOWN
        } else {
            self.baseline.learn(dt, &face.probabilities);
            EmotionShares::new(&self.baseline.correct(&face.probabilities), 1.0 - face.abstain)
        };
        self.expression.add(dt, &seen);
    }

    /// What is known about their expression, smoothed over the fast window.
    pub(super) fn evidence(&self) -> &EmotionShares {
        self.expression.value()
    }

    /// Smoothed size of the face: the nearest person has the largest.
    pub(super) fn area(&self) -> f32 {
        self.area
    }

    /// Share in the mood of the group: area × quality × certainty.
    pub(super) fn weight(&self) -> f32 {
        self.weight * self.evidence().certainty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::settings::Settings;
    use crate::emotion::Emotion;
    use crate::vision::face::PoorView;

    fn face(quality: ViewQuality, abstain: f32) -> SeenFace {
        SeenFace {
            id: 1,
            probabilities: Probabilities::certain(Emotion::Happy),
            area: 100.0,
            quality,
            abstain,
        }
    }

    fn watch(person: &mut Person, from_ms: u64, to_ms: u64, face: &SeenFace) {
        for ms in (from_ms..to_ms).step_by(100) {
            person.see(Duration::from_millis(ms), face);
        }
    }

    #[test]
    fn a_poor_view_lowers_what_is_known_and_never_speaks_of_neutral() {
        let settings = Settings::shipped().expect("valid").mood;
        let good = face(ViewQuality::GOOD, 0.0);
        let mut person = Person::new(&settings, &good, Duration::ZERO);
        watch(&mut person, 0, 3_000, &good);
        let before = person.weight();
        assert!(person.evidence().known() > 0.95);
        let poor = face(ViewQuality { score: 0.2, poor: Some(PoorView::Blurred) }, 0.0);
        watch(&mut person, 3_000, 5_000, &poor);
        assert!(person.evidence().known() < 0.1);
        assert!(person.weight() < before * 0.1);
        assert!(person.evidence().probabilities().of(Emotion::Neutral) < 0.01);
    }

    #[test]
    fn as_much_is_unknown_as_the_network_says() {
        let settings = Settings::shipped().expect("valid").mood;
        let doubtful = face(ViewQuality::GOOD, 0.4);
        let mut person = Person::new(&settings, &doubtful, Duration::ZERO);
        watch(&mut person, 0, 5_000, &doubtful);
        assert!((person.evidence().known() - 0.6).abs() < 0.01, "{}", person.evidence().known());
    }
}
