//! The systems around the mood: evidence, manual control, presence, blending, trail.

use std::time::Duration;

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::blend::blend;
use super::estimator::MoodEstimator;
use super::events::write_mood_events;
use super::manual_mood::{ManualMood, ManualMoodInputs, ManualMoodSettings};
use super::mood_state::{Mood, SensedMood};
use super::people::People;
use super::presence::{PersonArrived, PersonLeft, Presence};
use super::settings::MoodSettings;
use super::trail::MoodTrail;
use crate::command::{self, Command, DirectionInput, Request};
use crate::emotion::{Affect, Circumplex, Evidence};
use crate::event;
use crate::foundation::FrameStage;
use crate::settings::{AddSettings as _, SectionChanged};

/// Makes the [`Mood`] from [`Evidence`] and manual control. Needs [`MoodSettings`], [`ManualMoodSettings`]
/// and [`Circumplex`] as resources.
pub struct MoodPlugin;

impl Plugin for MoodPlugin {
    fn build(&self, app: &mut App) {
        command::plugin(app);
        event::plugin(app);
        app.add_settings::<MoodSettings>("mood")
            .add_settings::<ManualMoodSettings>("manual_mood")
            .init_resource::<SensedMood>()
            .init_resource::<People>()
            .init_resource::<Presence>()
            .init_resource::<Mood>()
            .init_resource::<MoodTrail>()
            .add_message::<Evidence>()
            .add_message::<PersonArrived>()
            .add_message::<PersonLeft>()
            .add_systems(PreStartup, begin)
            .add_systems(
                Update,
                (
                    (apply_settings, apply_manual_settings),
                    sense_mood,
                    steer_manual_mood,
                    follow_presence,
                    blend_mood,
                    leave_trail,
                    write_mood_events,
                )
                    .chain()
                    .in_set(FrameStage::Feel),
            );
    }
}

#[derive(Resource)]
struct Estimator(MoodEstimator);

/// What the manual mood starts from and gives back to.
#[derive(SystemParam)]
struct Sensing<'w> {
    estimator: Res<'w, Estimator>,
    sensed: Res<'w, SensedMood>,
    circumplex: Res<'w, Circumplex>,
    time: Res<'w, Time>,
}

impl Sensing<'_> {
    fn manual_inputs(&self) -> ManualMoodInputs<'_> {
        let now = self.time.elapsed();
        ManualMoodInputs {
            sensed: &self.sensed,
            has_sensor: self.estimator.0.has_sensor(now),
            circumplex: &self.circumplex,
            now,
        }
    }
}

fn begin(
    settings: Res<MoodSettings>,
    manual: Res<ManualMoodSettings>,
    circumplex: Res<Circumplex>,
    mut commands: Commands,
) {
    commands.insert_resource(Estimator(MoodEstimator::new(&settings, circumplex.clone())));
    commands.insert_resource(ManualMood::new(&manual));
    commands.insert_resource(MoodTrail::new(settings.trail()));
}

fn apply_settings(
    mut changes: MessageReader<SectionChanged<MoodSettings>>,
    settings: Res<MoodSettings>,
    mut estimator: ResMut<Estimator>,
    mut trail: ResMut<MoodTrail>,
) {
    if changes.read().count() > 0 {
        estimator.0.change_settings(&settings);
        trail.change_reach(settings.trail());
    }
}

fn apply_manual_settings(
    mut changes: MessageReader<SectionChanged<ManualMoodSettings>>,
    settings: Res<ManualMoodSettings>,
    mut manual: ResMut<ManualMood>,
) {
    if changes.read().count() > 0 {
        manual.change_settings(&settings);
    }
}

fn sense_mood(
    mut evidence: MessageReader<Evidence>,
    mut estimator: ResMut<Estimator>,
    mut sensed: ResMut<SensedMood>,
    mut people: ResMut<People>,
    time: Res<Time>,
) {
    for evidence in evidence.read() {
        estimator.0.read(evidence);
    }
    estimator.0.advance(time.elapsed());
    sensed.set_if_neq(estimator.0.mood());
    people.set_if_neq(estimator.0.people(time.elapsed()));
}

fn steer_manual_mood(
    mut requests: MessageReader<Request>,
    mut manual: ResMut<ManualMood>,
    direction: Res<DirectionInput>,
    sensing: Sensing,
) {
    for request in requests.read() {
        match request.command {
            Command::ToggleManualMood => manual.toggle(),
            Command::CloseManualMood if manual.is_open() => manual.close(),
            Command::MoveManualMood { valence, arousal } => manual.press(valence, arousal),
            Command::SetManualMood { valence, arousal } => manual.put(Affect { valence, arousal }),
            _ => {}
        }
    }
    let inputs = sensing.manual_inputs();
    manual.advance(sensing.time.delta_secs(), direction.0.to_array(), &inputs);
}

fn follow_presence(
    estimator: Res<Estimator>,
    manual: Res<ManualMood>,
    settings: Res<MoodSettings>,
    mut presence: ResMut<Presence>,
    mut arrived: MessageWriter<PersonArrived>,
    mut left: MessageWriter<PersonLeft>,
    time: Res<Time>,
) {
    let idle_after = Duration::from_secs_f32(settings.idle_seconds);
    let by_hand = manual.set_weight().is_some();
    let mut next = presence.clone();
    let change = next.update(time.elapsed(), estimator.0.in_view(), by_hand, idle_after);
    presence.set_if_neq(next);
    arrived.write_batch(change.arrived.into_iter().map(PersonArrived));
    left.write_batch(change.left.into_iter().map(PersonLeft));
}

fn blend_mood(
    sensed: Res<SensedMood>,
    presence: Res<Presence>,
    manual: Res<ManualMood>,
    mut mood: ResMut<Mood>,
) {
    mood.set_if_neq(blend(&sensed, &presence, &manual));
}

fn leave_trail(mut trail: ResMut<MoodTrail>, mood: Res<Mood>, time: Res<Time>) {
    trail.add(time.elapsed(), &mood.fast);
}

#[cfg(test)]
mod tests {
    use bevy::time::TimeUpdateStrategy;

    use super::*;
    use crate::emotion::{
        Emotion, EvidenceSource, LogProbabilities, PersonEvidence, PersonId, Probabilities,
    };
    use crate::foundation::FoundationPlugin;

    /// Twenty updates are a second.
    const UPDATE: Duration = Duration::from_millis(50);

    #[derive(Resource, Default, Debug, PartialEq)]
    struct ComingAndGoing(Vec<(&'static str, u32)>);

    fn note(
        mut arrived: MessageReader<PersonArrived>,
        mut left: MessageReader<PersonLeft>,
        mut noted: ResMut<ComingAndGoing>,
    ) {
        noted.0.extend(arrived.read().map(|person| ("arrived", person.0.0)));
        noted.0.extend(left.read().map(|person| ("left", person.0.0)));
    }

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin, MoodPlugin))
            .init_resource::<ComingAndGoing>()
            .add_systems(Update, note.after(FrameStage::Feel))
            .insert_resource(Circumplex::shipped().expect("valid"))
            .insert_resource(TimeUpdateStrategy::ManualDuration(UPDATE));
        app.update();
        app
    }

    fn press(app: &mut App, command: &Command, times: usize) {
        for _ in 0..times {
            app.world_mut().write_message(Request::script(command.clone()));
            app.update();
        }
    }

    fn step(valence: f32, arousal: f32) -> Command {
        Command::MoveManualMood { valence, arousal }
    }

    fn wait(app: &mut App, seconds: f32) -> Mood {
        for _ in 0..(seconds * 20.0).round() as u32 {
            app.update();
        }
        app.world().resource::<Mood>().clone()
    }

    /// Waits while a camera sends what it sees.
    fn watch(app: &mut App, seconds: f32, people: &[PersonEvidence]) -> Mood {
        for _ in 0..(seconds * 20.0).round() as u32 {
            app.update();
            let at = app.world().resource::<Time>().elapsed();
            let evidence = Evidence { source: EvidenceSource::Camera, at, people: people.to_vec() };
            app.world_mut().write_message(evidence);
        }
        app.world().resource::<Mood>().clone()
    }

    fn happy_person() -> PersonEvidence {
        PersonEvidence {
            person: Some(PersonId(1)),
            scores: LogProbabilities::from_probabilities(&Probabilities::certain(Emotion::Happy)),
            abstain: 0.0,
            weight: 8_100.0,
            quality: 1.0,
            unreadable: None,
            place: None,
        }
    }

    #[test]
    fn evidence_moves_the_mood_and_its_absence_ends_it() {
        let mut app = app();
        let mood = watch(&mut app, 3.0, &[happy_person()]);
        assert_eq!((mood.fast.emotion, mood.people), (Some(Emotion::Happy), 1));
        assert!(mood.fast.valence > 0.5);
        assert_eq!(app.world().resource::<People>().0[0].id, PersonId(1));
        let mood = wait(&mut app, 12.0);
        assert_eq!((mood.fast.emotion, mood.people), (None, 0));
        assert!(app.world().resource::<People>().0.is_empty());
        let trail = app.world().resource::<MoodTrail>();
        assert!((74..=77).contains(&trail.points().len()), "{}", trail.points().len());
        assert!(trail.points().any(|point| point.valence > 0.5 && point.confidence > 0.5));
    }

    /// Each coming and going is one message, and presence says the same.
    #[test]
    fn arrivals_and_departures_are_told_once() {
        let mut app = app();
        watch(&mut app, 2.0, &[happy_person()]);
        assert_eq!(app.world().resource::<Presence>().people(), [PersonId(1)]);
        watch(&mut app, 2.0, &[]);
        assert!(app.world().resource::<Presence>().people().is_empty());
        let noted = app.world().resource::<ComingAndGoing>();
        assert_eq!(noted.0, [("arrived", 1), ("left", 1)]);
    }

    /// Each resource has one writer: with a manual mood that stands still, none of them changes any more.
    #[test]
    fn what_does_not_change_is_not_marked_as_changed() {
        #[derive(Resource, Default)]
        struct Changes(u32);
        let mut app = app();
        app.init_resource::<Changes>().add_systems(
            Update,
            (|mood: Res<Mood>, presence: Res<Presence>, mut changes: ResMut<Changes>| {
                changes.0 += u32::from(mood.is_changed()) + u32::from(presence.is_changed());
            })
            .after(FrameStage::Feel),
        );
        press(&mut app, &Command::ToggleManualMood, 1);
        press(&mut app, &step(1.0, 0.0), 5);
        wait(&mut app, 10.0);
        let before = app.world().resource::<Changes>().0;
        wait(&mut app, 1.0);
        assert_eq!(app.world().resource::<Changes>().0, before);
    }

    #[test]
    fn commands_set_the_mood_without_any_camera() {
        let mut app = app();
        press(&mut app, &step(1.0, 0.0), 3);
        assert_eq!(wait(&mut app, 1.0), Mood::default(), "a closed control does nothing");
        press(&mut app, &Command::ToggleManualMood, 1);
        press(&mut app, &step(1.0, 0.0), 9);
        press(&mut app, &step(0.0, 1.0), 5);
        let mood = wait(&mut app, 5.0);
        assert_eq!(mood.by_hand, Some(1.0));
        assert_eq!((mood.fast.emotion, mood.slow.emotion), (Some(Emotion::Happy), Some(Emotion::Happy)));
        assert_eq!(mood.people, 0);
        assert!(app.world().resource::<Presence>().visit_since().is_some());
        press(&mut app, &Command::CloseManualMood, 1);
        assert!(!app.world().resource::<ManualMood>().is_open());
        assert_eq!(wait(&mut app, 600.0).by_hand, Some(1.0), "without a camera it stays");
    }

    #[test]
    fn a_working_camera_takes_the_mood_back() {
        let mut app = app();
        press(&mut app, &Command::ToggleManualMood, 1);
        press(&mut app, &step(-1.0, 0.0), 4);
        let settings = app.world().resource::<ManualMoodSettings>().clone();
        assert!(watch(&mut app, 3.0, &[]).fast.valence < -0.2);
        let back = settings.hold_seconds + settings.fade_seconds + 1.0;
        assert!(watch(&mut app, back, &[]).by_hand.is_none());
        assert!(app.world().resource::<Mood>().fast.valence.abs() < f32::EPSILON);
    }

    #[test]
    fn a_held_direction_and_a_pointer_move_it() {
        let mut app = app();
        press(&mut app, &Command::ToggleManualMood, 1);
        assert_eq!(wait(&mut app, 1.0).by_hand, None);
        app.world_mut().resource_mut::<DirectionInput>().0 = Vec2::Y;
        assert!(wait(&mut app, 2.0).fast.arousal > 0.9);
        app.world_mut().resource_mut::<DirectionInput>().0 = Vec2::ZERO;
        press(&mut app, &Command::SetManualMood { valence: 0.6, arousal: -0.6 }, 1);
        let mood = wait(&mut app, 3.0).fast;
        assert!((mood.valence - 0.6).abs() < 0.01 && (mood.arousal + 0.6).abs() < 0.01, "{mood:?}");
    }
}
