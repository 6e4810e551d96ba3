//! The text on the picture, readable from three metres.

use bevy::prelude::*;

use super::fade::{FadedPart, ScreenFade, TextFade};
use super::hud_text::{HudLine, HudText};
use super::schedule::DrawScreens;
use super::style::{AMBER, LIGHT, SHADE, Typeface};
use crate::command::{Command, Request, Screen};
use crate::visuals::VisualsSettings;
use crate::visuals::display::drift;

/// Text sizes in hundredths of the screen's shorter side. At three metres, capitals of 2 % on a screen 60 cm high are
/// about 14 minutes of arc, three times what an eye needs.
const LARGE: f32 = 7.4;
const MIDDLE: f32 = 3.9;
const SMALL: f32 = 2.8;
/// Time constant in seconds with which the text comes and goes.
const FADE_SECONDS: f32 = 0.35;
/// Faults shown at once.
const MOST_FAULTS: usize = 4;
/// How far the shade goes beyond the edges of the screen, in pixels: as far as the text may drift.
const SHADE_MARGIN: f32 = 32.0;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Typeface>().add_systems(Startup, spawn_hud).add_systems(
        Update,
        (toggle_hud, drift_hud, fade_hud, fade_shade, show_lines, show_faults).chain().in_set(DrawScreens),
    );
}

/// The root of the text.
#[derive(Component)]
pub(super) struct Hud {
    /// Whether a person wants text on the picture.
    wanted: bool,
}

impl Hud {
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted
    }
}

/// Which line a text is.
#[derive(Component, Clone, Copy)]
enum HudSlot {
    Mood,
    Music,
    Source,
}

impl HudSlot {
    fn line(self, text: &HudText) -> &HudLine {
        match self {
            Self::Mood => &text.mood,
            Self::Music => &text.music,
            Self::Source => &text.source,
        }
    }

    fn size(self) -> f32 {
        match self {
            Self::Mood => LARGE,
            Self::Music => MIDDLE,
            Self::Source => SMALL,
        }
    }

    /// The alpha of the line when it is shown.
    fn strength(self) -> f32 {
        match self {
            Self::Mood => 1.0,
            Self::Music => 0.92,
            Self::Source => 0.72,
        }
    }
}

/// The place of a fault, from above.
#[derive(Component)]
struct FaultRow(usize);

/// The dark gradient under the lines.
#[derive(Component)]
struct HudShade;

fn spawn_hud(mut commands: Commands, typeface: Res<Typeface>) {
    let root = commands
        .spawn((
            Name::new("hud"),
            Hud { wanted: true },
            ScreenFade(1.0),
            Node {
                position_type: PositionType::Absolute,
                width: percent(100),
                height: percent(100),
                ..default()
            },
        ))
        .id();
    spawn_lines(&mut commands, root, &typeface);
    spawn_fault_rows(&mut commands, root, &typeface);
}

fn spawn_lines(commands: &mut Commands, root: Entity, typeface: &Typeface) {
    let column = commands
        .spawn((
            Name::new("hud lines"),
            ChildOf(root),
            Node {
                position_type: PositionType::Absolute,
                bottom: px(0),
                width: percent(100),
                flex_direction: FlexDirection::Column,
                row_gap: vmin(0.8),
                padding: UiRect { left: vmin(5.0), right: vmin(5.0), top: vmin(16.0), bottom: vmin(4.2) },
                ..default()
            },
        ))
        .id();
    commands.spawn((
        Name::new("hud shade"),
        ChildOf(column),
        Node {
            position_type: PositionType::Absolute,
            left: px(-SHADE_MARGIN),
            right: px(-SHADE_MARGIN),
            top: px(0),
            bottom: px(-SHADE_MARGIN),
            ..default()
        },
        ZIndex(-1),
        HudShade,
        shade(1.0),
    ));
    for slot in [HudSlot::Mood, HudSlot::Music, HudSlot::Source] {
        commands.spawn((
            Name::new("hud line"),
            ChildOf(column),
            slot,
            TextFade::default(),
            Text::default(),
            typeface.sized_by_shorter_side(slot.size()),
            TextColor(LIGHT.with_alpha(0.0)),
        ));
    }
}

fn spawn_fault_rows(commands: &mut Commands, root: Entity, typeface: &Typeface) {
    let column = commands
        .spawn((
            Name::new("faults"),
            ChildOf(root),
            Node {
                position_type: PositionType::Absolute,
                top: vmin(3.0),
                left: vw(3.0),
                flex_direction: FlexDirection::Column,
                align_items: AlignItems::FlexStart,
                row_gap: vmin(1.0),
                ..default()
            },
        ))
        .id();
    for index in 0..MOST_FAULTS {
        commands.spawn((
            Name::new("fault"),
            ChildOf(column),
            FaultRow(index),
            Node {
                display: Display::None,
                padding: UiRect::axes(vmin(1.8), vmin(1.0)),
                border_radius: BorderRadius::all(vmin(1.4)),
                ..default()
            },
            FadedPart::new(root, SHADE),
            BackgroundColor(SHADE),
            children![(
                FadedPart::new(root, AMBER),
                // Text wraps only where the text itself has a limit.
                Node { max_width: vw(79.0), ..default() },
                Text::default(),
                typeface.sized_by_shorter_side(SMALL),
                TextColor(AMBER),
            )],
        ));
    }
}

fn toggle_hud(mut requests: MessageReader<Request>, mut hud: Single<&mut Hud>) {
    if requests.read().filter(|request| request.command == Command::ToggleHud).count() % 2 == 1 {
        hud.wanted = !hud.wanted;
    }
}

/// Text that stands still for months burns in, so it moves by a pixel now and then.
fn drift_hud(time: Res<Time>, settings: Option<Res<VisualsSettings>>, mut hud: Single<&mut Node, With<Hud>>) {
    let Some(settings) = settings else { return };
    let [x, y] = drift(time.elapsed_secs_f64(), settings.display.drift_pixels);
    let place = (px(x), px(y));
    if (hud.left, hud.top) != place {
        (hud.left, hud.top) = place;
    }
}

/// The menu takes the whole screen at once: text that faded behind it would show through its help.
fn fade_hud(time: Res<Time>, screen: Res<State<Screen>>, hud: Single<(&Hud, &mut ScreenFade)>) {
    let (hud, mut fade) = hud.into_inner();
    let mut next = *fade;
    if *screen.get() == Screen::Menu {
        next = ScreenFade(0.0);
    } else {
        next.approach(if hud.wanted { 1.0 } else { 0.0 }, time.delta_secs(), FADE_SECONDS);
    }
    fade.set_if_neq(next);
}

fn fade_shade(
    hud: Single<Ref<ScreenFade>, With<Hud>>,
    mut shades: Query<&mut BackgroundGradient, With<HudShade>>,
) {
    if hud.is_changed() {
        for mut gradient in &mut shades {
            *gradient = shade(hud.0);
        }
    }
}

fn show_lines(
    hud_text: Res<HudText>,
    time: Res<Time>,
    hud: Single<&ScreenFade, With<Hud>>,
    mut lines: Query<(&HudSlot, &mut TextFade, &mut Text, &mut TextColor)>,
) {
    for (slot, mut fade, mut text, mut color) in &mut lines {
        fade.advance(slot.line(&hud_text), time.delta_secs());
        if text.0 != fade.text() {
            fade.text().clone_into(&mut text.0);
        }
        color.set_if_neq(TextColor(LIGHT.with_alpha(fade.alpha() * slot.strength() * hud.0)));
    }
}

fn show_faults(
    hud_text: Res<HudText>,
    screen: Single<Ref<ComputedNode>, With<Hud>>,
    mut rows: Query<(&FaultRow, &mut Node, &Children)>,
    mut texts: Query<&mut Text>,
) {
    if !hud_text.is_changed() && !screen.is_changed() {
        return;
    }
    let most = letters_in_two_lines(screen.size);
    for (row, mut node, children) in &mut rows {
        let fault = hud_text.faults.get(row.0);
        let display = if fault.is_some() { Display::Flex } else { Display::None };
        if node.display != display {
            node.display = display;
        }
        let Some(fault) = fault else { continue };
        let marked = shorten(&format!("▲  {fault}"), most);
        for child in children {
            if let Ok(mut text) = texts.get_mut(*child)
                && text.0 != marked
            {
                text.0.clone_from(&marked);
            }
        }
    }
}

/// How many letters of a fault fit into two lines. Letters of Inter are on average half as wide as they are high; 8 %
/// are left for the breaks between words.
fn letters_in_two_lines(screen: Vec2) -> usize {
    let width = screen.x * 0.79;
    let letter = screen.min_element() * SMALL / 100.0 * 0.54;
    if letter > 0.0 { (2.0 * width / letter * 0.92) as usize } else { usize::MAX }
}

/// At most `most` letters of a text, cut between two words.
fn shorten(text: &str, most: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    let kept = &text[..end];
    let kept = kept.rsplit_once(' ').map_or(kept, |(kept, _)| kept);
    format!("{} …", kept.trim_end_matches([' ', ',', ';', ':', '.']))
}

/// A soft dark gradient, so that the text keeps its contrast on every palette.
fn shade(alpha: f32) -> BackgroundGradient {
    let dark = |strength: f32, place: f32| {
        ColorStop::new(Color::srgba(0.01, 0.01, 0.02, strength * alpha), percent(place))
    };
    LinearGradient::to_top(vec![dark(0.80, 0.0), dark(0.58, 45.0), dark(0.0, 100.0)]).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use bevy::state::app::StatesPlugin;

    use super::*;

    #[test]
    fn the_text_drifts_so_that_it_does_not_burn_in() {
        let mut app = App::new();
        // A clock that the test moves: nothing else need run.
        app.init_resource::<Time>()
            .insert_resource(VisualsSettings::default())
            .add_systems(Update, drift_hud);
        let hud = app.world_mut().spawn((Hud { wanted: true }, Node::default())).id();
        let mut places = BTreeSet::new();
        for _ in 0..600 {
            app.world_mut().resource_mut::<Time>().advance_by(Duration::from_mins(1));
            app.update();
            let node = app.world().get::<Node>(hud).expect("there");
            let (Val::Px(left), Val::Px(top)) = (node.left, node.top) else { panic!("{node:?}") };
            assert!(left.abs() <= 4.0 && top.abs() <= 4.0);
            places.insert((left as i32, top as i32));
        }
        assert!(places.len() > 60, "{places:?}");
    }

    /// Text that faded out slowly behind the menu was still legible through the help of the menu.
    #[test]
    fn the_menu_hides_the_text_at_once_and_it_fades_in_again() {
        let mut app = App::new();
        app.add_plugins(StatesPlugin)
            .init_state::<Screen>()
            .init_resource::<Time>()
            .add_systems(Update, fade_hud);
        let hud = app.world_mut().spawn((Hud { wanted: true }, ScreenFade(1.0))).id();
        let mut alpha_on = |screen: Screen| {
            app.world_mut().resource_mut::<NextState<Screen>>().set(screen);
            app.world_mut().resource_mut::<Time>().advance_by(Duration::from_millis(16));
            app.update();
            app.world().get::<ScreenFade>(hud).expect("there").0
        };
        assert!(alpha_on(Screen::Picture) > 0.99);
        assert!(alpha_on(Screen::Menu) <= 0.0);
        let back = alpha_on(Screen::Picture);
        assert!(back > 0.0 && back < 0.2, "{back}");
    }

    #[test]
    fn a_long_fault_is_cut_between_words_and_a_short_one_is_left() {
        assert_eq!(shorten("there is no sound", 40), "there is no sound");
        assert_eq!(shorten("there is no sound device, so silence", 27), "there is no sound device …");
        assert!(shorten("überall äöü", 5).chars().count() <= 7);
    }

    #[test]
    fn an_upright_screen_holds_fewer_letters() {
        let wide = letters_in_two_lines(Vec2::new(1280.0, 720.0));
        let upright = letters_in_two_lines(Vec2::new(720.0, 1280.0));
        assert!((150..250).contains(&wide) && (80..150).contains(&upright), "{wide} {upright}");
        assert_eq!(letters_in_two_lines(Vec2::ZERO), usize::MAX);
    }
}
