//! What a person may tune in how a mood forms.

use bevy::prelude::Resource;

use crate::foundation::settings;

settings! {
    /// Windows and thresholds of the mood, on both clocks.
    #[derive(Resource)]
    pub struct MoodSettings / MoodSettingsOverlay {
        /// Evidence window of the fast clock, which pictures follow: how many seconds a
        /// steady change takes to arrive by 90 %.
        pub picture_seconds: f32,
        /// The same for the slow clock, which music follows.
        pub music_seconds: f32,
        /// A new emotion must reach this smoothed probability, 0..=1.
        pub enter: f32,
        /// The emotion that holds is kept while it stays above this, 0..=1.
        pub leave: f32,
        /// What anger must reach instead: a concentrating face reads as anger too easily.
        pub enter_angry: f32,
        /// How long a new emotion must stay ahead before the fast mood follows, in seconds.
        pub picture_dwell_seconds: f32,
        /// The same for the slow mood.
        pub music_dwell_seconds: f32,
        /// How long a new number of people must be seen before it counts, in seconds.
        pub presence_settle_seconds: f32,
        /// How long the fast mood outlives the last face in view, in seconds.
        pub hold_seconds: f32,
        /// How long an empty room takes to become the slow mood, in seconds.
        pub music_hold_seconds: f32,
    }
}

impl MoodSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let seconds = [
            ("picture_seconds", self.picture_seconds),
            ("music_seconds", self.music_seconds),
            ("picture_dwell_seconds", self.picture_dwell_seconds),
            ("music_dwell_seconds", self.music_dwell_seconds),
            ("presence_settle_seconds", self.presence_settle_seconds),
            ("hold_seconds", self.hold_seconds),
            ("music_hold_seconds", self.music_hold_seconds),
        ];
        for (field, value) in seconds {
            if !(0.0..=3_600.0).contains(&value) {
                return Err((field, format!("{value} is not between 0 and 3600 seconds")));
            }
        }
        let shares = [("enter", self.enter), ("leave", self.leave), ("enter_angry", self.enter_angry)];
        for (field, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                return Err((field, format!("{value} is not between 0 and 1")));
            }
        }
        if self.leave > self.enter {
            return Err(("leave", format!("{} is above enter ({})", self.leave, self.enter)));
        }
        Ok(())
    }
}
