//! The circle on which a person sets the mood: large while it is open, small while its mood holds.

use bevy::ecs::hierarchy::ChildSpawnerCommands;
use bevy::prelude::*;
use bevy::ui::RelativeCursorPosition;

use super::hud::Hud;
use super::style::{AMBER, LIGHT, Typeface};
use super::{Drawing, Screen};
use crate::emotion::Affect;
use crate::foundation::FrameStage;
use crate::input::{Action, triggers};
use crate::mood::{ManualMood, Mood, SetManualMood};
use crate::visuals::displays::drift;
use crate::visuals::{VisualsSettings, ease};

/// Sizes in hundredths of the shorter side of the screen.
const LARGE: f32 = 40.0;
const SMALL: f32 = 11.0;
const LABEL: f32 = 4.2;
const HINT: f32 = 2.6;
/// Time constant in seconds with which the circles come and go.
const SHOW: f32 = 0.2;
/// Behind the circles: darker than behind words, since the point must be seen on every palette.
const GROUND: Color = Color::srgba(0.015, 0.015, 0.03, 0.72);
/// What lies in which corner of the plane.
const CORNERS: [(&str, bool, bool); 4] =
    [("tense", false, true), ("bright", true, true), ("low", false, false), ("calm", true, false)];

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Typeface>().add_message::<SetManualMood>().add_systems(Startup, spawn).add_systems(
        Update,
        (drag, fade, tint, place, wander, say)
            .chain()
            .in_set(FrameStage::Present)
            .in_set(Drawing)
            .run_if(resource_exists::<ManualMood>),
    );
}

/// The two circles.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq)]
enum Circle {
    Large,
    Small,
}

/// How visible a circle is, on its root.
#[derive(Component, Default)]
struct Showing(f32);

/// The colour of a part at full visibility.
#[derive(Component)]
struct Tint(Circle, Color);

#[derive(Component)]
struct Point;

/// The round area that a pointer can drag in.
#[derive(Component)]
struct Ground;

#[derive(Component)]
struct Title;

fn spawn(mut commands: Commands, typeface: Res<Typeface>) {
    spawn_large(&mut commands, &typeface);
    let place = Node { position_type: PositionType::Absolute, top: vmin(3.0), right: vmin(3.0), ..default() };
    commands
        .spawn((Circle::Small, Showing::default(), Visibility::Hidden, place))
        .with_children(|parent| spawn_circle(parent, Circle::Small, SMALL));
}

fn spawn_large(commands: &mut Commands, typeface: &Typeface) {
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
    let field = Node {
        width: vmin(LARGE + 22.0),
        height: vmin(LARGE),
        justify_content: JustifyContent::Center,
        ..default()
    };
    let large = Circle::Large;
    commands.spawn((large, Showing::default(), Visibility::Hidden, GlobalZIndex(5), across)).with_children(
        |parent| {
            parent.spawn((card, Tint(large, GROUND), BackgroundColor(Color::NONE))).with_children(|card| {
                card.spawn((Title, words(typeface, "", LABEL, LIGHT)));
                card.spawn(field).with_children(|field| {
                    spawn_circle(field, large, LARGE);
                    for (name, right, up) in CORNERS {
                        field.spawn((corner(right, up), words(typeface, name, LABEL, LIGHT)));
                    }
                });
                card.spawn(words(typeface, &hint(), HINT, LIGHT.with_alpha(0.8)));
            });
        },
    );
}

fn words(typeface: &Typeface, text: &str, size: f32, color: Color) -> impl Bundle {
    (
        Text::new(text),
        typeface.sized_by_shorter_side(size),
        TextColor(color.with_alpha(0.0)),
        Tint(Circle::Large, color),
    )
}

fn corner(right: bool, up: bool) -> Node {
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
fn spawn_circle(parent: &mut ChildSpawnerCommands, circle: Circle, size: f32) {
    let ring = Node {
        width: vmin(size),
        height: vmin(size),
        border: UiRect::all(vmin(0.45)),
        border_radius: BorderRadius::MAX,
        ..default()
    };
    let color = if circle == Circle::Small { GROUND } else { LIGHT.with_alpha(0.05) };
    let mut ring = parent.spawn((
        ring,
        BackgroundColor(Color::NONE),
        BorderColor::all(Color::NONE),
        Tint(circle, color),
        Rim,
    ));
    if circle == Circle::Large {
        ring.insert((Ground, Button, RelativeCursorPosition::default()));
    }
    let axis = |lies: bool| Node {
        position_type: PositionType::Absolute,
        left: if lies { percent(0) } else { percent(50) },
        top: if lies { percent(50) } else { percent(0) },
        width: if lies { percent(100) } else { vmin(0.2) },
        height: if lies { vmin(0.2) } else { percent(100) },
        ..default()
    };
    let dot = if circle == Circle::Large { 4.0 } else { 2.0 };
    let point = Node {
        position_type: PositionType::Absolute,
        width: vmin(dot),
        height: vmin(dot),
        margin: UiRect { left: vmin(-dot / 2.0), top: vmin(-dot / 2.0), ..default() },
        border_radius: BorderRadius::MAX,
        ..default()
    };
    ring.with_children(|ring| {
        for lies in [true, false] {
            let color = LIGHT.with_alpha(0.3);
            ring.spawn((axis(lies), BackgroundColor(Color::NONE), Tint(circle, color)));
        }
        ring.spawn((Point, point, BackgroundColor(Color::NONE), Tint(circle, AMBER)));
    });
}

/// The edge of a circle, tinted apart from its ground.
#[derive(Component)]
struct Rim;

fn hint() -> String {
    let label = |(key, pad): (Option<crate::input::Trigger>, Option<crate::input::Trigger>)| {
        key.into_iter().chain(pad).map(crate::input::Trigger::label).collect::<Vec<_>>().join(" or ")
    };
    format!("arrows, stick or mouse move it · {} closes it", label(triggers(Action::ToggleDial)))
}

/// A pointer that is pressed on the circle puts the point where it is, also when it is dragged out.
fn drag(
    ground: Single<(&Interaction, &RelativeCursorPosition), With<Ground>>,
    mut places: MessageWriter<SetManualMood>,
) {
    let (interaction, cursor) = *ground;
    if let (Interaction::Pressed, Some(at)) = (interaction, cursor.normalized) {
        places.write(SetManualMood(Affect { valence: 2.0 * at.x, arousal: -2.0 * at.y }));
    }
}

fn fade(
    time: Res<Time>,
    (dial, mood, screen): (Res<ManualMood>, Res<Mood>, Res<State<Screen>>),
    hud: Option<Single<&Hud>>,
    mut circles: Query<(&Circle, &mut Showing, &mut Visibility)>,
) {
    let open = dial.is_open() && *screen.get() == Screen::Experience;
    let words = hud.is_none_or(|hud| hud.wanted());
    for (circle, mut alpha, mut visibility) in &mut circles {
        let goal = match circle {
            Circle::Large if open => 1.0,
            // The sign that the mood is set by hand goes as the hand gives back.
            Circle::Small if !open && words => mood.by_hand.map_or(0.0, |weight| 0.25 + 0.75 * weight),
            _ => 0.0,
        };
        let next = ease(alpha.0, goal, time.delta_secs(), SHOW);
        alpha.0 = if (next - goal).abs() < 5e-3 { goal } else { next };
        visibility.set_if_neq(if alpha.0 > 0.0 { Visibility::Inherited } else { Visibility::Hidden });
    }
}

/// The sign may stay for hours: like words, it does not burn in.
fn wander(
    time: Res<Time>,
    settings: Option<Res<VisualsSettings>>,
    mut circles: Query<(&Circle, &mut Node), With<Showing>>,
) {
    let Some(settings) = settings else { return };
    let [x, y] = drift(time.elapsed_secs_f64(), settings.display.drift_pixels);
    let wanted = UiRect { right: px(-x), top: px(y), ..default() };
    for (circle, mut node) in &mut circles {
        if *circle == Circle::Small && node.margin != wanted {
            node.margin = wanted;
        }
    }
}

/// A part that is drawn in one colour.
type Part<'w> = (
    &'w Tint,
    Has<Rim>,
    Option<&'w mut TextColor>,
    Option<&'w mut BackgroundColor>,
    Option<&'w mut BorderColor>,
);

fn tint(circles: Query<(&Circle, Ref<Showing>)>, mut parts: Query<Part>) {
    if !circles.iter().any(|(_, alpha)| alpha.is_changed()) {
        return;
    }
    for (tint, rim, text, ground, border) in &mut parts {
        let alpha = circles.iter().find(|(circle, _)| **circle == tint.0).map_or(0.0, |(_, alpha)| alpha.0);
        let color = tint.1.with_alpha(tint.1.alpha() * alpha);
        if let Some(mut text) = text {
            text.set_if_neq(TextColor(color));
        } else if let Some(mut ground) = ground {
            ground.set_if_neq(BackgroundColor(color));
        }
        if let (true, Some(mut border)) = (rim, border) {
            border.set_if_neq(BorderColor::all(LIGHT.with_alpha(0.85 * alpha)));
        }
    }
}

fn place(dial: Res<ManualMood>, mut points: Query<&mut Node, With<Point>>) {
    let at = dial.point();
    let (left, top) = (percent(50.0 + 50.0 * at.valence), percent(50.0 - 50.0 * at.arousal));
    for mut node in &mut points {
        if node.left != left || node.top != top {
            (node.left, node.top) = (left, top);
        }
    }
}

fn say(mood: Res<Mood>, mut title: Single<&mut Text, With<Title>>) {
    let words = if mood.by_hand.is_some() { "Mood set by hand" } else { "Set the mood by hand" };
    if title.0 != words {
        words.clone_into(&mut title.0);
    }
}
