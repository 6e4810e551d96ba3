//! What a scene shows now: eased colours, parameters and phases, moved on by mood, sound and breath.

use super::definition::Scene;
use super::palette::Palette;
use super::parameters::{ParameterMapping, ParameterValues, SceneParameters, SoundWeights};
use crate::visuals::exponential_smoothing;
use crate::visuals::inputs::{BeatPosition, MoodInput, SceneInputs, SoundInput};

/// The phase of the motion wraps here, where the noise of the shaders repeats.
pub const PHASE_PERIOD: f64 = 256.0;
/// The time of the twinkling stars wraps here, in seconds.
pub const TWINKLE_PERIOD: f64 = 64.0;

/// The moving state of a scene.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneState {
    palette: Palette,
    by_mood: [f32; SceneParameters::COUNT],
    by_sound: [f32; SceneParameters::COUNT],
    values: ParameterValues,
    bands: [f32; 8],
    presence: f32,
    shown_mood: ShownMood,
    beat: BeatPosition,
    /// Amplitude of the breath, 0..=1.
    breath: f32,
    phase: f64,
    twinkle: f64,
}

/// The mood as it is shown; all 0 in an empty room.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ShownMood {
    /// −1..=1
    pub valence: f32,
    /// −1..=1
    pub arousal: f32,
    /// 0..=1
    pub certainty: f32,
    /// 0..
    pub dispersion: f32,
}

impl ShownMood {
    fn toward(self, goal: Option<&MoodInput>, dt: f32, tau: f32) -> Self {
        let goal = goal.map_or(Self::default(), |mood| Self {
            valence: mood.valence,
            arousal: mood.arousal,
            certainty: mood.certainty,
            dispersion: mood.dispersion,
        });
        Self {
            valence: exponential_smoothing::toward(self.valence, goal.valence, dt, tau),
            arousal: exponential_smoothing::toward(self.arousal, goal.arousal, dt, tau),
            certainty: exponential_smoothing::toward(self.certainty, goal.certainty, dt, tau),
            dispersion: exponential_smoothing::toward(self.dispersion, goal.dispersion, dt, tau),
        }
    }
}

/// Time constant in seconds with which trust in a beat rises and falls.
const BEAT_TRUST_SECONDS: f32 = 1.5;

impl SceneState {
    /// An empty, silent room.
    #[must_use]
    pub fn new(scene: &Scene) -> Self {
        let by_mood = scene.parameters.named().map(|(_, mapping)| mapping.base);
        Self {
            palette: scene.colors.empty,
            by_mood,
            by_sound: [0.0; SceneParameters::COUNT],
            values: ParameterValues::from_array(by_mood),
            bands: [0.0; 8],
            presence: 0.0,
            shown_mood: ShownMood::default(),
            beat: BeatPosition::default(),
            breath: 0.0,
            phase: 0.0,
            twinkle: 0.0,
        }
    }

    /// Moves on by `dt` seconds.
    pub fn advance(&mut self, scene: &Scene, inputs: &SceneInputs, dt: f32) {
        let (mood, sound) = (inputs.mood.as_ref(), &inputs.sound);
        let goal = mood.map_or(scene.colors.empty, |mood| scene.colors.palette_for(mood));
        self.palette = self.palette.toward(&goal, dt, scene.colors.seconds);
        self.presence = exponential_smoothing::toward(
            self.presence,
            f32::from(u8::from(mood.is_some())),
            dt,
            scene.colors.seconds,
        );
        self.shown_mood = self.shown_mood.toward(mood, dt, scene.colors.seconds);
        self.beat.phase = unit(sound.beat.phase);
        self.beat.trust =
            exponential_smoothing::toward(self.beat.trust, unit(sound.beat.trust), dt, BEAT_TRUST_SECONDS);
        self.breath = unit(inputs.breath);
        self.follow_bands(sound, scene.bands_seconds, dt);
        let speed_before = self.values.speed;
        self.follow_parameters(scene, inputs, dt);
        // The picture moves by the integral of the speed, so that a change of speed never moves it.
        let way = f64::from(dt) * f64::from(speed_before.midpoint(self.values.speed));
        self.phase = (self.phase + way).rem_euclid(PHASE_PERIOD);
        self.twinkle = (self.twinkle + f64::from(dt)).rem_euclid(TWINKLE_PERIOD);
    }

    fn follow_bands(&mut self, sound: &SoundInput, seconds: f32, dt: f32) {
        for (band, now) in self.bands.iter_mut().zip(sound.bands) {
            *band = exponential_smoothing::toward(*band, unit(now), dt, seconds);
        }
    }

    fn follow_parameters(&mut self, scene: &Scene, inputs: &SceneInputs, dt: f32) {
        let mut values = [0.0; SceneParameters::COUNT];
        for (slot, (_, mapping)) in scene.parameters.named().into_iter().enumerate() {
            let mood = &mut self.by_mood[slot];
            *mood = exponential_smoothing::toward(
                *mood,
                goal_of(mapping, inputs.mood.as_ref()),
                dt,
                mapping.seconds,
            );
            let heard = self.beat.pulse() * mapping.sound.beat + loudness(&mapping.sound, &inputs.sound);
            let sound = &mut self.by_sound[slot];
            *sound = exponential_smoothing::toward(*sound, heard, dt, mapping.sound_seconds);
            let breath = mapping.breath * (self.breath - 0.5);
            values[slot] = (*mood + *sound + breath).clamp(mapping.range.0, mapping.range.1);
        }
        self.values = ParameterValues::from_array(values);
    }

    /// The colours now.
    #[must_use]
    pub fn palette(&self) -> &Palette {
        &self.palette
    }

    /// The parameters now.
    #[must_use]
    pub fn values(&self) -> &ParameterValues {
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
    pub fn mood(&self) -> ShownMood {
        self.shown_mood
    }

    /// The beat as it is trusted here.
    #[must_use]
    pub fn beat(&self) -> BeatPosition {
        self.beat
    }

    /// Amplitude of the breath, 0 empty ..= 1 full.
    #[must_use]
    pub fn breath(&self) -> f32 {
        self.breath
    }

    /// Phase of the motion, 0..`PHASE_PERIOD`.
    #[must_use]
    pub fn phase(&self) -> f32 {
        self.phase as f32
    }

    /// Phase of the twinkling in seconds, 0..`TWINKLE_PERIOD`.
    #[must_use]
    pub fn twinkle(&self) -> f32 {
        self.twinkle as f32
    }
}

fn unit(value: f32) -> f32 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}

fn goal_of(mapping: &ParameterMapping, mood: Option<&MoodInput>) -> f32 {
    let Some(mood) = mood else { return mapping.base };
    let w = &mapping.mood;
    let emotions: f32 = w.emotions().iter().zip(mood.probabilities.values()).map(|(w, p)| w * p).sum();
    let goal = mapping.base
        + w.valence * mood.valence
        + w.arousal * mood.arousal
        + w.certainty * mood.certainty
        + w.presence
        + w.dispersion * mood.dispersion
        + emotions;
    goal.clamp(mapping.range.0, mapping.range.1)
}

fn loudness(w: &SoundWeights, sound: &SoundInput) -> f32 {
    let mean = |bands: &[f32]| bands.iter().map(|b| unit(*b)).sum::<f32>() / bands.len() as f32;
    w.rms * unit(sound.rms)
        + w.bass * mean(&sound.bands[..2])
        + w.middle * mean(&sound.bands[2..6])
        + w.treble * mean(&sound.bands[6..])
        + w.onset * unit(sound.onset)
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

    fn somebody(emotion: Emotion) -> MoodInput {
        MoodInput {
            valence: 0.3,
            arousal: 0.4,
            certainty: 0.9,
            dispersion: 0.0,
            probabilities: Probabilities::certain(emotion),
        }
    }

    fn loud() -> SoundInput {
        SoundInput { rms: 1.0, bands: [1.0; 8], onset: 1.0, beat: BeatPosition { phase: 0.0, trust: 1.0 } }
    }

    fn lab(state: &SceneState) -> Vec<f32> {
        state.palette().colors().iter().flat_map(|color| color.lab()).collect()
    }

    fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    fn inputs(mood: Option<MoodInput>, sound: SoundInput) -> SceneInputs {
        SceneInputs { mood, sound, breath: 0.5 }
    }

    /// Runs `seconds` at a frame rate.
    fn run(scene: &Scene, mood: Option<MoodInput>, sound: SoundInput, seconds: u32, rate: u32) -> SceneState {
        let mut state = SceneState::new(scene);
        for _ in 0..seconds * rate {
            state.advance(scene, &inputs(mood, sound), 1.0 / rate as f32);
        }
        state
    }

    #[test]
    fn every_emotion_has_colours_of_its_own() {
        let scene = scene();
        let settled = Emotion::ALL.map(|e| run(&scene, Some(somebody(e)), SoundInput::default(), 20, 30));
        for (i, a) in settled.iter().enumerate() {
            for b in &settled[..i] {
                assert!(largest_difference(&lab(a), &lab(b)) > 0.1, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn the_picture_is_the_same_at_every_frame_rate() {
        let scene = scene();
        let mood = somebody(Emotion::Surprise);
        let (slow, fast) = (run(&scene, Some(mood), loud(), 3, 20), run(&scene, Some(mood), loud(), 3, 144));
        assert!(largest_difference(&lab(&slow), &lab(&fast)) < 0.01);
        assert!((slow.phase() - fast.phase()).abs() < 0.01, "{} {}", slow.phase(), fast.phase());
        assert!((slow.values().brightness - fast.values().brightness).abs() < 0.01);
    }

    #[test]
    fn a_beat_is_no_flash() {
        let scene = scene();
        let mood = somebody(Emotion::Happy);
        let mut state = run(&scene, Some(mood), SoundInput::default(), 10, 30);
        let (mut lowest, mut highest) = (f32::MAX, f32::MIN);
        for frame in 0..300 {
            // Four beats a second, as hard as can be.
            let sound = if frame % 15 < 3 { loud() } else { SoundInput::default() };
            state.advance(&scene, &inputs(Some(mood), sound), 1.0 / 60.0);
            lowest = lowest.min(state.values().brightness);
            highest = highest.max(state.values().brightness);
        }
        assert!(highest - lowest < 0.1 * highest, "{lowest} {highest}");
    }

    #[test]
    fn after_a_month_the_phase_is_still_fine() {
        let scene = scene();
        let mut state = SceneState::new(&scene);
        state.phase = PHASE_PERIOD - 1e-4;
        state.advance(&scene, &inputs(Some(somebody(Emotion::Happy)), loud()), 0.1);
        assert!((0.0..1.0).contains(&state.phase()), "{}", state.phase());
    }

    #[test]
    fn values_that_are_no_numbers_are_silence() {
        let scene = scene();
        let mut state = SceneState::new(&scene);
        let sound = SoundInput {
            rms: f32::NAN,
            bands: [f32::INFINITY; 8],
            onset: f32::NAN,
            beat: BeatPosition { phase: f32::NAN, trust: f32::NAN },
        };
        state.advance(&scene, &SceneInputs { breath: f32::NAN, ..inputs(None, sound) }, 0.1);
        assert!(state.values().brightness.is_finite() && state.bands().iter().all(|b| b.is_finite()));
    }

    /// The breath is added with full lungs and taken off with empty ones, half of it each way.
    #[test]
    fn the_breath_lifts_and_lowers_a_parameter() {
        let mut scene = scene();
        scene.parameters.glow.breath = 0.2;
        let glow = |breath: f32| {
            let mut state = SceneState::new(&scene);
            state.advance(&scene, &SceneInputs { breath, ..SceneInputs::default() }, 0.1);
            (state.values().glow, state.breath())
        };
        assert!((glow(1.0).0 - glow(0.0).0 - 0.2).abs() < 1e-5);
        assert!((glow(0.7).1 - 0.7).abs() < 1e-6);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn nothing_jumps_and_all_stays_within_its_range(
            moods in proptest::collection::vec((proptest::option::of(0usize..7), 0.0f32..1.0), 1..12),
        ) {
            let scene = scene();
            let mut state = SceneState::new(&scene);
            for (emotion, level) in moods {
                let mood = emotion.map(|index| somebody(Emotion::ALL[index]));
                let sound = SoundInput { rms: level, bands: [level; 8], onset: level, ..SoundInput::default() };
                for _ in 0..20 {
                    let before = (lab(&state), *state.values());
                    state.advance(&scene, &inputs(mood, sound), 1.0 / 60.0);
                    prop_assert!(largest_difference(&before.0, &lab(&state)) < 0.02);
                    prop_assert!((before.1.brightness - state.values().brightness).abs() < 0.02);
                    prop_assert!((before.1.height - state.values().height).abs() < 0.03);
                    let range = scene.parameters.brightness.range;
                    prop_assert!((range.0..=range.1).contains(&state.values().brightness));
                }
            }
        }
    }
}
