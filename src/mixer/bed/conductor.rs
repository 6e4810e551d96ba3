//! Decides when the bed sounds and how loudly, in which key, and when the next chord comes.
//!
//! Told time and what the music does; gives orders for the synthesiser. Knows no app and no sound.

use super::composer::{Composer, Feeling};
use super::harmony::Voices;
use super::settings::{BedSettings, BedWhen};
use super::synth::Order;
use crate::music::MusicalKey;

/// Music below this mean square (−55 dBFS in each ear) is silence.
const SILENT_POWER: f32 = 6.3e-6;
/// The bed falls silent within so many seconds when a person pauses or switches it off.
const STOP_SECONDS: f32 = 1.5;
/// Voices follow each other into a chord within so many seconds.
const STAGGER: f32 = 1.4;
/// At least so long lies between a new key and its first chord, in seconds.
const KEY_SECONDS: f64 = 1.0;
/// Bells that are softer than this are left out.
const NO_BELLS_DB: f32 = -40.0;
/// Decibels between the power of the synthesiser and the loudness that is heard of it, measured with the
/// reverb (`tests/it/sound/bed.rs`).
const TRIM_DB: f32 = 0.5;

/// What the bed is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::mixer) struct Scene {
    /// Time in seconds, from any start.
    pub(in crate::mixer) now: f64,
    /// The slow mood, −1..=1 each.
    pub(in crate::mixer) valence: f32,
    pub(in crate::mixer) arousal: f32,
    /// Mean square of the music over the last moments, both sides together.
    pub(in crate::mixer) music_power: f32,
    /// Key of the track that plays or comes in, where it is known.
    pub(in crate::mixer) key: Option<MusicalKey>,
    /// How many times higher that track sounds than it was recorded.
    pub(in crate::mixer) tune: f32,
    /// Progress of a crossfade.
    pub(in crate::mixer) crossfade: Option<f32>,
    /// A person has paused the music.
    pub(in crate::mixer) paused: bool,
}

/// How much of it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Level {
    #[default]
    Silent,
    /// Quietly, with the music.
    Under,
    Alone,
}

/// Leads the bed.
#[derive(Debug)]
pub(super) struct Conductor {
    composer: Composer,
    level: Level,
    /// When the synthesiser has fallen silent after the last order.
    over_at: f64,
    silent_since: Option<f64>,
    chord_at: f64,
    bell_at: f64,
    /// A key that was announced, and when: its first chord is still to come.
    key_since: Option<f64>,
    voices: Voices,
    loudness: f32,
}

impl Conductor {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            composer: Composer::new(seed),
            level: Level::Silent,
            over_at: 0.0,
            silent_since: None,
            chord_at: 0.0,
            bell_at: 0.0,
            key_since: None,
            voices: Voices::default(),
            loudness: f32::NEG_INFINITY,
        }
    }

    /// The key, while the bed alone is heard.
    pub(super) fn heard(&self) -> Option<MusicalKey> {
        (self.level == Level::Alone).then(|| self.composer.key())
    }

    /// Begins anew: the synthesiser is another one.
    pub(super) fn move_over(&mut self) {
        self.level = Level::Silent;
        self.over_at = 0.0;
        self.loudness = f32::NEG_INFINITY;
    }

    /// What the synthesiser is to do now.
    pub(super) fn conduct(&mut self, scene: &Scene, settings: &BedSettings, orders: &mut Vec<Order>) {
        let level = self.wanted(scene, settings);
        if level == Level::Silent && self.level == Level::Silent && scene.now >= self.over_at {
            self.composer.rest();
            return;
        }
        let feeling = Feeling { valence: scene.valence, arousal: scene.arousal };
        let begins = self.level == Level::Silent && scene.now >= self.over_at;
        self.follow_key(scene, begins, orders);
        if begins {
            self.chord_at = scene.now;
            self.bell_at = scene.now + self.composer.bell_seconds(feeling);
        }
        let chord_due = self.key_since.is_none() && scene.now >= self.chord_at;
        if chord_due {
            self.chord(scene.now, feeling, orders);
        }
        self.ring(scene.now, feeling, settings, orders);
        self.change_level(level, scene, settings, orders);
    }

    fn wanted(&mut self, scene: &Scene, settings: &BedSettings) -> Level {
        let silent = scene.music_power < SILENT_POWER;
        let since = *self.silent_since.get_or_insert(scene.now);
        if !silent {
            self.silent_since = None;
        }
        let rests = silent && scene.now - since >= f64::from(settings.silence_seconds);
        match settings.when {
            BedWhen::Off => Level::Silent,
            _ if scene.paused && !settings.in_pauses => Level::Silent,
            _ if rests => Level::Alone,
            // A short rest of the music is not a reason to go.
            _ if silent && self.level == Level::Alone => Level::Alone,
            BedWhen::Always if scene.key.is_some() => Level::Under,
            _ => Level::Silent,
        }
    }

    /// Takes on the key of the music: what is foreign to it rests at once, and halfway through a
    /// crossfade its first chord comes. Alone, the mode follows the mood.
    fn follow_key(&mut self, scene: &Scene, begins: bool, orders: &mut Vec<Order>) {
        match scene.key.filter(|_| scene.music_power >= SILENT_POWER || begins) {
            Some(key) if key != self.composer.key() => {
                self.voices = self.composer.go_to(key);
                self.key_since = (!begins).then_some(scene.now);
                if !begins {
                    orders.push(self.chord_order(2.0, 0.0));
                }
            }
            None if self.key_since.is_none() => self.composer.follow_mode(scene.valence),
            _ => {}
        }
        let halfway = scene.crossfade.is_none_or(|progress| progress >= 0.5);
        if self.key_since.is_some_and(|since| halfway && scene.now - since >= KEY_SECONDS) {
            self.key_since = None;
            self.chord_at = scene.now;
        }
    }

    fn chord(&mut self, now: f64, feeling: Feeling, orders: &mut Vec<Order>) {
        self.voices = self.composer.next(feeling);
        let fade = 3.6 - 1.4 * feeling.arousal.clamp(-1.0, 1.0);
        orders.push(self.chord_order(fade, STAGGER));
        self.chord_at = now + self.composer.chord_seconds(feeling);
    }

    fn chord_order(&mut self, fade: f32, stagger: f32) -> Order {
        let hertz = self.voices.map(|note| note.map(hertz));
        let after = std::array::from_fn(|voice| {
            if voice == 0 || stagger == 0.0 { 0.0 } else { self.composer.vary(0.0, stagger) }
        });
        Order::Chord { hertz, after, fade }
    }

    fn ring(&mut self, now: f64, feeling: Feeling, settings: &BedSettings, orders: &mut Vec<Order>) {
        if now < self.bell_at {
            return;
        }
        self.bell_at = now + self.composer.bell_seconds(feeling);
        let wanted = settings.bells_db >= NO_BELLS_DB && self.level != Level::Silent;
        if let Some(note) = self.composer.bell().filter(|_| wanted && self.key_since.is_none()) {
            let soft = self.composer.vary(-5.0, 0.0);
            let amplitude = crate::mixer::settings::amplitude(settings.bells_db + soft);
            let place = self.composer.vary(-0.7, 0.7);
            orders.push(Order::Bell { hertz: hertz(note), amplitude, place });
        }
    }

    fn change_level(&mut self, level: Level, scene: &Scene, settings: &BedSettings, orders: &mut Vec<Order>) {
        let loudness = match level {
            Level::Silent => f32::NEG_INFINITY,
            Level::Under => settings.under_lufs,
            Level::Alone => settings.alone_lufs,
        };
        let as_loud = level == Level::Silent || (loudness - self.loudness).abs() < 0.01;
        if level == self.level && as_loud {
            return;
        }
        let stopped = scene.paused || settings.when == BedWhen::Off;
        let seconds = match (self.level, level) {
            (_, Level::Silent) if stopped => STOP_SECONDS,
            (Level::Alone, _) => settings.step_back_seconds,
            _ => settings.fade_in_seconds,
        };
        (self.level, self.loudness) = (level, loudness);
        self.over_at = scene.now + f64::from(seconds);
        orders.push(Order::Level { power: power(loudness), seconds });
    }
}

/// Frequency of a note in hertz, in equal temperament on 440 Hz.
fn hertz(note: u8) -> f32 {
    440.0 * ((f32::from(note) - 69.0) / 12.0).exp2()
}

/// Mean square of both sides together at a loudness (ITU-R BS.1770 without its weighting).
fn power(lufs: f32) -> f32 {
    10_f32.powf((lufs + 0.691 + TRIM_DB) / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const D_MINOR: MusicalKey = MusicalKey { tonic: 2, minor: true };
    const A_MAJOR: MusicalKey = MusicalKey { tonic: 9, minor: false };

    fn settings(when: BedWhen) -> BedSettings {
        let shipped = crate::app::settings::Settings::shipped().expect("valid").mixer.bed;
        BedSettings { when, silence_seconds: 1.5, fade_in_seconds: 4.0, step_back_seconds: 3.0, ..shipped }
    }

    /// A stage on which time passes.
    struct Stage {
        conductor: Conductor,
        settings: BedSettings,
        scene: Scene,
    }

    impl Stage {
        fn new(when: BedWhen) -> Self {
            let scene = Scene {
                now: 0.0,
                valence: 0.0,
                arousal: 0.0,
                music_power: 0.0,
                key: None,
                tune: 1.0,
                crossfade: None,
                paused: false,
            };
            Self { conductor: Conductor::new(4), settings: settings(when), scene }
        }

        /// The orders of so many seconds, with their times.
        fn pass(&mut self, seconds: f64) -> Vec<(f64, Order)> {
            let mut all = Vec::new();
            for _ in 0..(seconds * 50.0).round() as usize {
                let mut orders = Vec::new();
                self.conductor.conduct(&self.scene, &self.settings, &mut orders);
                all.extend(orders.into_iter().map(|order| (self.scene.now, order)));
                self.scene.now += 0.02;
            }
            all
        }

        fn plays(&mut self, key: Option<MusicalKey>) {
            (self.scene.music_power, self.scene.key) = (0.02, key);
        }
    }

    fn levels(orders: &[(f64, Order)]) -> Vec<(f64, f32)> {
        let level = |(at, order): &(f64, Order)| match order {
            Order::Level { power, .. } => Some((*at, 10.0 * power.log10() - 0.691 - TRIM_DB)),
            _ => None,
        };
        orders.iter().filter_map(level).collect()
    }

    /// Notes of every chord.
    fn chords(orders: &[(f64, Order)]) -> Vec<(f64, Vec<u8>)> {
        let note = |hertz: f32| (69.0 + 12.0 * (hertz / 440.0).log2()).round() as u8;
        let chord = |(at, order): &(f64, Order)| match order {
            Order::Chord { hertz, .. } => Some((*at, hertz.iter().flatten().map(|f| note(*f)).collect())),
            _ => None,
        };
        orders.iter().filter_map(chord).collect()
    }

    fn in_key(key: MusicalKey, notes: &[u8]) -> bool {
        notes.iter().all(|note| super::super::harmony::in_key(key, *note))
    }

    #[test]
    fn switched_off_it_gives_no_order() {
        let mut stage = Stage::new(BedWhen::Off);
        assert_eq!(stage.pass(30.0), []);
        stage.plays(Some(D_MINOR));
        assert_eq!(stage.pass(30.0), []);
    }

    #[test]
    fn it_comes_after_a_silence_and_steps_back_for_music() {
        let mut stage = Stage::new(BedWhen::Silences);
        let orders = stage.pass(60.0);
        let [(at, lufs)] = levels(&orders)[..] else { panic!("{orders:?}") };
        assert!((at - 1.5).abs() < 0.05 && (lufs - stage.settings.alone_lufs).abs() < 0.1, "{at} {lufs}");
        assert!((3..9).contains(&chords(&orders).len()), "{orders:?}");
        assert!(stage.conductor.heard().is_some());
        stage.plays(None);
        let orders = stage.pass(20.0);
        let [(_, lufs)] = levels(&orders)[..] else { panic!("{:?}", levels(&orders)) };
        assert!(lufs.is_infinite(), "{lufs}");
        assert!(orders.iter().all(|(at, _)| *at < 65.0), "it rests when it has faded");
        assert!(stage.conductor.heard().is_none());
    }

    #[test]
    fn a_short_rest_of_the_music_is_left_alone() {
        let mut stage = Stage::new(BedWhen::Silences);
        stage.plays(None);
        stage.pass(5.0);
        stage.scene.music_power = 0.0;
        assert_eq!(stage.pass(1.2), []);
        stage.plays(None);
        assert_eq!(stage.pass(5.0), []);
    }

    #[test]
    fn under_music_it_is_quiet_and_only_where_the_key_is_known() {
        let mut stage = Stage::new(BedWhen::Always);
        stage.plays(None);
        assert_eq!(stage.pass(10.0), []);
        stage.plays(Some(D_MINOR));
        let orders = stage.pass(60.0);
        let [(_, lufs)] = levels(&orders)[..] else { panic!("{orders:?}") };
        assert!((lufs - stage.settings.under_lufs).abs() < 0.1, "{lufs}");
        assert!(chords(&orders).iter().all(|(_, notes)| in_key(D_MINOR, notes)));
        assert_eq!(stage.conductor.heard(), None, "the screen tells of the music");
    }

    #[test]
    fn through_a_crossfade_it_glides_into_the_next_key() {
        let mut stage = Stage::new(BedWhen::Always);
        stage.plays(Some(D_MINOR));
        stage.pass(40.0);
        let begin = stage.scene.now;
        (stage.scene.key, stage.scene.crossfade) = (Some(A_MAJOR), Some(0.0));
        let mut orders = stage.pass(3.0);
        stage.scene.crossfade = Some(0.6);
        orders.extend(stage.pass(3.0));
        stage.scene.crossfade = None;
        orders.extend(stage.pass(40.0));
        let chords = chords(&orders);
        assert!(chords.iter().all(|(_, notes)| in_key(A_MAJOR, notes)), "{chords:?}");
        assert!(chords[0].0 - begin < 0.05 && in_key(D_MINOR, &chords[0].1), "{chords:?}");
        assert!((chords[1].0 - begin - 3.0).abs() < 0.1 && chords[1].1.len() >= 3, "{chords:?}");
    }

    #[test]
    fn a_pause_is_silence_unless_a_person_wants_the_bed_in_it() {
        for in_pauses in [false, true] {
            let mut stage = Stage::new(BedWhen::Always);
            stage.settings.in_pauses = in_pauses;
            stage.plays(Some(D_MINOR));
            stage.pass(20.0);
            (stage.scene.paused, stage.scene.music_power) = (true, 0.0);
            let orders = stage.pass(20.0);
            let last = levels(&orders).pop().expect("its level changes").1;
            assert_eq!(last.is_infinite(), !in_pauses, "{last}");
            let key = stage.conductor.heard();
            assert_eq!(key, in_pauses.then_some(D_MINOR), "in the key of what is paused");
        }
    }

    #[test]
    fn a_new_loudness_holds_at_once_and_another_output_begins_anew() {
        let mut stage = Stage::new(BedWhen::Silences);
        stage.pass(10.0);
        stage.settings.alone_lufs = -26.0;
        let orders = stage.pass(1.0);
        assert!((levels(&orders)[0].1 + 26.0).abs() < 0.1);
        stage.conductor.move_over();
        let orders = stage.pass(1.0);
        assert!((levels(&orders)[0].1 + 26.0).abs() < 0.1 && !chords(&orders).is_empty(), "{orders:?}");
    }
}
