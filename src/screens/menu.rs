//! The menu over the picture: keyboard, mouse and pad. The experience goes on behind it.

use bevy::prelude::*;

use super::Screen;
use super::style::{LIGHT, SHADE, Typeface};
use crate::foundation::FrameStage;
use crate::input::{Action, Trigger, triggers};
use crate::mixer::{AmbientSwitch, AmbientWhen, Cue};
use crate::sense::camera::CameraSwitch;
use crate::visuals::director::{Direction, Director};

/// What a row says and asks for.
const ROWS: [(&str, Action); 11] = [
    ("Resume", Action::ToggleMenu),
    ("Set the mood by hand", Action::ToggleDial),
    ("Camera off", Action::ToggleCamera),
    ("Fullscreen", Action::ToggleFullscreen),
    ("Operator panel", Action::TogglePanel),
    ("Next track", Action::NextTrack),
    (BED, Action::SwitchBed),
    ("Next scene", Action::NextScene),
    (KEEP, Action::KeepScene),
    (FAVOURITE, Action::FavouriteScene),
    ("Quit", Action::Quit),
];
const BED: &str = "Soft chords when no music plays";
const KEEP: &str = "Keep this scene";
const FAVOURITE: &str = "A favourite scene";
/// What keys do, for the help under the rows.
const HELP: [(&str, Action); 15] = [
    ("menu", Action::ToggleMenu),
    ("mood by hand", Action::ToggleDial),
    ("camera", Action::ToggleCamera),
    ("words", Action::ToggleHud),
    ("pause", Action::PlayPause),
    ("back", Action::SeekBack),
    ("ahead", Action::SeekForward),
    ("next track", Action::NextTrack),
    ("next scene", Action::NextScene),
    ("keep scene", Action::KeepScene),
    ("like", Action::Like),
    ("not now", Action::NotNow),
    ("again", Action::PlayAgain),
    ("operator", Action::TogglePanel),
    ("fullscreen", Action::ToggleFullscreen),
];
/// Sizes of a row and of the help in hundredths of the screen's shorter side.
const SIZE: f32 = 3.4;
const HELP_SIZE: f32 = 2.1;
const CHOSEN: Color = Color::srgba(1.0, 1.0, 1.0, 0.16);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Typeface>()
        .init_resource::<Choice>()
        .add_systems(OnEnter(Screen::Menu), spawn)
        .add_systems(
            Update,
            (point, act, highlight, name_rows)
                .chain()
                .in_set(FrameStage::Present)
                .run_if(in_state(Screen::Menu)),
        );
}

/// The row that is chosen.
#[derive(Resource, Default)]
struct Choice(usize);

impl Choice {
    fn step(&mut self, forward: bool) {
        let by = if forward { 1 } else { ROWS.len() - 1 };
        self.0 = (self.0 + by) % ROWS.len();
    }
}

#[derive(Component)]
struct Row(usize);

/// What the words of some rows depend on.
#[derive(Debug, Clone, Copy)]
struct Now {
    camera_on: bool,
    scene_kept: bool,
    favourite: bool,
    ambient: AmbientWhen,
}

/// What a row says now.
fn name(row: usize, now: Now) -> &'static str {
    match ROWS.get(row) {
        Some((_, Action::ToggleCamera)) if !now.camera_on => "Camera on",
        Some((_, Action::SwitchBed)) if now.ambient == AmbientWhen::Silences => {
            "Soft chords under the music as well"
        }
        Some((_, Action::SwitchBed)) if now.ambient == AmbientWhen::Always => "Soft chords off",
        Some((_, Action::KeepScene)) if now.scene_kept => "Let scenes change",
        Some((_, Action::FavouriteScene)) if now.favourite => "No longer a favourite",
        Some((name, _)) => name,
        None => "",
    }
}

/// "D mood by hand · C camera · …", for keys or for a pad.
fn help(kind: &str, trigger: impl Fn(Action) -> Option<Trigger>) -> String {
    let parts: Vec<_> = HELP
        .iter()
        .filter_map(|(words, action)| {
            Some(format!("{}\u{a0}{words}", trigger(*action)?.label()).replace(' ', "\u{a0}"))
        })
        .collect();
    format!("{kind}:  {}", parts.join("  ·  "))
}

fn spawn(mut commands: Commands, typeface: Res<Typeface>, mut choice: ResMut<Choice>) {
    choice.0 = 0;
    let ground = commands
        .spawn((
            DespawnOnExit(Screen::Menu),
            Node {
                position_type: PositionType::Absolute,
                width: percent(100),
                height: percent(100),
                flex_direction: FlexDirection::Column,
                justify_content: JustifyContent::Center,
                align_items: AlignItems::Center,
                row_gap: vmin(0.6),
                ..default()
            },
            BackgroundColor(SHADE),
            GlobalZIndex(10),
        ))
        .id();
    for (index, (name, _)) in ROWS.into_iter().enumerate() {
        commands.spawn((
            ChildOf(ground),
            Button,
            Row(index),
            Node {
                width: vmin(58.0),
                justify_content: JustifyContent::Center,
                padding: UiRect::axes(vmin(3.0), vmin(1.0)),
                border_radius: BorderRadius::all(vmin(1.6)),
                ..default()
            },
            BackgroundColor(Color::NONE),
            children![(Text::new(name), typeface.sized_by_shorter_side(SIZE), TextColor(LIGHT))],
        ));
    }
    let lines = [help("Keys", |action| triggers(action).0), help("Pad", |action| triggers(action).1)];
    for (index, line) in lines.into_iter().enumerate() {
        commands.spawn((
            ChildOf(ground),
            Node {
                max_width: percent(92),
                margin: UiRect::top(if index == 0 { vmin(3.0) } else { px(0) }),
                ..default()
            },
            Text::new(line),
            TextLayout::justify(Justify::Center),
            typeface.sized_by_shorter_side(HELP_SIZE),
            TextColor(LIGHT.with_alpha(0.8)),
        ));
    }
}

/// The mouse chooses what it points at, and presses it.
fn point(
    rows: Query<(&Row, &Interaction), Changed<Interaction>>,
    mut choice: ResMut<Choice>,
    mut commands: Commands,
) {
    for (row, interaction) in &rows {
        match interaction {
            Interaction::Pressed => {
                choice.0 = row.0;
                press(&mut commands, row.0);
            }
            Interaction::Hovered => choice.0 = row.0,
            Interaction::None => {}
        }
    }
}

fn act(mut actions: MessageReader<Action>, mut choice: ResMut<Choice>, mut commands: Commands) {
    for action in actions.read() {
        match action {
            Action::Up => choice.step(false),
            Action::Down => choice.step(true),
            Action::Confirm => press(&mut commands, choice.0),
            Action::Back => {
                commands.write_message(Action::ToggleMenu);
            }
            _ => {}
        }
    }
}

fn press(commands: &mut Commands, row: usize) {
    let Some((_, action)) = ROWS.get(row) else { return };
    commands.write_message(Cue::Press);
    commands.write_message(*action);
    if matches!(action, Action::TogglePanel | Action::ToggleDial) {
        // They lie under the menu.
        commands.write_message(Action::ToggleMenu);
    }
}

fn highlight(choice: Res<Choice>, mut rows: Query<(&Row, &mut BackgroundColor)>) {
    for (row, mut color) in &mut rows {
        let wanted = if row.0 == choice.0 { CHOSEN } else { Color::NONE };
        if color.0 != wanted {
            color.0 = wanted;
        }
    }
}

/// Rows that switch something say what they would do now.
fn name_rows(
    switch: Option<Res<CameraSwitch>>,
    (direction, pad): (Option<Res<Direction>>, Option<Res<AmbientSwitch>>),
    rows: Query<(&Row, &Children)>,
    mut texts: Query<&mut Text>,
) {
    let director = direction.as_ref().map(|direction| direction.director());
    let now = Now {
        camera_on: switch.is_none_or(|switch| switch.on),
        scene_kept: director.is_some_and(Director::is_locked),
        favourite: director.is_some_and(|director| director.favourites().contains(director.scene())),
        ambient: pad.map_or(AmbientWhen::Off, |pad| pad.0),
    };
    for (row, children) in &rows {
        for child in children {
            if let Ok(mut text) = texts.get_mut(*child)
                && text.0 != name(row.0, now)
            {
                name(row.0, now).clone_into(&mut text.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_keys_and_buttons() {
        let keys = help("Keys", |action| triggers(action).0).replace('\u{a0}', " ");
        assert!(keys.contains("D mood by hand") && keys.contains("C camera"), "{keys}");
        let pad = help("Pad", |action| triggers(action).1).replace('\u{a0}', " ");
        assert!(pad.contains("X mood by hand") && !pad.contains("fullscreen"), "{pad}");
    }

    #[test]
    fn the_row_of_the_camera_says_what_it_would_do() {
        let row = ROWS.iter().position(|(_, action)| *action == Action::ToggleCamera).expect("a row");
        let now =
            |camera_on| Now { camera_on, scene_kept: false, favourite: false, ambient: AmbientWhen::Off };
        assert_eq!([name(row, now(true)), name(row, now(false))], ["Camera off", "Camera on"]);
        let row = ROWS.iter().position(|(_, action)| *action == Action::KeepScene).expect("a row");
        assert_eq!(name(row, Now { scene_kept: true, ..now(true) }), "Let scenes change");
        let row = ROWS.iter().position(|(_, action)| *action == Action::SwitchBed).expect("a row");
        let ambient = [AmbientWhen::Off, AmbientWhen::Silences, AmbientWhen::Always];
        let words = ambient.map(|ambient| name(row, Now { ambient, ..now(true) }));
        assert_eq!(
            words,
            ["Soft chords when no music plays", "Soft chords under the music as well", "Soft chords off"]
        );
    }

    #[test]
    fn the_choice_goes_round() {
        let mut choice = Choice(0);
        choice.step(false);
        assert_eq!(choice.0, ROWS.len() - 1);
        choice.step(true);
        assert_eq!(choice.0, 0);
    }
}
