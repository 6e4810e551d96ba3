//! Settings of sessions.

use bevy::prelude::Resource;

use super::breath::{BreathPattern, BreathStage};
use crate::settings::settings;

settings! {
    /// The breath that pictures and ambient pad follow.
    #[derive(Resource)]
    pub struct SessionSettings / SessionSettingsOverlay {
        /// The pace of the breath while no session asks for a pattern. A change is eased into.
        pub breath: BreathSettings,
    }
}

settings! {
    /// The pace of a breath.
    #[derive(Copy)]
    pub struct BreathSettings / BreathSettingsOverlay {
        /// How long breathing in takes.
        pub in_seconds: f32 = BreathPattern::FREE.seconds(BreathStage::Inhale), in 1.5..=60.0, unit "s",
        /// How long the breath is held after breathing in.
        pub hold_seconds: f32 = BreathPattern::FREE.seconds(BreathStage::Hold), in 0.0..=60.0, unit "s",
        /// How long breathing out takes.
        pub out_seconds: f32 = BreathPattern::FREE.seconds(BreathStage::Exhale), in 1.5..=60.0, unit "s",
        /// How long the rest after breathing out is.
        pub rest_seconds: f32 = BreathPattern::FREE.seconds(BreathStage::Rest), in 0.0..=60.0, unit "s",
    }
}

impl BreathSettings {
    /// The pattern of this pace. The ranges are those of a pattern; settings that were never checked give the free pace.
    #[must_use]
    pub fn pattern(&self) -> BreathPattern {
        BreathPattern::new(self.in_seconds, self.hold_seconds, self.out_seconds, self.rest_seconds)
            .unwrap_or(BreathPattern::FREE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{SettingField, tree_of};

    /// Whatever the ranges of the settings allow is a pattern, and nothing beyond them is.
    #[test]
    fn the_ranges_of_the_settings_are_those_of_a_pattern() {
        let tree = tree_of::<SessionSettings>();
        let ranges: Vec<_> =
            tree.fields().iter().map(|SettingField { range, .. }| range.expect("a range")).collect();
        let pattern = |at: [f64; 4]| BreathPattern::try_from(at.map(|seconds| seconds as f32));
        let middle = [4.0, 4.0, 4.0, 4.0];
        assert_eq!(ranges.len(), middle.len());
        for (stage, range) in ranges.iter().enumerate() {
            let with = |seconds| {
                let mut at = middle;
                at[stage] = seconds;
                pattern(at)
            };
            assert!(with(range.least).is_ok() && with(range.greatest).is_ok(), "{stage}: {range}");
            assert!(
                with(range.least - 0.01).is_err() && with(range.greatest + 0.01).is_err(),
                "{stage}: {range}"
            );
        }
        assert_eq!(BreathSettings::default().pattern(), BreathPattern::FREE);
    }
}
