//! The menu over the picture: keyboard, mouse and pad. Pictures and music go on behind it.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::window::CursorMoved;

use super::style::{LIGHT, SHADE, Typeface};
use crate::command::{COMMANDS, Command, CommandSource, Request, Screen};
use crate::foundation::FrameStage;
use crate::input::{Bindings, InputContext, Trigger};
use crate::mixer::{AmbientSwitch, AmbientWhen, Cue, NowPlaying};
use crate::sense::camera::CameraSwitch;
use crate::visuals::SceneCrossfade;
use crate::visuals::director::{Director, DirectorState};

/// The rows, from above. Their texts come from the table of commands, except where they depend on what is on.
const ROWS: &[Command] = &[
    Command::ToggleMenu,
    Command::TogglePause,
    Command::NextTrack,
    Command::Like,
    Command::SwitchAmbientPad,
    Command::ToggleManualMood,
    Command::ToggleCamera,
    Command::NextScene,
    Command::KeepScene,
    Command::FavouriteScene,
    Command::ToggleFullscreen,
    Command::ToggleOperatorPanel,
    Command::Quit,
];
/// Text size of a row and of the help, in hundredths of the screen's shorter side.
const ROW_SIZE: f32 = 3.4;
const HELP_SIZE: f32 = 2.1;
const SELECTED: Color = Color::srgba(1.0, 1.0, 1.0, 0.16);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Typeface>()
        .init_resource::<SelectedRow>()
        .add_message::<CursorMoved>()
        .add_systems(OnEnter(Screen::Menu), spawn_menu)
        .add_systems(
            Update,
            (select_by_pointer, answer_commands)
                .chain()
                .in_set(FrameStage::Input)
                .run_if(in_state(Screen::Menu)),
        )
        .add_systems(
            Update,
            (highlight_row, label_rows).chain().in_set(FrameStage::Present).run_if(in_state(Screen::Menu)),
        );
}

/// The row that is selected.
#[derive(Resource, Default)]
struct SelectedRow(usize);

impl SelectedRow {
    fn move_by_one(&mut self, down: bool) {
        let by = if down { 1 } else { ROWS.len() - 1 };
        self.0 = (self.0 + by) % ROWS.len();
    }
}

/// A row, by its place in [`ROWS`].
#[derive(Component)]
struct MenuRow(usize);

/// What the texts of some rows depend on.
#[expect(clippy::struct_excessive_bools, reason = "each is the state of a switch of its own")]
#[derive(Debug, Clone, Copy)]
struct Switches {
    paused: bool,
    camera_on: bool,
    scene_kept: bool,
    favourite: bool,
    ambient: AmbientWhen,
}

/// What a row would do now.
fn describe_row(command: &Command, now: Switches) -> &'static str {
    match command {
        Command::ToggleMenu => "Close the menu",
        Command::TogglePause if now.paused => "Continue the music",
        Command::TogglePause => "Pause the music",
        Command::ToggleCamera if now.camera_on => "Camera off",
        Command::ToggleCamera => "Camera on",
        Command::SwitchAmbientPad => match now.ambient {
            AmbientWhen::Off => "Soft chords when no music plays",
            AmbientWhen::Silences => "Soft chords under the music as well",
            AmbientWhen::Always => "Soft chords off",
        },
        Command::KeepScene if now.scene_kept => "Change scenes automatically",
        Command::FavouriteScene if now.favourite => "Remove from favourites",
        Command::FavouriteScene => "Add to favourites",
        command => command.info().label,
    }
}

/// "Keys: D set the mood by hand · C camera · …", for keys or for a pad.
fn describe_bindings(kind: &str, bindings: &Bindings, on_pad: bool) -> String {
    let first = |name: &str| {
        let wanted = |(trigger, command): &(Trigger, &Command)| {
            command.name() == name && trigger.is_on_pad() == on_pad
        };
        bindings.bound(InputContext::Picture).find(wanted).map(|(trigger, _)| trigger)
    };
    let parts: Vec<_> = COMMANDS
        .iter()
        .filter_map(|info| {
            let label = first(info.name)?.label();
            // Lines break between the parts only.
            Some(format!("{label} {}", lower_first(info.label)).replace(' ', "\u{a0}"))
        })
        .collect();
    format!("{kind}:  {}", parts.join("  ·  "))
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn spawn_menu(
    mut commands: Commands,
    typeface: Res<Typeface>,
    bindings: Option<Res<Bindings>>,
    mut selected: ResMut<SelectedRow>,
) {
    selected.0 = 0;
    let root = commands
        .spawn((
            Name::new("menu"),
            DespawnOnExit(Screen::Menu),
            Node {
                position_type: PositionType::Absolute,
                width: percent(100),
                height: percent(100),
                flex_direction: FlexDirection::Column,
                justify_content: JustifyContent::Center,
                align_items: AlignItems::Center,
                row_gap: vmin(0.4),
                ..default()
            },
            BackgroundColor(SHADE),
            GlobalZIndex(10),
        ))
        .id();
    for (index, command) in ROWS.iter().enumerate() {
        commands.spawn((
            Name::new(command.name()),
            ChildOf(root),
            Button,
            MenuRow(index),
            Node {
                width: vmin(62.0),
                justify_content: JustifyContent::Center,
                padding: UiRect::axes(vmin(3.0), vmin(0.6)),
                border_radius: BorderRadius::all(vmin(1.6)),
                ..default()
            },
            BackgroundColor(Color::NONE),
            children![(
                Text::new(command.info().label),
                typeface.sized_by_shorter_side(ROW_SIZE),
                TextColor(LIGHT)
            )],
        ));
    }
    let Some(bindings) = bindings else { return };
    let lines = [
        describe_bindings("Keys while the menu is closed", &bindings, false),
        describe_bindings("Pad", &bindings, true),
    ];
    for (index, line) in lines.into_iter().enumerate() {
        commands.spawn((
            Name::new("menu help"),
            ChildOf(root),
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

/// A pointer that moves selects the row under it, and a press chooses it. One that rests where the menu opens does not
/// take the selection from the keys.
fn select_by_pointer(
    rows: Query<(&MenuRow, Ref<Interaction>)>,
    mut moves: MessageReader<CursorMoved>,
    mut selected: ResMut<SelectedRow>,
    mut output: MenuOutput,
) {
    let pointer_moved = moves.read().count() > 0;
    for (row, interaction) in &rows {
        match *interaction {
            Interaction::Pressed if interaction.is_changed() => {
                selected.0 = row.0;
                output.choose(row.0);
            }
            Interaction::Hovered if pointer_moved => selected.0 = row.0,
            _ => {}
        }
    }
}

fn answer_commands(
    mut inputs: ParamSet<(MessageReader<Request>, MenuOutput)>,
    mut selected: ResMut<SelectedRow>,
) {
    let requests: Vec<Command> = inputs.p0().read().map(|request| request.command.clone()).collect();
    for command in requests {
        match command {
            Command::MenuUp => selected.move_by_one(false),
            Command::MenuDown => selected.move_by_one(true),
            Command::MenuConfirm => inputs.p1().choose(selected.0),
            _ => {}
        }
    }
}

/// What the menu writes.
#[derive(SystemParam)]
struct MenuOutput<'w> {
    requests: MessageWriter<'w, Request>,
    cues: MessageWriter<'w, Cue>,
}

impl MenuOutput<'_> {
    fn choose(&mut self, row: usize) {
        let Some(command) = ROWS.get(row) else { return };
        self.cues.write(Cue::Press);
        self.requests.write(Request { command: command.clone(), source: CommandSource::Menu });
        if matches!(command, Command::ToggleOperatorPanel | Command::ToggleManualMood) {
            // They would lie under the menu.
            self.requests.write(Request { command: Command::ToggleMenu, source: CommandSource::Menu });
        }
    }
}

fn highlight_row(selected: Res<SelectedRow>, mut rows: Query<(&MenuRow, &mut BackgroundColor)>) {
    for (row, mut color) in &mut rows {
        let wanted = if row.0 == selected.0 { SELECTED } else { Color::NONE };
        color.set_if_neq(BackgroundColor(wanted));
    }
}

/// What the texts of the rows depend on.
#[derive(SystemParam)]
struct SwitchStates<'w> {
    playing: Res<'w, NowPlaying>,
    camera: Option<Res<'w, CameraSwitch>>,
    director: Option<Res<'w, DirectorState>>,
    crossfade: Option<Res<'w, SceneCrossfade>>,
    ambient: Option<Res<'w, AmbientSwitch>>,
}

impl SwitchStates<'_> {
    fn now(&self) -> Switches {
        let director = self.director.as_ref().map(|state| state.director());
        let on_show = self.crossfade.as_ref().map(|crossfade| crossfade.current().name.as_str());
        Switches {
            paused: self.playing.paused,
            camera_on: self.camera.as_ref().is_none_or(|camera| camera.on),
            scene_kept: director.is_some_and(Director::is_locked),
            favourite: director
                .zip(on_show)
                .is_some_and(|(director, scene)| director.favourites().contains(scene)),
            ambient: self.ambient.as_ref().map_or(AmbientWhen::Off, |ambient| ambient.0),
        }
    }
}

/// Rows that switch something say what they would do now.
fn label_rows(states: SwitchStates, rows: Query<(&MenuRow, &Children)>, mut texts: Query<&mut Text>) {
    let now = states.now();
    for (row, children) in &rows {
        let Some(command) = ROWS.get(row.0) else { continue };
        for child in children {
            if let Ok(mut text) = texts.get_mut(*child)
                && text.0 != describe_row(command, now)
            {
                describe_row(command, now).clone_into(&mut text.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bevy::state::app::StatesPlugin;

    use super::*;
    use crate::input::InputPlugin;

    const ALL_OFF: Switches = Switches {
        paused: false,
        camera_on: true,
        scene_kept: false,
        favourite: false,
        ambient: AmbientWhen::Off,
    };

    #[test]
    fn the_help_names_keys_and_buttons() {
        let bindings = Bindings::shipped().expect("valid");
        let keys = describe_bindings("Keys", &bindings, false).replace('\u{a0}', " ");
        assert!(keys.contains("D set the mood by hand") && keys.contains("C camera"), "{keys}");
        let pad = describe_bindings("Pad", &bindings, true).replace('\u{a0}', " ");
        assert!(pad.contains("X set the mood by hand") && !pad.contains("fullscreen"), "{pad}");
    }

    #[test]
    fn a_row_says_what_it_would_do() {
        let row = |command: Command, now| describe_row(&command, now);
        assert_eq!(row(Command::ToggleCamera, ALL_OFF), "Camera off");
        assert_eq!(row(Command::ToggleCamera, Switches { camera_on: false, ..ALL_OFF }), "Camera on");
        assert_eq!(row(Command::TogglePause, ALL_OFF), "Pause the music");
        assert_eq!(row(Command::TogglePause, Switches { paused: true, ..ALL_OFF }), "Continue the music");
        let kept = Switches { scene_kept: true, ..ALL_OFF };
        assert_eq!(row(Command::KeepScene, kept), "Change scenes automatically");
        let texts = [AmbientWhen::Off, AmbientWhen::Silences, AmbientWhen::Always]
            .map(|ambient| row(Command::SwitchAmbientPad, Switches { ambient, ..ALL_OFF }));
        let expected =
            ["Soft chords when no music plays", "Soft chords under the music as well", "Soft chords off"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn the_selection_wraps_around() {
        let mut selected = SelectedRow(0);
        selected.move_by_one(false);
        assert_eq!(selected.0, ROWS.len() - 1);
        selected.move_by_one(true);
        assert_eq!(selected.0, 0);
    }

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, StatesPlugin, bevy::input::InputPlugin, AssetPlugin::default()))
            .init_asset::<Font>()
            .add_plugins(crate::foundation::FoundationPlugin)
            .init_state::<Screen>()
            .init_resource::<NowPlaying>()
            .add_message::<Cue>()
            .add_plugins((InputPlugin::default(), plugin));
        app.finish();
        app.cleanup();
        app.update();
        app
    }

    fn send(app: &mut App, command: Command) {
        app.world_mut().write_message(Request { command, source: CommandSource::Pad });
        app.update();
    }

    fn screen(app: &App) -> Screen {
        *app.world().resource::<State<Screen>>().get()
    }

    /// The menu from end to end: it opens at its first row, moves, wraps, chooses, and closes.
    #[test]
    fn a_pad_goes_through_the_menu() {
        let mut app = app();
        for (index, command) in ROWS.iter().enumerate() {
            send(&mut app, Command::ToggleMenu);
            assert_eq!(screen(&app), Screen::Menu);
            assert_eq!(app.world().resource::<SelectedRow>().0, 0, "it opens at its first row");
            for _ in 0..index {
                send(&mut app, Command::MenuDown);
            }
            app.world_mut().resource_mut::<Messages<Request>>().clear();
            send(&mut app, Command::MenuConfirm);
            let sent: Vec<Request> = app.world_mut().resource_mut::<Messages<Request>>().drain().collect();
            let chosen = Request { command: command.clone(), source: CommandSource::Menu };
            assert!(sent.contains(&chosen), "{command} in the same frame: {sent:?}");
            // Drained messages were not seen by the input room: close it if the row did not ask for that itself.
            send(&mut app, Command::ToggleMenu);
            assert_eq!(screen(&app), Screen::Picture);
        }
        let rows = app.world_mut().query::<&MenuRow>().iter(app.world()).count();
        assert_eq!(rows, 0, "a closed menu leaves nothing behind");
    }

    /// A pointer that rests does not select the row under it when the menu opens; once it moves, it does.
    #[test]
    fn a_resting_pointer_does_not_select() {
        let mut app = app();
        send(&mut app, Command::ToggleMenu);
        let rows: Vec<Entity> =
            app.world_mut().query_filtered::<Entity, With<MenuRow>>().iter(app.world()).collect();
        *app.world_mut().get_mut::<Interaction>(rows[5]).expect("a button") = Interaction::Hovered;
        app.update();
        assert_eq!(app.world().resource::<SelectedRow>().0, 0);
        let moved = CursorMoved { window: Entity::PLACEHOLDER, position: Vec2::ONE, delta: Some(Vec2::ONE) };
        app.world_mut().write_message(moved);
        app.update();
        let row = app.world().get::<MenuRow>(rows[5]).expect("a row").0;
        assert_eq!(app.world().resource::<SelectedRow>().0, row);
    }
}
