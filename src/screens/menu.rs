//! The menu over the picture: keyboard, mouse and pad. The experience goes on behind it.

use bevy::prelude::*;

use super::Screen;
use super::style::{LIGHT, SHADE, Typeface};
use crate::foundation::Step;
use crate::input::Action;
use crate::mixer::Cue;

/// What a row says and asks for.
const ROWS: [(&str, Action); 5] = [
    ("Resume", Action::ToggleMenu),
    ("Fullscreen", Action::ToggleFullscreen),
    ("Operator panel", Action::TogglePanel),
    ("Next track", Action::NextTrack),
    ("Quit", Action::Quit),
];
/// Size of a row in hundredths of the screen's height.
const SIZE: f32 = 4.6;
const CHOSEN: Color = Color::srgba(1.0, 1.0, 1.0, 0.16);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Typeface>()
        .init_resource::<Choice>()
        .add_systems(OnEnter(Screen::Menu), spawn)
        .add_systems(
            Update,
            (point, act, highlight).chain().in_set(Step::Present).run_if(in_state(Screen::Menu)),
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
                row_gap: vh(1.2),
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
                width: vh(48.0),
                justify_content: JustifyContent::Center,
                padding: UiRect::axes(vh(3.0), vh(1.3)),
                border_radius: BorderRadius::all(vh(1.6)),
                ..default()
            },
            BackgroundColor(Color::NONE),
            children![(Text::new(name), typeface.sized(SIZE), TextColor(LIGHT))],
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
    if *action == Action::TogglePanel {
        // The panel lies under the menu.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_goes_round() {
        let mut choice = Choice(0);
        choice.step(false);
        assert_eq!(choice.0, ROWS.len() - 1);
        choice.step(true);
        assert_eq!(choice.0, 0);
    }
}
