//! The control on which a person sets the mood: a large circle while it is open, a small one while its mood holds.
//!
//! The circle is the valence-arousal plane, pleasant to the right and excited above.

use bevy::ecs::hierarchy::ChildSpawnerCommands;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::ui::RelativeCursorPosition;

use super::fade::{FadedPart, ScreenFade};
use super::hud::Hud;
use super::schedule::DrawScreens;
use super::style::{AMBER, LIGHT, Typeface};
use crate::command::{Command, CommandSource, Request, Screen};
use crate::foundation::FrameStage;
use crate::input::Bindings;
use crate::mood::{ManualMood, Mood};
use crate::visuals::VisualsSettings;
use crate::visuals::display::drift;

/// Sizes in hundredths of the shorter side of the screen.
const LARGE_SIZE: f32 = 40.0;
const SMALL_SIZE: f32 = 11.0;
const LABEL_SIZE: f32 = 4.2;
const HINT_SIZE: f32 = 2.6;
/// Time constant in seconds with which the circles come and go.
const FADE_SECONDS: f32 = 0.2;
/// Behind the circles: darker than behind text, since the point must be seen on every palette.
const GROUND: Color = Color::srgba(0.015, 0.015, 0.03, 0.72);
/// The words in the corners of the plane: whether they are to the right, and whether above.
const CORNERS: [(&str, bool, bool); 4] =
    [("tense", false, true), ("bright", true, true), ("low", false, false), ("calm", true, false)];

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Typeface>()
        .add_systems(Startup, spawn_control)
        .add_systems(Update, drag_point.in_set(FrameStage::Input).run_if(resource_exists::<ManualMood>))
        .add_systems(
            Update,
            (fade_circles, place_points, drift_small, set_title)
                .chain()
                .in_set(DrawScreens)
                .run_if(resource_exists::<ManualMood>),
        );
}

/// The root of one of the two circles.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
enum MoodCircle {
    Large,
    Small,
}

/// The point that shows where the mood is.
#[derive(Component)]
struct MoodPoint;

/// The round area in which a pointer can drag.
#[derive(Component)]
struct DragArea;

#[derive(Component)]
struct ControlTitle;

fn spawn_control(mut commands: Commands, typeface: Res<Typeface>, bindings: Option<Res<Bindings>>) {
    let hint = bindings.map(|bindings| describe_controls(&bindings)).unwrap_or_default();
    spawn_large(&mut commands, &typeface, &hint);
    let corner =
        Node { position_type: PositionType::Absolute, top: vmin(3.0), right: vmin(3.0), ..default() };
    let root = commands
        .spawn((
            Name::new("manual mood, small"),
            MoodCircle::Small,
            ScreenFade::default(),
            Visibility::Hidden,
            corner,
        ))
        .id();
    commands.entity(root).with_children(|parent| spawn_circle(parent, MoodCircle::Small, root, SMALL_SIZE));
}

fn spawn_large(commands: &mut Commands, typeface: &Typeface, hint: &str) {
    let across = Node {
        position_type: PositionType::Absolute,
        // Faults are written above it.
        top: vmin(13.0),
        width: percent(100),
        justify_content: JustifyContent::Center,
        ..default()
    };
    let card = Node {
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        row_gap: vmin(1.2),
        padding: UiRect::axes(vmin(3.0), vmin(2.0)),
        border_radius: BorderRadius::all(vmin(3.0)),
        ..default()
    };
    let plane = Node {
        width: vmin(LARGE_SIZE + 22.0),
        height: vmin(LARGE_SIZE),
        justify_content: JustifyContent::Center,
        ..default()
    };
    let root = commands
        .spawn((
            Name::new("manual mood"),
            MoodCircle::Large,
            ScreenFade::default(),
            Visibility::Hidden,
            GlobalZIndex(5),
            across,
        ))
        .id();
    let label = |text: &str, size: f32, color: Color| {
        (
            Text::new(text),
            typeface.sized_by_shorter_side(size),
            TextColor(color.with_alpha(0.0)),
            FadedPart::new(root, color),
        )
    };
    commands.entity(root).with_children(|parent| {
        parent.spawn((card, FadedPart::new(root, GROUND), BackgroundColor(Color::NONE))).with_children(
            |card| {
                card.spawn((ControlTitle, label("", LABEL_SIZE, LIGHT)));
                card.spawn(plane).with_children(|plane| {
                    spawn_circle(plane, MoodCircle::Large, root, LARGE_SIZE);
                    for (name, right, up) in CORNERS {
                        plane.spawn((corner_node(right, up), label(name, LABEL_SIZE, LIGHT)));
                    }
                });
                card.spawn(label(hint, HINT_SIZE, LIGHT.with_alpha(0.8)));
            },
        );
    });
}

fn corner_node(right: bool, up: bool) -> Node {
    let (near, far) = (px(0), auto());
    Node {
        position_type: PositionType::Absolute,
        left: if right { far } else { near },
        right: if right { near } else { far },
        top: if up { near } else { far },
        bottom: if up { far } else { near },
        ..default()
    }
}

/// A ring with its two axes and the point.
fn spawn_circle(parent: &mut ChildSpawnerCommands, circle: MoodCircle, root: Entity, size: f32) {
    let ring = Node {
        width: vmin(size),
        height: vmin(size),
        border: UiRect::all(vmin(0.45)),
        border_radius: BorderRadius::MAX,
        ..default()
    };
    let ground = if circle == MoodCircle::Small { GROUND } else { LIGHT.with_alpha(0.05) };
    let border = Some(LIGHT.with_alpha(0.85));
    let mut ring = parent.spawn((
        ring,
        BackgroundColor(Color::NONE),
        BorderColor::all(Color::NONE),
        FadedPart { border, ..FadedPart::new(root, ground) },
    ));
    if circle == MoodCircle::Large {
        ring.insert((DragArea, Button, RelativeCursorPosition::default()));
    }
    let axis = |horizontal: bool| Node {
        position_type: PositionType::Absolute,
        left: if horizontal { percent(0) } else { percent(50) },
        top: if horizontal { percent(50) } else { percent(0) },
        width: if horizontal { percent(100) } else { vmin(0.2) },
        height: if horizontal { vmin(0.2) } else { percent(100) },
        ..default()
    };
    let dot = if circle == MoodCircle::Large { 4.0 } else { 2.0 };
    let point = Node {
        position_type: PositionType::Absolute,
        width: vmin(dot),
        height: vmin(dot),
        margin: UiRect { left: vmin(-dot / 2.0), top: vmin(-dot / 2.0), ..default() },
        border_radius: BorderRadius::MAX,
        ..default()
    };
    ring.with_children(|ring| {
        for horizontal in [true, false] {
            let color = LIGHT.with_alpha(0.3);
            ring.spawn((axis(horizontal), BackgroundColor(Color::NONE), FadedPart::new(root, color)));
        }
        ring.spawn((MoodPoint, point, BackgroundColor(Color::NONE), FadedPart::new(root, AMBER)));
    });
}

/// How the point is moved, and which key and button close the control.
fn describe_controls(bindings: &Bindings) -> String {
    let toggle = Command::ToggleManualMood;
    let key = bindings.key(&toggle).map(|key| format!("key {}", key.label()));
    let button = bindings.pad(&toggle).map(|button| format!("button {}", button.label()));
    let close: Vec<String> = key.into_iter().chain(button).collect();
    let move_it = "move it with arrows, stick or mouse";
    if close.is_empty() {
        move_it.to_owned()
    } else {
        format!("{move_it} · close it with {}", close.join(" or "))
    }
}

/// A pointer that is pressed on the circle puts the point where it is, also when it is dragged out of the circle.
fn drag_point(
    area: Single<(&Interaction, &RelativeCursorPosition), With<DragArea>>,
    mut requests: MessageWriter<Request>,
) {
    let (interaction, cursor) = *area;
    if let (Interaction::Pressed, Some(at)) = (interaction, cursor.normalized) {
        // From −0.5..=0.5 with y down to the unit circle with y up.
        let [valence, arousal] = Vec2::new(2.0 * at.x, -2.0 * at.y).clamp_length_max(1.0).to_array();
        let command = Command::SetManualMood { valence, arousal };
        requests.write(Request { command, source: CommandSource::Menu });
    }
}

/// What decides which circle is seen.
#[derive(SystemParam)]
struct CircleStates<'w, 's> {
    control: Res<'w, ManualMood>,
    mood: Res<'w, Mood>,
    screen: Res<'w, State<Screen>>,
    hud: Option<Single<'w, 's, &'static Hud>>,
}

impl CircleStates<'_, '_> {
    /// How visible a circle should be, 0..=1.
    fn goal(&self, circle: MoodCircle) -> f32 {
        let open = self.control.is_open();
        let text_wanted = self.hud.as_ref().is_none_or(|hud| hud.is_wanted());
        match circle {
            _ if *self.screen.get() == Screen::Menu => 0.0,
            MoodCircle::Large if open => 1.0,
            // The small circle fades while the mood goes back to that of the camera.
            MoodCircle::Small if !open && text_wanted => {
                self.mood.by_hand.map_or(0.0, |weight| 0.25 + 0.75 * weight)
            }
            _ => 0.0,
        }
    }
}

fn fade_circles(time: Res<Time>, states: CircleStates, mut circles: Query<(&MoodCircle, &mut ScreenFade)>) {
    for (circle, mut fade) in &mut circles {
        let mut next = *fade;
        next.approach(states.goal(*circle), time.delta_secs(), FADE_SECONDS);
        fade.set_if_neq(next);
    }
}

/// The small circle may stay for hours. Like the text it moves a little, so that it does not burn in.
fn drift_small(
    time: Res<Time>,
    settings: Option<Res<VisualsSettings>>,
    mut circles: Query<(&MoodCircle, &mut Node)>,
) {
    let Some(settings) = settings else { return };
    let [x, y] = drift(time.elapsed_secs_f64(), settings.display.drift_pixels);
    let margin = UiRect { right: px(-x), top: px(y), ..default() };
    for (circle, mut node) in &mut circles {
        if *circle == MoodCircle::Small && node.margin != margin {
            node.margin = margin;
        }
    }
}

fn place_points(control: Res<ManualMood>, mut points: Query<&mut Node, With<MoodPoint>>) {
    let at = control.point();
    let (left, top) = (percent(50.0 + 50.0 * at.valence), percent(50.0 - 50.0 * at.arousal));
    for mut node in &mut points {
        if node.left != left || node.top != top {
            (node.left, node.top) = (left, top);
        }
    }
}

fn set_title(mood: Res<Mood>, mut title: Single<&mut Text, With<ControlTitle>>) {
    let text = if mood.by_hand.is_some() { "Mood set by hand" } else { "Set the mood by hand" };
    if title.0 != text {
        text.clone_into(&mut title.0);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::state::app::StatesPlugin;
    use bevy::time::TimeUpdateStrategy;

    use super::super::fade::apply_fades;
    use super::*;
    use crate::emotion::{Affect, Circumplex};
    use crate::foundation::FoundationPlugin;
    use crate::mood::ManualMoodSettings;
    use crate::mood::{ManualMoodInputs, SensedMood};

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatesPlugin, AssetPlugin::default(), FoundationPlugin))
            .init_asset::<Font>()
            .init_state::<Screen>()
            .init_resource::<Mood>()
            .insert_resource(Bindings::shipped().expect("valid"))
            .insert_resource(ManualMood::new(&ManualMoodSettings::default()))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(50)))
            .add_plugins(plugin)
            .add_systems(Update, apply_fades.after(DrawScreens));
        crate::command::plugin(&mut app);
        app.update();
        app
    }

    fn wait(app: &mut App, seconds: f32) {
        for _ in 0..(seconds * 20.0) as u32 {
            app.update();
        }
    }

    fn alpha(app: &mut App, wanted: MoodCircle) -> f32 {
        let mut circles = app.world_mut().query::<(&MoodCircle, &ScreenFade)>();
        circles.iter(app.world()).find(|(circle, _)| **circle == wanted).expect("there").1.0
    }

    /// "D or X closes it" made people press the key X, which skipped the track.
    #[test]
    fn the_hint_tells_keys_from_buttons() {
        let bindings = Bindings::shipped().expect("valid");
        let hint = "move it with arrows, stick or mouse · close it with key D or button X";
        assert_eq!(describe_controls(&bindings), hint);
        assert_eq!(describe_controls(&Bindings::default()), "move it with arrows, stick or mouse");
    }

    /// The large circle while the control is open, the small one while its mood holds, none behind the menu.
    #[test]
    fn one_circle_at_a_time_is_shown() {
        let mut app = app();
        wait(&mut app, 1.0);
        assert!(alpha(&mut app, MoodCircle::Large) + alpha(&mut app, MoodCircle::Small) <= 0.0);
        app.world_mut().resource_mut::<ManualMood>().toggle();
        wait(&mut app, 2.0);
        assert!(alpha(&mut app, MoodCircle::Large) > 0.99 && alpha(&mut app, MoodCircle::Small) <= 0.0);
        app.world_mut().resource_mut::<NextState<Screen>>().set(Screen::Menu);
        wait(&mut app, 2.0);
        assert!(alpha(&mut app, MoodCircle::Large) <= 0.0);
        app.world_mut().resource_mut::<NextState<Screen>>().set(Screen::Picture);
        app.world_mut().resource_mut::<ManualMood>().toggle();
        app.world_mut().resource_mut::<Mood>().by_hand = Some(1.0);
        wait(&mut app, 2.0);
        assert!(alpha(&mut app, MoodCircle::Large) <= 0.0 && alpha(&mut app, MoodCircle::Small) > 0.99);
        let mut titles = app.world_mut().query_filtered::<&Text, With<ControlTitle>>();
        assert_eq!(titles.single(app.world()).expect("one").0, "Mood set by hand");
    }

    /// A pointer on the circle sends the point of the plane under it, and outside of it the nearest point of the edge.
    #[test]
    fn a_pointer_sends_the_point_of_the_plane() {
        let mut app = app();
        let area =
            app.world_mut().query_filtered::<Entity, With<DragArea>>().single(app.world()).expect("one");
        for (at, valence, arousal) in [((0.25, 0.25), 0.5, -0.5), ((0.0, -3.0), 0.0, 1.0)] {
            let mut area = app.world_mut().entity_mut(area);
            *area.get_mut::<Interaction>().expect("a button") = Interaction::Pressed;
            area.get_mut::<RelativeCursorPosition>().expect("there").normalized = Some(at.into());
            app.update();
            let sent: Vec<Request> = app.world_mut().resource_mut::<Messages<Request>>().drain().collect();
            let Some(Request { command: Command::SetManualMood { valence: x, arousal: y }, .. }) =
                sent.first()
            else {
                panic!("{sent:?}")
            };
            assert!((x - valence).abs() < 1e-6 && (y - arousal).abs() < 1e-6, "{x} {y}");
        }
    }

    /// The point is drawn where the mood is: pleasant to the right, excited above.
    #[test]
    fn the_point_is_drawn_where_the_mood_is() {
        let mut app = app();
        app.world_mut().resource_mut::<ManualMood>().toggle();
        let put = Affect { valence: 0.5, arousal: 0.5 };
        let (sensed, circumplex) = (SensedMood::default(), Circumplex::shipped().expect("valid"));
        let inputs = ManualMoodInputs {
            sensed: &sensed,
            has_sensor: false,
            circumplex: &circumplex,
            now: Duration::ZERO,
        };
        let mut control = app.world_mut().resource_mut::<ManualMood>();
        control.put(put);
        for _ in 0..100 {
            control.advance(0.05, [0.0; 2], &inputs);
        }
        app.update();
        let mut points = app.world_mut().query_filtered::<&Node, With<MoodPoint>>();
        for node in points.iter(app.world()) {
            let (Val::Percent(left), Val::Percent(top)) = (node.left, node.top) else { panic!("{node:?}") };
            assert!((left - 75.0).abs() < 1.0 && (top - 25.0).abs() < 1.0, "{left} {top}");
        }
    }
}
