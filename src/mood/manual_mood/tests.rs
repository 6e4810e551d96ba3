use proptest::prelude::*;

use super::super::blend::blend;
use super::super::mood_state::Mood;
use super::super::presence::Presence;
use super::*;
use crate::mood::ManualMoodSettings;

const FRAME: f32 = 1.0 / 30.0;
const CALM: Affect = Affect { valence: 0.6, arousal: -0.6 };
const BRIGHT: Affect = Affect { valence: 0.8, arousal: 0.5 };

fn settings() -> ManualMoodSettings {
    ManualMoodSettings::default()
}

fn table() -> Circumplex {
    Circumplex::shipped().expect("valid")
}

fn sad() -> SensedMood {
    let probabilities = Probabilities::certain(Emotion::Sad);
    let place = table().affect(&probabilities);
    let state = MoodState {
        emotion: Some(Emotion::Sad),
        probability: 1.0,
        probabilities,
        valence: place.valence,
        arousal: place.arousal,
        confidence: 1.0,
        since: Duration::from_secs(1),
    };
    SensedMood { fast: state, slow: state, ..SensedMood::default() }
}

/// The mood where nothing is set by hand.
fn unset(sensed: &SensedMood) -> Mood {
    blend(sensed, &Presence::default(), &ManualMood::new(&settings()))
}

/// A manual mood over one that a camera keeps sensing.
struct Room {
    manual: ManualMood,
    sensed: SensedMood,
    camera: bool,
    now: f32,
}

impl Room {
    fn new(sensed: SensedMood) -> Self {
        let mut manual = ManualMood::new(&settings());
        manual.toggle();
        Self { manual, sensed, camera: true, now: 10.0 }
    }

    fn frame(&mut self, push: [f32; 2]) -> Mood {
        self.now += FRAME;
        let inputs = ManualMoodInputs {
            sensed: &self.sensed,
            has_sensor: self.camera,
            circumplex: &table(),
            now: Duration::from_secs_f32(self.now),
        };
        self.manual.advance(FRAME, push, &inputs);
        blend(&self.sensed, &Presence::default(), &self.manual)
    }

    fn wait(&mut self, seconds: f32) -> Mood {
        let frames = (seconds / FRAME).round() as u32;
        (0..frames).fold(Mood::default(), |_, _| self.frame([0.0; 2]))
    }
}

#[test]
fn opening_alone_changes_nothing() {
    let mut room = Room::new(sad());
    assert_eq!(room.wait(2.0), unset(&sad()));
}

#[test]
fn the_manual_mood_takes_over_both_clocks() {
    let mut room = Room::new(sad());
    room.wait(1.0);
    room.manual.put(BRIGHT);
    let mood = room.wait(5.0);
    assert_eq!(mood.by_hand, Some(1.0));
    for state in [mood.fast, mood.slow] {
        assert_eq!(state.emotion, Some(Emotion::Happy));
        assert_eq!(state.probabilities.top().0, Emotion::Happy);
        assert!(
            (state.valence - BRIGHT.valence).abs() < 0.01 && (state.arousal - BRIGHT.arousal).abs() < 0.01
        );
        assert!(state.since > Duration::from_secs(10));
    }
}

#[test]
fn music_does_not_follow_what_the_point_only_passes() {
    let mut room = Room::new(sad());
    room.wait(0.5);
    room.manual.put(BRIGHT);
    let mut passed = Vec::new();
    for _ in 0..150 {
        let mood = room.frame([0.0; 2]);
        if passed.last() != Some(&mood.slow.emotion) {
            passed.push(mood.slow.emotion);
        }
    }
    assert_eq!(passed, [Some(Emotion::Sad), Some(Emotion::Happy)]);
}

#[test]
fn an_untouched_control_gives_back_to_the_camera() {
    let mut room = Room::new(sad());
    room.manual.put(CALM);
    let held = room.wait(settings().hold_seconds - 1.0);
    assert_eq!((held.by_hand, held.fast.emotion), (Some(1.0), Some(Emotion::Neutral)));
    assert!(!room.manual.is_open(), "without input the control leaves the screen");
    let after = room.wait(settings().fade_seconds + 2.0);
    assert_eq!(after.by_hand, None);
    assert_eq!(after.fast.emotion, Some(Emotion::Sad));
    assert_eq!(room.wait(1.0), unset(&sad()));
}

#[test]
fn without_a_camera_it_stays_and_a_camera_that_comes_is_waited_for() {
    let mut room = Room::new(SensedMood::default());
    room.camera = false;
    room.manual.put(CALM);
    let later = room.wait(400.0);
    assert_eq!(later.by_hand, Some(1.0));
    assert!((later.fast.valence - CALM.valence).abs() < 0.01);
    room.camera = true;
    assert_eq!(room.wait(settings().hold_seconds - 1.0).by_hand, Some(1.0));
    assert_eq!(room.wait(settings().fade_seconds + 2.0).by_hand, None);
}

#[test]
fn a_closed_control_cannot_be_moved() {
    let mut room = Room::new(sad());
    room.manual.close();
    room.manual.put(CALM);
    room.manual.press(1.0, 0.0);
    assert_eq!(room.frame([1.0, 1.0]), unset(&sad()));
}

#[test]
fn every_emotion_is_nearest_to_its_own_point() {
    for emotion in Emotion::ALL {
        let place = table().affect(&Probabilities::certain(emotion));
        assert_eq!(table().nearest(place), emotion);
        assert_eq!(table().scores_near(place, settings().spread).probabilities().top().0, emotion);
    }
}

/// One input.
#[derive(Debug, Clone)]
enum Touch {
    Nothing,
    Push(f32, f32),
    Press(f32, f32),
    Put(f32, f32),
    Toggle,
    Camera(bool),
}

fn touch() -> impl Strategy<Value = Touch> {
    let unit = -1.0_f32..=1.0;
    prop_oneof![
        6 => Just(Touch::Nothing),
        2 => (unit.clone(), unit.clone()).prop_map(|(x, y)| Touch::Push(x, y)),
        1 => (unit.clone(), unit).prop_map(|(x, y)| Touch::Press(x, y)),
        1 => (proptest::num::f32::ANY, proptest::num::f32::ANY).prop_map(|(x, y)| Touch::Put(x, y)),
        1 => Just(Touch::Toggle),
        1 => any::<bool>().prop_map(Touch::Camera),
    ]
}

proptest! {
    // A case is a minute at thirty frames a second; 48 of them are enough.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_input_the_point_stays_in_the_circle_and_nothing_jumps(
        script in proptest::collection::vec((touch(), 1_u32..90), 1..25),
    ) {
        let mut room = Room::new(sad());
        let mut before = room.sensed.fast;
        // The way of the point, and the way between camera and hand (at most two units apart,
        // smoothstep at most 1.5 times as steep as a straight line).
        let most = FRAME * (FASTEST + 2.0 * 1.5 / settings().takeover_seconds) + 1e-4;
        for (touch, frames) in script {
            let push = match touch {
                Touch::Push(x, y) => [x, y],
                Touch::Press(x, y) => { room.manual.press(x, y); [0.0; 2] }
                Touch::Put(x, y) => { room.manual.put(Affect { valence: x, arousal: y }); [0.0; 2] }
                Touch::Toggle => { room.manual.toggle(); [0.0; 2] }
                Touch::Camera(camera) => { room.camera = camera; [0.0; 2] }
                Touch::Nothing => [0.0; 2],
            };
            for _ in 0..frames {
                let mood = room.frame(push);
                let point = room.manual.point();
                prop_assert!(point.valence.hypot(point.arousal) <= 1.0 + 1e-5, "{point:?}");
                let moved = (mood.fast.valence - before.valence).hypot(mood.fast.arousal - before.arousal);
                prop_assert!(moved <= most, "a jump of {moved}");
                prop_assert!((0.0..=1.0).contains(&room.manual.weight()));
                before = mood.fast;
            }
        }
    }

    #[test]
    fn the_way_back_is_monotone(x in -1.0_f32..=1.0, y in -1.0_f32..=1.0) {
        let mut room = Room::new(sad());
        room.manual.put(Affect { valence: x, arousal: y });
        room.wait(settings().hold_seconds);
        let mut weight = room.manual.weight();
        for _ in 0..1_000 {
            room.frame([0.0; 2]);
            prop_assert!(room.manual.weight() <= weight);
            weight = room.manual.weight();
        }
        prop_assert!(weight <= 0.0);
    }
}
