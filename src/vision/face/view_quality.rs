//! How well a face can be seen: quality comes before opinion.

use super::{FaceView, ViewQualitySettings};
use crate::emotion::UnreadableReason;

/// How good a view of a face is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ViewQuality {
    /// 0 useless ..= 1 as good as it gets; a weight in the mood of a group.
    pub score: f32,
    /// Why no opinion should be formed from this view, if so. The reading is then *unknown*, never *neutral*.
    pub unreadable: Option<UnreadableReason>,
}

impl ViewQuality {
    /// Nothing stands in the way.
    pub const GOOD: Self = Self { score: 1.0, unreadable: None };

    /// Judges a view. `abstain` is the network's own doubt, 0..=1; 0 where it was not asked.
    ///
    /// The score is the product of one share for each measure, which grows from 0.5 at its threshold to 1 well
    /// away from it.
    #[must_use]
    pub fn judge(view: &FaceView, abstain: f32, limits: &ViewQualitySettings) -> Self {
        // The light comes before focus and pose: in the dark neither can be told.
        let measures = [
            (UnreadableReason::TooSmall, view.pixels / limits.min_pixels),
            (UnreadableReason::TooDark, view.brightness / limits.min_brightness),
            (UnreadableReason::TooBright, (255.0 - view.brightness) / (255.0 - limits.max_brightness)),
            (UnreadableReason::TooBright, below(limits.max_clipped, view.clipped)),
            (UnreadableReason::TurnedAway, below(limits.max_turn, view.turn.abs())),
            (UnreadableReason::Blurred, view.sharpness / limits.min_sharpness),
            (UnreadableReason::Unsure, below(1.0 - limits.min_score, 1.0 - view.score)),
            (UnreadableReason::Unsure, below(limits.max_abstain, abstain)),
        ];
        let unreadable = measures.iter().find(|(_, margin)| *margin < 1.0).map(|(reason, _)| *reason);
        let score = measures.iter().map(|(_, margin)| share(*margin)).product();
        Self { score, unreadable }
    }
}

/// The margin of something that should be small: how often it fits into the most that is allowed.
fn below(most: f32, found: f32) -> f32 {
    most / found.max(f32::MIN_POSITIVE)
}

/// 0 at a margin of 0, 0.5 at the threshold, 1 from twice the threshold on. 0 over 0 has no say.
fn share(margin: f32) -> f32 {
    if margin.is_nan() { 1.0 } else { (margin / 2.0).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vision::face::FaceSettings;

    fn limits() -> ViewQualitySettings {
        FaceSettings::default().quality
    }

    const FINE: FaceView =
        FaceView { pixels: 120.0, sharpness: 0.9, brightness: 130.0, clipped: 0.0, turn: 0.05, score: 0.95 };

    #[test]
    fn a_good_view_is_good() {
        let quality = ViewQuality::judge(&FINE, 0.05, &limits());
        assert!(quality.unreadable.is_none() && quality.score > 0.9, "{quality:?}");
    }

    #[test]
    fn each_fault_is_named() {
        let cases = [
            (FaceView { pixels: 30.0, ..FINE }, 0.0, UnreadableReason::TooSmall),
            (FaceView { brightness: 20.0, ..FINE }, 0.0, UnreadableReason::TooDark),
            (FaceView { brightness: 240.0, ..FINE }, 0.0, UnreadableReason::TooBright),
            (FaceView { clipped: 0.5, ..FINE }, 0.0, UnreadableReason::TooBright),
            (FaceView { turn: -0.6, ..FINE }, 0.0, UnreadableReason::TurnedAway),
            (FaceView { sharpness: 0.01, ..FINE }, 0.0, UnreadableReason::Blurred),
            (FaceView { score: 0.61, ..FINE }, 0.0, UnreadableReason::Unsure),
            (FINE, 0.8, UnreadableReason::Unsure),
        ];
        for (view, abstain, expected) in cases {
            let quality = ViewQuality::judge(&view, abstain, &limits());
            assert_eq!(quality.unreadable, Some(expected), "{view:?}");
            assert!(quality.score < 0.5, "{quality:?}");
        }
    }

    #[test]
    fn the_most_helpful_reason_comes_first() {
        let far_and_soft = FaceView { pixels: 30.0, sharpness: 0.01, score: 0.6, ..FINE };
        assert_eq!(
            ViewQuality::judge(&far_and_soft, 1.0, &limits()).unreadable,
            Some(UnreadableReason::TooSmall)
        );
        let dark_and_soft = FaceView { brightness: 10.0, sharpness: 0.01, ..FINE };
        assert_eq!(
            ViewQuality::judge(&dark_and_soft, 0.0, &limits()).unreadable,
            Some(UnreadableReason::TooDark)
        );
    }

    proptest! {
        #[test]
        fn a_score_is_a_share_and_low_where_the_view_is_poor(
            pixels in 0.0..500.0_f32, sharpness in 0.0..3.0_f32, brightness in 0.0..=255.0_f32,
            clipped in 0.0..=1.0_f32, turn in -2.0..2.0_f32, score in 0.0..=1.0_f32, abstain in 0.0..=1.0_f32,
        ) {
            let view = FaceView { pixels, sharpness, brightness, clipped, turn, score };
            let quality = ViewQuality::judge(&view, abstain, &limits());
            prop_assert!((0.0..=1.0).contains(&quality.score));
            prop_assert!(quality.unreadable.is_none() || quality.score <= 0.5);
        }
    }
}
