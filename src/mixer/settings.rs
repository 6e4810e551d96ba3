//! Settings of the mixer.

use bevy::prelude::Resource;

use super::ambient::AmbientSettings;
use super::transition::{FadeCurveSetting, TransitionGainSettings, TransitionRules};
use crate::music::{Dbfs, Decibels, Lufs};
use crate::settings::{choices, settings};

choices!(FadeCurveSetting { Auto, EqualPower, EqualGain });

settings! {
    /// How music is mixed.
    #[derive(Resource)]
    pub struct MixerSettings / MixerSettingsOverlay {
        /// Length of a crossfade between tracks that were not analysed, and for a change of mood. Otherwise a
        /// crossfade is as long as the shorter one of outro and intro.
        pub crossfade_seconds: f32 = 6.0, in 0.05..=60.0, unit "s",
        /// Longest crossfade, however long outro and intro are.
        pub longest_crossfade_seconds: f32 = 14.0, in 0.05..=60.0, unit "s",
        /// Length of a crossfade that a person asks for.
        pub asked_fade_seconds: f32 = 1.5, in 0.05..=60.0, unit "s",
        /// Length of the fade from silence, at the start and after a lost device.
        pub first_fade_seconds: f32 = 0.4, in 0.005..=10.0, unit "s",
        /// How two tracks share a crossfade: `equal_power` for different tracks, `equal_gain` for a track into itself;
        /// auto chooses.
        pub fade_curve: FadeCurveSetting = FadeCurveSetting::Auto,
        /// The incoming track is played faster or slower by at most this share to match the beat, if both beat grids
        /// are trusted.
        pub stretch: f32 = 0.05, in 0.0..=0.08,
        /// Beat grids are trusted from this confidence on.
        pub beat_trust: f32 = 0.6, in 0.0..=1.0,
        /// The next track is requested this long before the first moment at which it may begin.
        pub notice_seconds: f32 = 8.0, in 1.0..=60.0, unit "s",
        /// A longer silence inside a track is skipped; 0 plays every silence.
        pub longest_silence_seconds: f32 = 4.0, in 0.0..=3_600.0, unit "s",
        /// Whether all tracks are brought to one loudness, by their analysis or their tags (`ReplayGain`, R128).
        pub normalise: bool = true,
        /// That loudness.
        pub target_lufs: Lufs = Lufs(-16.0), in -40.0..=-8.0, unit "LUFS",
        /// A track that is too soft is boosted by at most this.
        pub largest_boost_db: Decibels = Decibels(12.0), in 0.0..=24.0, unit "dB",
        /// A track that is too loud is attenuated by at most this.
        pub largest_cut_db: Decibels = Decibels(24.0), in 0.0..=48.0, unit "dB",
        /// A gain curve keeps a transition as loud as what came before it.
        pub transition_gain: TransitionGainSettings,
        /// Largest true peak.
        pub ceiling_dbtp: Dbfs = Dbfs(-1.0), in -20.0..=0.0, unit "dBTP", from next start,
        /// Master volume: 0 silent, 0.5 about half as loud, 1 full.
        pub volume: f32 = 1.0, in 0.0..=1.0,
        /// Night mode: softer, and loud passages closer to quiet ones.
        pub night: bool = false,
        /// Gain of night mode.
        pub night_db: Decibels = Decibels(-6.0), in -30.0..=0.0, unit "dB", from next start,
        /// How far music and pad are lowered under a cue.
        pub duck_db: Decibels = Decibels(-6.0), in -40.0..=0.0, unit "dB", from next start,
        /// Time constant of the fall under a cue.
        pub duck_fall_seconds: f32 = 0.04, in 0.005..=10.0, unit "s", from next start,
        /// Time constant of the return after a cue.
        pub duck_return_seconds: f32 = 0.45, in 0.01..=60.0, unit "s", from next start,
        /// Length of the ramp of a pause.
        pub pause_seconds: f32 = 0.25, in 0.005..=5.0, unit "s", from next start,
        /// How far one press of a key or the right stick seeks.
        pub seek_seconds: f32 = 10.0, in 1.0..=120.0, unit "s",
        /// The sound device by its name or a part of it (`attune doctor` lists them); "" is the default one.
        pub device: String = String::new(),
        /// A device that takes no sound for this long is opened again. A virtual device may pause for two seconds when
        /// the machine is very busy.
        pub device_frozen_seconds: f32 = 2.5, in 0.5..=60.0, unit "s",
        /// How much later the loudspeaker is than the buffers of the device say.
        pub output_latency_seconds: f32 = 0.02, in 0.0..=1.0, unit "s",
        /// Volume of the cues.
        pub cue_volume_db: Decibels = Decibels(-4.0), in -60.0..=6.0, unit "dB",
        /// Your own sounds (OGG or WAV) for cues and bell: a full path, or one beside your settings; "" is the
        /// built-in sound.
        pub cue_files: CueFileSettings,
        /// Whether a soft sound greets a person who arrives, and another is played when the last one leaves.
        pub greet: bool = true,
        /// Shortest time between two such sounds.
        pub greet_pause_seconds: f32 = 10.0, in 0.0..=3_600.0, unit "s",
        /// The bell rings every N minutes while a person is present; 0 is never.
        pub bell_minutes: f32 = 0.0, in 0.0..=1_440.0, unit "min",
        /// Volume of the bell.
        pub bell_volume_db: Decibels = Decibels(-6.0), in -60.0..=6.0, unit "dB",
        /// How music and pad are lowered under the bell.
        pub bell_duck: DuckSettings, from next start,
        /// The ambient pad: slow chords that follow the mood, in the key of the music.
        pub ambient: AmbientSettings,
    }
}

settings! {
    /// Sound files for cues and bell.
    pub struct CueFileSettings / CueFileSettingsOverlay {
        /// A person arrives.
        pub welcome: String = String::new(),
        /// The last person leaves.
        pub farewell: String = String::new(),
        /// A button is pressed.
        pub press: String = String::new(),
        /// The bell.
        pub bell: String = String::new(),
    }
}

settings! {
    /// How music and pad are lowered under a sound.
    pub struct DuckSettings / DuckSettingsOverlay {
        /// How far.
        pub db: Decibels = Decibels(-9.0), in -40.0..=0.0, unit "dB",
        /// Time constant of the fall.
        pub fall_seconds: f32 = 0.35, in 0.01..=10.0, unit "s",
        /// How long they stay lowered.
        pub hold_seconds: f32 = 4.0, in 0.0..=60.0, unit "s",
        /// Time constant of the return.
        pub return_seconds: f32 = 2.0, in 0.01..=60.0, unit "s",
    }
}

impl MixerSettings {
    /// What the planner may do.
    pub(super) fn rules(&self) -> TransitionRules {
        TransitionRules {
            usual: f64::from(self.crossfade_seconds),
            longest: f64::from(self.longest_crossfade_seconds.max(self.crossfade_seconds)),
            asked: f64::from(self.asked_fade_seconds),
            stretch: f64::from(self.stretch),
            trust: self.beat_trust,
            curve: self.fade_curve,
        }
    }
}
