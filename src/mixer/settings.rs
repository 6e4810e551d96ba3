//! What a person may tune in how music is mixed.

use bevy::prelude::Resource;

use super::bed::BedSettings;
use super::plan::{LawWanted, Rules};
use crate::settings::{choices, settings};

choices!(LawWanted { Auto, EqualPower, EqualGain });

settings! {
    /// Loudness, the lengths of fades, and the device. Changes hold at once, but for those of the output.
    #[derive(Resource)]
    pub struct MixerSettings / MixerSettingsOverlay {
        /// Length of a crossfade in seconds where nothing is known of the tracks, and for a change of mood.
        pub crossfade_seconds: f32,
        /// No crossfade is longer, however long outro and intro are, in seconds.
        pub longest_crossfade_seconds: f32,
        /// Length of a crossfade that a person asks for, in seconds.
        pub asked_fade_seconds: f32,
        /// Length of the fade from silence, at the start and after a lost device, in seconds.
        pub first_fade_seconds: f32,
        /// How two tracks share a crossfade: `auto`, `equal_power` or `equal_gain`.
        pub fade_law: LawWanted,
        /// An incoming track follows the tempo of the other by at most this share, 0..=0.08.
        pub stretch: f32,
        /// Beats count from this confidence on, 0..=1.
        pub beat_trust: f32,
        /// The next track is asked for so long before the first moment at which it may begin, in seconds.
        pub notice_seconds: f32,
        /// Whether all tracks are brought to one loudness.
        pub normalise: bool,
        /// That loudness in LUFS.
        pub target_lufs: f32,
        /// How far the hand on the fader may go to keep a transition even, in decibels; 0 is not at all.
        pub ride_db: f32,
        /// The loudest true peak in dBTP.
        pub ceiling_dbtp: f32,
        /// Master volume, 0 silent ..= 1 full; half sounds about half as loud.
        pub volume: f32,
        /// Night mode: softer, and loud passages closer to quiet ones.
        pub night: bool,
        /// How much softer the night is, in decibels.
        pub night_db: f32,
        /// How far music steps back under a short sound, in decibels.
        pub duck_db: f32,
        /// Length of the ramp of a pause in seconds.
        pub pause_seconds: f32,
        /// How far one press seeks, in seconds.
        pub seek_seconds: f32,
        /// Name of the sound device or a part of it; empty for the default one.
        pub device: String,
        /// A device that takes no sound for this long is dead and is opened again, in seconds. A virtual
        /// device may pause for two seconds when the machine is very busy.
        pub device_frozen_seconds: f32,
        /// How much later the loudspeaker is than the buffers of the device say, in seconds.
        pub output_latency_seconds: f32,
        /// Loudness of the short sounds of the interface, in decibels.
        pub cue_volume_db: f32,
        /// Whether a soft sound greets who comes in, and another who leaves.
        pub greet: bool,
        /// At least this long between two such sounds, in seconds.
        pub greet_pause_seconds: f32,
        /// The bell rings every so many minutes while somebody is in the room; 0 never.
        pub bell_minutes: f32,
        /// Loudness of the bell in decibels.
        pub bell_volume_db: f32,
        /// How everything else steps back under the bell.
        pub bell_duck: DuckSettings,
        /// The living bed.
        pub bed: BedSettings,
    }
}

settings! {
    /// How everything else steps back under a sound.
    pub struct DuckSettings / DuckSettingsOverlay {
        /// How far, in decibels.
        pub db: f32,
        /// Time constant of stepping back, in seconds.
        pub fall_seconds: f32,
        /// How long it stays there, in seconds.
        pub hold_seconds: f32,
        /// Time constant of the return, in seconds.
        pub return_seconds: f32,
    }
}

impl MixerSettings {
    /// Checks ranges.
    ///
    /// # Errors
    /// The field and what it must be.
    pub fn validate(&self) -> Result<(), (&'static str, String)> {
        let numbers = [
            ("crossfade_seconds", self.crossfade_seconds, 0.05..=60.0, "seconds"),
            ("longest_crossfade_seconds", self.longest_crossfade_seconds, 0.05..=60.0, "seconds"),
            ("asked_fade_seconds", self.asked_fade_seconds, 0.05..=60.0, "seconds"),
            ("first_fade_seconds", self.first_fade_seconds, 0.005..=10.0, "seconds"),
            ("notice_seconds", self.notice_seconds, 1.0..=60.0, "seconds"),
            ("device_frozen_seconds", self.device_frozen_seconds, 0.5..=60.0, "seconds"),
            ("output_latency_seconds", self.output_latency_seconds, 0.0..=1.0, "seconds"),
            ("pause_seconds", self.pause_seconds, 0.005..=5.0, "seconds"),
            ("seek_seconds", self.seek_seconds, 1.0..=120.0, "seconds"),
            ("greet_pause_seconds", self.greet_pause_seconds, 0.0..=3_600.0, "seconds"),
            ("target_lufs", self.target_lufs, -40.0..=-8.0, "LUFS"),
            ("ceiling_dbtp", self.ceiling_dbtp, -20.0..=0.0, "dBTP"),
            ("ride_db", self.ride_db, 0.0..=12.0, "decibels"),
            ("night_db", self.night_db, -30.0..=0.0, "decibels"),
            ("duck_db", self.duck_db, -40.0..=0.0, "decibels"),
            ("cue_volume_db", self.cue_volume_db, -60.0..=6.0, "decibels"),
            ("bell_minutes", self.bell_minutes, 0.0..=1_440.0, "minutes"),
            ("bell_volume_db", self.bell_volume_db, -60.0..=6.0, "decibels"),
            ("bell_duck.db", self.bell_duck.db, -40.0..=0.0, "decibels"),
            ("bell_duck.fall_seconds", self.bell_duck.fall_seconds, 0.01..=10.0, "seconds"),
            ("bell_duck.hold_seconds", self.bell_duck.hold_seconds, 0.0..=60.0, "seconds"),
            ("bell_duck.return_seconds", self.bell_duck.return_seconds, 0.01..=60.0, "seconds"),
            ("volume", self.volume, 0.0..=1.0, "(silent and full)"),
            ("stretch", self.stretch, 0.0..=0.08, "(a share)"),
            ("beat_trust", self.beat_trust, 0.0..=1.0, "(a share)"),
        ];
        for (field, value, range, unit) in numbers {
            if !range.contains(&value) {
                let (least, most) = (range.start(), range.end());
                return Err((field, format!("{value} is not between {least} and {most} {unit}")));
            }
        }
        self.bed.validate()
    }

    /// What the planner may do.
    pub(super) fn rules(&self) -> Rules {
        Rules {
            usual: f64::from(self.crossfade_seconds),
            longest: f64::from(self.longest_crossfade_seconds.max(self.crossfade_seconds)),
            asked: f64::from(self.asked_fade_seconds),
            stretch: f64::from(self.stretch),
            trust: self.beat_trust,
            law: self.fade_law,
        }
    }
}

/// The amplitude that belongs to a level in decibels.
#[must_use]
pub fn amplitude(decibels: f32) -> f32 {
    10_f32.powf(decibels / 20.0)
}

/// The amplitude of a fader at 0..=1: its cube, as sound servers have it. Ten decibels less are half as
/// loud to the ear; half the way down are 18.
#[must_use]
pub fn fader(position: f32) -> f32 {
    position.clamp(0.0, 1.0).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fader_goes_from_silence_to_full_in_steps_that_sound_even() {
        assert_eq!((fader(0.0), fader(1.0)), (0.0, 1.0));
        let decibels = |position| 20.0 * fader(position).log10();
        assert!((decibels(0.5) + 18.06).abs() < 0.01);
        assert!((decibels(0.8) + 5.8).abs() < 0.1);
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let shipped = crate::app::settings::Settings::shipped().expect("valid").mixer;
        assert_eq!(shipped.validate(), Ok(()));
        let wrong = MixerSettings { volume: 1.5, ..shipped };
        assert_eq!(wrong.validate().map_err(|(field, _)| field), Err("volume"));
    }
}
