//! Decides when the pad sounds and how loud, in which key, and when the next chord comes.
//!
//! Takes the time and the state of the music, and emits commands for the synthesiser.
//!
//! The pad sounds alone after a silence of the music, which is measured on the music bus, so that a track that breaks
//! off counts, too. Under music it sounds only if the key of the track is known. On a new key, voices
//! that are foreign to it rest at once, the common ones lead over, and halfway through the crossfade
//! the first chord of the new key follows.

use super::composer::ChordComposer;
use super::harmony::Voicing;
use super::settings::{AmbientSettings, AmbientWhen};
use super::synth::SynthCommand;
use crate::emotion::Affect;
use crate::music::{Decibels, Lufs, MusicalKey};

/// Music below this mean square (−55 dBFS in each channel) is silence.
const SILENT_POWER: f32 = 6.3e-6;
/// Length of the fade out when a person pauses or switches the pad off, in seconds.
const STOP_SECONDS: f32 = 1.5;
/// Voices enter a chord at random times within this many seconds.
const STAGGER: f32 = 1.4;
/// Shortest time between a new key and its first chord, in seconds.
const KEY_SECONDS: f64 = 1.0;
/// Chimes that are softer than this are left out.
const NO_CHIMES: Decibels = Decibels(-40.0);
/// From the loudness after the reverb to that of the synthesiser alone, measured (`tests/it/sound/ambient.rs`).
const TRIM: Decibels = Decibels(0.5);

/// What the pad follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mixer) struct AmbientInputs {
    /// Time in seconds, from any start.
    pub(in crate::mixer) now: f64,
    /// The slow mood.
    pub(in crate::mixer) mood: Affect,
    /// How full the breath is, 0 empty ..= 1 full.
    pub(in crate::mixer) breath: f32,
    /// When the pad is to sound.
    pub(in crate::mixer) when: AmbientWhen,
    pub(in crate::mixer) music: MusicState,
}

/// The music that the pad makes room for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mixer) struct MusicState {
    /// Mean square of the recent music, summed over both channels.
    pub(in crate::mixer) power: f32,
    /// Key of the current or incoming track, if it is known.
    pub(in crate::mixer) key: Option<MusicalKey>,
    /// Pitch of that track relative to its recording.
    pub(in crate::mixer) pitch_ratio: f32,
    /// Progress of a crossfade.
    pub(in crate::mixer) crossfade: Option<f32>,
    /// A person has paused the music.
    pub(in crate::mixer) paused: bool,
}

/// How loud the pad is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum PadLevel {
    #[default]
    Silent,
    /// Quiet, under the music.
    Under,
    Alone,
}

/// Emits the commands of the pad.
#[derive(Debug)]
pub(super) struct PadSequencer {
    composer: ChordComposer,
    level: PadLevel,
    /// Time at which the fade of the last level command ends.
    over_at: f64,
    silent_since: Option<f64>,
    chord_at: f64,
    chime_at: f64,
    /// Time of a new key whose first chord has not begun.
    key_since: Option<f64>,
    voices: Voicing,
    loudness: Lufs,
}

impl PadSequencer {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            composer: ChordComposer::new(seed),
            level: PadLevel::Silent,
            over_at: 0.0,
            silent_since: None,
            chord_at: 0.0,
            chime_at: 0.0,
            key_since: None,
            voices: Voicing::default(),
            loudness: Lufs::SILENCE,
        }
    }

    /// The key, while nothing but the pad is heard.
    pub(super) fn solo_key(&self) -> Option<MusicalKey> {
        (self.level == PadLevel::Alone).then(|| self.composer.key())
    }

    /// The synthesiser was replaced by a silent one.
    pub(super) fn restart(&mut self) {
        self.level = PadLevel::Silent;
        self.over_at = 0.0;
        self.loudness = Lufs::SILENCE;
    }

    /// Appends the commands that are due.
    pub(super) fn update(
        &mut self,
        inputs: &AmbientInputs,
        settings: &AmbientSettings,
        commands: &mut Vec<SynthCommand>,
    ) {
        let level = self.wanted_level(inputs, settings);
        if level == PadLevel::Silent && self.level == PadLevel::Silent && inputs.now >= self.over_at {
            self.composer.rest();
            return;
        }
        let mood = inputs.mood;
        let begins = self.level == PadLevel::Silent && inputs.now >= self.over_at;
        self.follow_key(inputs, begins, commands);
        if begins {
            self.chord_at = inputs.now;
            self.chime_at = inputs.now + self.composer.chime_seconds(mood);
        }
        let chord_due = self.key_since.is_none() && inputs.now >= self.chord_at;
        if chord_due {
            self.chord(inputs.now, mood, commands);
        }
        self.chime(inputs.now, mood, settings, commands);
        self.change_level(level, inputs, settings, commands);
    }

    fn wanted_level(&mut self, inputs: &AmbientInputs, settings: &AmbientSettings) -> PadLevel {
        let silent = inputs.music.power < SILENT_POWER;
        let since = *self.silent_since.get_or_insert(inputs.now);
        if !silent {
            self.silent_since = None;
        }
        let rests = silent && inputs.now - since >= f64::from(settings.silence_seconds);
        match inputs.when {
            AmbientWhen::Off => PadLevel::Silent,
            _ if inputs.music.paused && !settings.in_pauses => PadLevel::Silent,
            _ if rests => PadLevel::Alone,
            // After a silence it stays until the music is heard.
            _ if silent && self.level == PadLevel::Alone => PadLevel::Alone,
            AmbientWhen::Always if inputs.music.key.is_some() => PadLevel::Under,
            _ => PadLevel::Silent,
        }
    }

    /// Changes to the key of the music. Without music the mode follows the mood.
    fn follow_key(&mut self, inputs: &AmbientInputs, begins: bool, commands: &mut Vec<SynthCommand>) {
        match inputs.music.key.filter(|_| inputs.music.power >= SILENT_POWER || begins) {
            Some(key) if key != self.composer.key() => {
                self.voices = self.composer.change_key(key);
                self.key_since = (!begins).then_some(inputs.now);
                if !begins {
                    commands.push(self.chord_command(2.0, 0.0));
                }
            }
            None if self.key_since.is_none() => self.composer.follow_mode(inputs.mood.valence),
            _ => {}
        }
        let halfway = inputs.music.crossfade.is_none_or(|progress| progress >= 0.5);
        if self.key_since.is_some_and(|since| halfway && inputs.now - since >= KEY_SECONDS) {
            self.key_since = None;
            self.chord_at = inputs.now;
        }
    }

    fn chord(&mut self, now: f64, mood: Affect, commands: &mut Vec<SynthCommand>) {
        self.voices = self.composer.next(mood);
        let fade = 3.6 - 1.4 * mood.arousal.clamp(-1.0, 1.0);
        commands.push(self.chord_command(fade, STAGGER));
        self.chord_at = now + self.composer.chord_seconds(mood);
    }

    fn chord_command(&mut self, fade: f32, stagger: f32) -> SynthCommand {
        let hertz = self.voices.map(|note| note.map(hertz));
        let after = std::array::from_fn(|voice| {
            if voice == 0 || stagger == 0.0 { 0.0 } else { self.composer.random_between(0.0, stagger) }
        });
        SynthCommand::Chord { hertz, after, fade }
    }

    fn chime(
        &mut self,
        now: f64,
        mood: Affect,
        settings: &AmbientSettings,
        commands: &mut Vec<SynthCommand>,
    ) {
        if now < self.chime_at {
            return;
        }
        self.chime_at = now + self.composer.chime_seconds(mood);
        let wanted = settings.chimes_db >= NO_CHIMES && self.level != PadLevel::Silent;
        if let Some(note) = self.composer.chime().filter(|_| wanted && self.key_since.is_none()) {
            let softer = Decibels(self.composer.random_between(-5.0, 0.0));
            let amplitude = (settings.chimes_db + softer).amplitude();
            let panning = self.composer.random_between(-0.7, 0.7);
            commands.push(SynthCommand::Chime { hertz: hertz(note), amplitude, panning });
        }
    }

    fn change_level(
        &mut self,
        level: PadLevel,
        inputs: &AmbientInputs,
        settings: &AmbientSettings,
        commands: &mut Vec<SynthCommand>,
    ) {
        let loudness = match level {
            PadLevel::Silent => Lufs::SILENCE,
            PadLevel::Under => settings.under_lufs,
            PadLevel::Alone => settings.alone_lufs,
        };
        let as_loud = level == PadLevel::Silent || (loudness - self.loudness).0.abs() < 0.01;
        if level == self.level && as_loud {
            return;
        }
        let stopped = inputs.music.paused || inputs.when == AmbientWhen::Off;
        let seconds = match (self.level, level) {
            (_, PadLevel::Silent) if stopped => STOP_SECONDS,
            (PadLevel::Alone, _) => settings.step_back_seconds,
            _ => settings.fade_in_seconds,
        };
        (self.level, self.loudness) = (level, loudness);
        self.over_at = inputs.now + f64::from(seconds);
        commands.push(SynthCommand::Level { power: (loudness + TRIM).power(), seconds });
    }
}

/// Frequency of a note in hertz, in equal temperament on 440 Hz.
fn hertz(note: u8) -> f32 {
    440.0 * ((f32::from(note) - 69.0) / 12.0).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    const D_MINOR: MusicalKey = MusicalKey { tonic: 2, minor: true };
    const A_MAJOR: MusicalKey = MusicalKey { tonic: 9, minor: false };

    fn settings() -> AmbientSettings {
        let shipped = AmbientSettings::default();
        AmbientSettings { silence_seconds: 1.5, fade_in_seconds: 4.0, step_back_seconds: 3.0, ..shipped }
    }

    /// A stage on which time passes.
    struct Stage {
        sequencer: PadSequencer,
        settings: AmbientSettings,
        inputs: AmbientInputs,
    }

    impl Stage {
        fn new(when: AmbientWhen) -> Self {
            let music =
                MusicState { power: 0.0, key: None, pitch_ratio: 1.0, crossfade: None, paused: false };
            let inputs = AmbientInputs { now: 0.0, mood: Affect::default(), breath: 0.5, when, music };
            Self { sequencer: PadSequencer::new(4), settings: settings(), inputs }
        }

        /// The commands of a number of seconds, with their times.
        fn pass(&mut self, seconds: f64) -> Vec<(f64, SynthCommand)> {
            let mut all = Vec::new();
            for _ in 0..(seconds * 50.0).round() as usize {
                let mut commands = Vec::new();
                self.sequencer.update(&self.inputs, &self.settings, &mut commands);
                all.extend(commands.into_iter().map(|command| (self.inputs.now, command)));
                self.inputs.now += 0.02;
            }
            all
        }

        fn plays(&mut self, key: Option<MusicalKey>) {
            (self.inputs.music.power, self.inputs.music.key) = (0.02, key);
        }
    }

    fn levels(commands: &[(f64, SynthCommand)]) -> Vec<(f64, Lufs)> {
        let level = |(at, command): &(f64, SynthCommand)| match command {
            SynthCommand::Level { power, .. } => Some((*at, Lufs::of_power(*power) + -TRIM)),
            _ => None,
        };
        commands.iter().filter_map(level).collect()
    }

    /// Notes of every chord.
    fn chords(commands: &[(f64, SynthCommand)]) -> Vec<(f64, Vec<u8>)> {
        let note = |hertz: f32| (69.0 + 12.0 * (hertz / 440.0).log2()).round() as u8;
        let chord = |(at, command): &(f64, SynthCommand)| match command {
            SynthCommand::Chord { hertz, .. } => {
                Some((*at, hertz.iter().flatten().map(|f| note(*f)).collect()))
            }
            _ => None,
        };
        commands.iter().filter_map(chord).collect()
    }

    fn in_key(key: MusicalKey, notes: &[u8]) -> bool {
        notes.iter().all(|note| super::super::harmony::in_key(key, *note))
    }

    #[test]
    fn switched_off_it_gives_no_order() {
        let mut stage = Stage::new(AmbientWhen::Off);
        assert_eq!(stage.pass(30.0), []);
        stage.plays(Some(D_MINOR));
        assert_eq!(stage.pass(30.0), []);
    }

    #[test]
    fn it_comes_after_a_silence_and_steps_back_for_music() {
        let mut stage = Stage::new(AmbientWhen::Silences);
        let commands = stage.pass(60.0);
        let [(at, lufs)] = levels(&commands)[..] else { panic!("{commands:?}") };
        assert!((at - 1.5).abs() < 0.05 && (lufs - stage.settings.alone_lufs).0.abs() < 0.1, "{at} {lufs:?}");
        assert!((3..9).contains(&chords(&commands).len()), "{commands:?}");
        assert!(stage.sequencer.solo_key().is_some());
        stage.plays(None);
        let commands = stage.pass(20.0);
        let [(_, lufs)] = levels(&commands)[..] else { panic!("{:?}", levels(&commands)) };
        assert_eq!(lufs, Lufs::SILENCE);
        assert!(commands.iter().all(|(at, _)| *at < 65.0), "it rests when it has faded");
        assert!(stage.sequencer.solo_key().is_none());
    }

    #[test]
    fn a_short_rest_of_the_music_is_left_alone() {
        let mut stage = Stage::new(AmbientWhen::Silences);
        stage.plays(None);
        stage.pass(5.0);
        stage.inputs.music.power = 0.0;
        assert_eq!(stage.pass(1.2), []);
        stage.plays(None);
        assert_eq!(stage.pass(5.0), []);
    }

    #[test]
    fn under_music_it_is_quiet_and_only_where_the_key_is_known() {
        let mut stage = Stage::new(AmbientWhen::Always);
        stage.plays(None);
        assert_eq!(stage.pass(10.0), []);
        stage.plays(Some(D_MINOR));
        let commands = stage.pass(60.0);
        let [(_, lufs)] = levels(&commands)[..] else { panic!("{commands:?}") };
        assert!((lufs - stage.settings.under_lufs).0.abs() < 0.1, "{lufs:?}");
        assert!(chords(&commands).iter().all(|(_, notes)| in_key(D_MINOR, notes)));
        assert_eq!(stage.sequencer.solo_key(), None, "the screen tells of the music");
    }

    #[test]
    fn through_a_crossfade_it_glides_into_the_next_key() {
        let mut stage = Stage::new(AmbientWhen::Always);
        stage.plays(Some(D_MINOR));
        stage.pass(40.0);
        let begin = stage.inputs.now;
        (stage.inputs.music.key, stage.inputs.music.crossfade) = (Some(A_MAJOR), Some(0.0));
        let mut commands = stage.pass(3.0);
        stage.inputs.music.crossfade = Some(0.6);
        commands.extend(stage.pass(3.0));
        stage.inputs.music.crossfade = None;
        commands.extend(stage.pass(40.0));
        let chords = chords(&commands);
        assert!(chords.iter().all(|(_, notes)| in_key(A_MAJOR, notes)), "{chords:?}");
        assert!(chords[0].0 - begin < 0.05 && in_key(D_MINOR, &chords[0].1), "{chords:?}");
        assert!((chords[1].0 - begin - 3.0).abs() < 0.1 && chords[1].1.len() >= 3, "{chords:?}");
    }

    #[test]
    fn a_pause_is_silence_unless_a_person_wants_the_pad_in_it() {
        for in_pauses in [false, true] {
            let mut stage = Stage::new(AmbientWhen::Always);
            stage.settings.in_pauses = in_pauses;
            stage.plays(Some(D_MINOR));
            stage.pass(20.0);
            (stage.inputs.music.paused, stage.inputs.music.power) = (true, 0.0);
            let commands = stage.pass(20.0);
            let last = levels(&commands).pop().expect("its level changes").1;
            assert_eq!(last.is_finite(), in_pauses, "{last:?}");
            let key = stage.sequencer.solo_key();
            assert_eq!(key, in_pauses.then_some(D_MINOR), "in the key of what is paused");
        }
    }

    #[test]
    fn a_new_loudness_holds_at_once_and_another_output_begins_anew() {
        let mut stage = Stage::new(AmbientWhen::Silences);
        stage.pass(10.0);
        stage.settings.alone_lufs = Lufs(-26.0);
        let commands = stage.pass(1.0);
        assert!((levels(&commands)[0].1 - Lufs(-26.0)).0.abs() < 0.1);
        stage.sequencer.restart();
        let commands = stage.pass(1.0);
        assert!(
            (levels(&commands)[0].1 - Lufs(-26.0)).0.abs() < 0.1 && !chords(&commands).is_empty(),
            "{commands:?}"
        );
    }
}
