//! What the picture shows now: eased colours, parameters and phases, moved on by mood and sound.

use super::easing;
use super::palette::Palette;
use super::scene::{Mapping, Parameters, Scene, SoundWeights, Values};
use super::senses::{Beat, Heard, Seen, fullness};

/// Phases wrap here, where the noise of the shaders repeats.
pub const PHASE_PERIOD: f64 = 256.0;
/// The twinkling of stars wraps here.
pub const TWINKLE_PERIOD: f64 = 64.0;

/// The moving state of a scene.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    palette: Palette,
    by_mood: [f32; Parameters::COUNT],
    by_sound: [f32; Parameters::COUNT],
    values: Values,
    bands: [f32; 8],
    presence: f32,
    feeling: Feeling,
    beat: Beat,
    /// Phase of the breath, 0..1.
    breath: f32,
    phase: f64,
    twinkle: f64,
}

/// The mood as it is shown; all 0 in an empty room.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Feeling {
    /// −1..=1
    pub valence: f32,
    /// −1..=1
    pub arousal: f32,
    /// 0..=1
    pub certainty: f32,
    /// 0..
    pub dispersion: f32,
}

impl Feeling {
    fn toward(self, goal: Option<&Seen>, dt: f32, tau: f32) -> Self {
        let goal = goal.map_or(Self::default(), |seen| Self {
            valence: seen.valence,
            arousal: seen.arousal,
            certainty: seen.certainty,
            dispersion: seen.dispersion,
        });
        Self {
            valence: easing::toward(self.valence, goal.valence, dt, tau),
            arousal: easing::toward(self.arousal, goal.arousal, dt, tau),
            certainty: easing::toward(self.certainty, goal.certainty, dt, tau),
            dispersion: easing::toward(self.dispersion, goal.dispersion, dt, tau),
        }
    }
}

/// Time constant in seconds with which a beat is trusted, and given up.
const BEAT_TRUST_SECONDS: f32 = 1.5;

impl Stage {
    /// An empty, silent room.
    #[must_use]
    pub fn new(scene: &Scene) -> Self {
        let by_mood = scene.parameters.named().map(|(_, mapping)| mapping.base);
        Self {
            palette: scene.colors.empty,
            by_mood,
            by_sound: [0.0; Parameters::COUNT],
            values: Values::from_array(by_mood),
            bands: [0.0; 8],
            presence: 0.0,
            feeling: Feeling::default(),
            beat: Beat::default(),
            breath: 0.0,
            phase: 0.0,
            twinkle: 0.0,
        }
    }

    /// Moves on by `dt` seconds. `seen` is `None` while nobody is in view.
    pub fn advance(&mut self, scene: &Scene, seen: Option<&Seen>, heard: &Heard, dt: f32) {
        let goal = seen.map_or(scene.colors.empty, |seen| scene.colors.palette_for(seen));
        self.palette = self.palette.toward(&goal, dt, scene.colors.seconds);
        self.presence =
            easing::toward(self.presence, f32::from(u8::from(seen.is_some())), dt, scene.colors.seconds);
        self.feeling = self.feeling.toward(seen, dt, scene.colors.seconds);
        self.beat.phase = unit(heard.beat.phase);
        self.beat.trust = easing::toward(self.beat.trust, unit(heard.beat.trust), dt, BEAT_TRUST_SECONDS);
        self.breath = (self.breath + dt / scene.breath_seconds).rem_euclid(1.0);
        for (band, now) in self.bands.iter_mut().zip(heard.bands) {
            *band = easing::toward(*band, unit(now), dt, scene.bands_seconds);
        }
        let speed_before = self.values.speed;
        let mut values = [0.0; Parameters::COUNT];
        for (slot, (_, mapping)) in scene.parameters.named().into_iter().enumerate() {
            let mood = &mut self.by_mood[slot];
            *mood = easing::toward(*mood, goal_of(mapping, seen), dt, mapping.seconds);
            let sound = &mut self.by_sound[slot];
            *sound = easing::toward(
                *sound,
                self.beat.pulse() * mapping.sound.beat + loudness(&mapping.sound, heard),
                dt,
                mapping.sound_seconds,
            );
            let breath = mapping.breath * (fullness(self.breath) - 0.5);
            values[slot] = (*mood + *sound + breath).clamp(mapping.range.0, mapping.range.1);
        }
        self.values = Values::from_array(values);
        // The picture moves by the integral of the speed, so that a change of speed never moves it.
        let way = f64::from(dt) * f64::from(speed_before.midpoint(self.values.speed));
        self.phase = (self.phase + way).rem_euclid(PHASE_PERIOD);
        self.twinkle = (self.twinkle + f64::from(dt)).rem_euclid(TWINKLE_PERIOD);
    }

    /// The colours now.
    #[must_use]
    pub fn palette(&self) -> &Palette {
        &self.palette
    }

    /// The parameters now.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Eased bands of the sound, 0..=1, bass first.
    #[must_use]
    pub fn bands(&self) -> &[f32; 8] {
        &self.bands
    }

    /// Eased presence, 0..=1.
    #[must_use]
    pub fn presence(&self) -> f32 {
        self.presence
    }

    /// The mood as it is shown.
    #[must_use]
    pub fn feeling(&self) -> Feeling {
        self.feeling
    }

    /// The beat as it is trusted here.
    #[must_use]
    pub fn beat(&self) -> Beat {
        self.beat
    }

    /// How full the breath of the picture is, 0..=1.
    #[must_use]
    pub fn breath(&self) -> f32 {
        fullness(self.breath)
    }

    /// Phase of the motion, 0..[`PHASE_PERIOD`].
    #[must_use]
    pub fn phase(&self) -> f32 {
        self.phase as f32
    }

    /// Phase of the twinkling in seconds, 0..[`TWINKLE_PERIOD`].
    #[must_use]
    pub fn twinkle(&self) -> f32 {
        self.twinkle as f32
    }
}

fn unit(value: f32) -> f32 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}

fn goal_of(mapping: &Mapping, seen: Option<&Seen>) -> f32 {
    let Some(seen) = seen else { return mapping.base };
    let w = &mapping.mood;
    let emotions: f32 = w.emotions().iter().zip(seen.probabilities.values()).map(|(w, p)| w * p).sum();
    let goal = mapping.base
        + w.valence * seen.valence
        + w.arousal * seen.arousal
        + w.certainty * seen.certainty
        + w.presence
        + w.dispersion * seen.dispersion
        + emotions;
    goal.clamp(mapping.range.0, mapping.range.1)
}

fn loudness(w: &SoundWeights, heard: &Heard) -> f32 {
    let mean = |bands: &[f32]| bands.iter().map(|b| unit(*b)).sum::<f32>() / bands.len() as f32;
    w.rms * unit(heard.rms)
        + w.bass * mean(&heard.bands[..2])
        + w.middle * mean(&heard.bands[2..6])
        + w.treble * mean(&heard.bands[6..])
        + w.onset * unit(heard.onset)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::emotion::{Emotion, Probabilities};
    use proptest::prelude::*;

    fn scene() -> Scene {
        Scene::parse(
            Path::new("aurora.ron"),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/aurora.ron")),
        )
        .expect("whole")
    }

    fn somebody(emotion: Emotion) -> Seen {
        Seen {
            valence: 0.3,
            arousal: 0.4,
            certainty: 0.9,
            dispersion: 0.0,
            probabilities: Probabilities::certain(emotion),
        }
    }

    fn loud() -> Heard {
        Heard { rms: 1.0, bands: [1.0; 8], onset: 1.0, beat: Beat { phase: 0.0, trust: 1.0 } }
    }

    fn lab(stage: &Stage) -> Vec<f32> {
        stage.palette().colors().iter().flat_map(|color| color.lab()).collect()
    }

    fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    /// Runs `seconds` at a frame rate.
    fn run(scene: &Scene, seen: Option<&Seen>, heard: &Heard, seconds: u32, rate: u32) -> Stage {
        let mut stage = Stage::new(scene);
        for _ in 0..seconds * rate {
            stage.advance(scene, seen, heard, 1.0 / rate as f32);
        }
        stage
    }

    #[test]
    fn every_emotion_has_colours_of_its_own() {
        let scene = scene();
        let settled = Emotion::ALL.map(|e| run(&scene, Some(&somebody(e)), &Heard::default(), 20, 30));
        for (i, a) in settled.iter().enumerate() {
            for b in &settled[..i] {
                assert!(largest_difference(&lab(a), &lab(b)) > 0.1, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn the_picture_is_the_same_at_every_frame_rate() {
        let scene = scene();
        let seen = somebody(Emotion::Surprise);
        let (slow, fast) =
            (run(&scene, Some(&seen), &loud(), 3, 20), run(&scene, Some(&seen), &loud(), 3, 144));
        assert!(largest_difference(&lab(&slow), &lab(&fast)) < 0.01);
        assert!((slow.phase() - fast.phase()).abs() < 0.01, "{} {}", slow.phase(), fast.phase());
        assert!((slow.values().brightness - fast.values().brightness).abs() < 0.01);
    }

    #[test]
    fn a_beat_is_no_flash() {
        let scene = scene();
        let seen = somebody(Emotion::Happy);
        let mut stage = run(&scene, Some(&seen), &Heard::default(), 10, 30);
        let (mut lowest, mut highest) = (f32::MAX, f32::MIN);
        for frame in 0..300 {
            // Four beats a second, as hard as can be.
            let heard = if frame % 15 < 3 { loud() } else { Heard::default() };
            stage.advance(&scene, Some(&seen), &heard, 1.0 / 60.0);
            lowest = lowest.min(stage.values().brightness);
            highest = highest.max(stage.values().brightness);
        }
        assert!(highest - lowest < 0.1 * highest, "{lowest} {highest}");
    }

    #[test]
    fn after_a_month_the_phase_is_still_fine() {
        let scene = scene();
        let mut stage = Stage::new(&scene);
        stage.phase = PHASE_PERIOD - 1e-4;
        stage.advance(&scene, Some(&somebody(Emotion::Happy)), &loud(), 0.1);
        assert!((0.0..1.0).contains(&stage.phase()), "{}", stage.phase());
    }

    #[test]
    fn values_that_are_no_numbers_are_silence() {
        let scene = scene();
        let mut stage = Stage::new(&scene);
        let heard = Heard {
            rms: f32::NAN,
            bands: [f32::INFINITY; 8],
            onset: f32::NAN,
            beat: Beat { phase: f32::NAN, trust: f32::NAN },
        };
        stage.advance(&scene, None, &heard, 0.1);
        assert!(stage.values().brightness.is_finite() && stage.bands().iter().all(|b| b.is_finite()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn nothing_jumps_and_all_stays_within_its_range(
            moods in proptest::collection::vec((proptest::option::of(0usize..7), 0.0f32..1.0), 1..12),
        ) {
            let scene = scene();
            let mut stage = Stage::new(&scene);
            for (emotion, sound) in moods {
                let seen = emotion.map(|index| somebody(Emotion::ALL[index]));
                let heard = Heard { rms: sound, bands: [sound; 8], onset: sound, ..Heard::default() };
                for _ in 0..20 {
                    let before = (lab(&stage), *stage.values());
                    stage.advance(&scene, seen.as_ref(), &heard, 1.0 / 60.0);
                    prop_assert!(largest_difference(&before.0, &lab(&stage)) < 0.02);
                    prop_assert!((before.1.brightness - stage.values().brightness).abs() < 0.02);
                    prop_assert!((before.1.height - stage.values().height).abs() < 0.03);
                    let range = scene.parameters.brightness.range;
                    prop_assert!((range.0..=range.1).contains(&stage.values().brightness));
                }
            }
        }
    }
}
