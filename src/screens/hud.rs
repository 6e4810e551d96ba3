//! The words on the picture, readable from three metres.

use bevy::prelude::*;

use super::fading::Fading;
use super::style::{AMBER, LIGHT, SHADE, Typeface};
use super::words::{Line, Words};
use super::{Drawing, Screen};
use crate::foundation::FrameStage;
use crate::input::Action;
use crate::visuals::display::drift;
use crate::visuals::{VisualsSettings, ease};

/// Sizes in hundredths of the screen's shorter side. At three metres, capitals of 2 % on a screen 60 cm
/// high are about 14 minutes of arc, three times what an eye needs.
const LARGE: f32 = 7.4;
const MIDDLE: f32 = 3.9;
const SMALL: f32 = 2.8;
/// Time constant in seconds with which the words come and go.
const SHOW: f32 = 0.35;
/// Faults shown at once.
const MOST_FAULTS: usize = 4;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Typeface>().add_systems(Startup, spawn).add_systems(
        Update,
        (toggle, wander, fade_all, show_lines, show_faults)
            .chain()
            .in_set(FrameStage::Present)
            .in_set(Drawing),
    );
}

/// Which line a text is.
#[derive(Component, Clone, Copy)]
enum Slot {
    Looks,
    Music,
    Around,
}

impl Slot {
    fn of(self, words: &Words) -> &Line {
        match self {
            Self::Looks => &words.looks,
            Self::Music => &words.music,
            Self::Around => &words.around,
        }
    }
}

/// The fade of a line.
#[derive(Component, Default)]
struct Shown(Fading);

/// Strongest alpha of a line.
#[derive(Component)]
struct Strength(f32);

/// All words, and how visible they are.
#[derive(Component)]
pub(super) struct Hud {
    wanted: bool,
    alpha: f32,
}

impl Hud {
    /// Whether words are wanted on the picture.
    pub(super) fn wanted(&self) -> bool {
        self.wanted
    }
}

#[derive(Component)]
struct FaultRow(usize);

#[derive(Component)]
struct FaultText;

/// How far the ground goes beyond the edges, in pixels: as far as words may wander.
const BEYOND: f32 = 32.0;

/// The dark ground under the words.
#[derive(Component)]
struct Ground;

fn spawn(mut commands: Commands, typeface: Res<Typeface>) {
    let hud = commands
        .spawn((
            Hud { wanted: true, alpha: 1.0 },
            Node {
                position_type: PositionType::Absolute,
                width: percent(100),
                height: percent(100),
                ..default()
            },
        ))
        .id();
    let words = commands
        .spawn((
            ChildOf(hud),
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
    // Beyond the edges, so that none shows beside it when the words wander.
    commands.spawn((
        ChildOf(words),
        Node {
            position_type: PositionType::Absolute,
            left: px(-BEYOND),
            right: px(-BEYOND),
            top: px(0),
            bottom: px(-BEYOND),
            ..default()
        },
        ZIndex(-1),
        Ground,
        ground(1.0),
    ));
    for (slot, size, strength) in
        [(Slot::Looks, LARGE, 1.0), (Slot::Music, MIDDLE, 0.92), (Slot::Around, SMALL, 0.72)]
    {
        commands.spawn((
            ChildOf(words),
            slot,
            Shown::default(),
            Strength(strength),
            Text::new("Attune"),
            typeface.sized_by_shorter_side(size),
            TextColor(LIGHT.with_alpha(0.02)),
        ));
    }
    spawn_fault_rows(&mut commands, hud, &typeface);
}

fn spawn_fault_rows(commands: &mut Commands, hud: Entity, typeface: &Typeface) {
    let column = commands
        .spawn((
            ChildOf(hud),
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
            ChildOf(column),
            FaultRow(index),
            Node {
                display: Display::None,
                padding: UiRect::axes(vmin(1.8), vmin(1.0)),
                border_radius: BorderRadius::all(vmin(1.4)),
                ..default()
            },
            BackgroundColor(SHADE),
            children![(
                FaultText,
                // Text wraps only where the text itself has a limit.
                Node { max_width: vw(79.0), ..default() },
                Text::default(),
                typeface.sized_by_shorter_side(SMALL),
                TextColor(AMBER),
            )],
        ));
    }
}

fn toggle(mut actions: MessageReader<Action>, mut hud: Single<&mut Hud>) {
    if actions.read().filter(|action| **action == Action::ToggleHud).count() % 2 == 1 {
        hud.wanted = !hud.wanted;
    }
}

/// What stands still on a screen for months burns in, so words move by a pixel now and then.
fn wander(time: Res<Time>, settings: Option<Res<VisualsSettings>>, mut hud: Single<&mut Node, With<Hud>>) {
    let Some(settings) = settings else { return };
    let [x, y] = drift(time.elapsed_secs_f64(), settings.display.drift_pixels);
    let wanted = (px(x), px(y));
    if (hud.left, hud.top) != wanted {
        (hud.left, hud.top) = wanted;
    }
}

fn show_lines(
    words: Res<Words>,
    time: Res<Time>,
    hud: Single<&Hud>,
    mut lines: Query<(&Slot, &mut Shown, &Strength, &mut Text, &mut TextColor)>,
) {
    for (slot, mut shown, strength, mut text, mut color) in &mut lines {
        shown.0.advance(slot.of(&words), time.delta_secs());
        if text.0 != shown.0.text() {
            shown.0.text().clone_into(&mut text.0);
        }
        let wanted = LIGHT.with_alpha(shown.0.alpha() * strength.0 * hud.alpha);
        if color.0 != wanted {
            color.0 = wanted;
        }
    }
}

fn show_faults(
    words: Res<Words>,
    screen: Single<Ref<ComputedNode>, With<Hud>>,
    mut rows: Query<(&FaultRow, &mut Node, &Children)>,
    mut texts: Query<&mut Text>,
) {
    if !words.is_changed() && !screen.is_changed() {
        return;
    }
    let most = two_lines(screen.size);
    for (row, mut node, children) in &mut rows {
        let fault = words.faults.get(row.0);
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

/// How many characters of a fault fit into two lines. Those of Inter are half as wide as they are
/// high on average; a little is left for the breaks between words.
fn two_lines(screen: Vec2) -> usize {
    let width = screen.x * 0.79;
    let character = screen.min_element() * SMALL / 100.0 * 0.54;
    if character > 0.0 { (2.0 * width / character * 0.92) as usize } else { usize::MAX }
}

/// The words up to so many characters, cut between two words.
fn shorten(words: &str, most: usize) -> String {
    let Some((end, _)) = words.char_indices().nth(most) else { return words.to_owned() };
    let kept = &words[..end];
    let kept = kept.rsplit_once(' ').map_or(kept, |(kept, _)| kept);
    format!("{} …", kept.trim_end_matches([' ', ',', ';', ':', '.']))
}

/// Lets all words come and go.
fn fade_all(
    (time, screen): (Res<Time>, Res<State<Screen>>),
    hud: Single<(&mut Hud, &mut Visibility)>,
    mut grounds: Query<&mut BackgroundGradient, With<Ground>>,
    mut pills: Query<&mut BackgroundColor, With<FaultRow>>,
    mut marks: Query<&mut TextColor, With<FaultText>>,
) {
    let (mut hud, mut visibility) = hud.into_inner();
    // The menu has words of its own.
    let goal = if hud.wanted && *screen.get() == Screen::Experience { 1.0 } else { 0.0 };
    if (hud.alpha - goal).abs() < f32::EPSILON {
        return;
    }
    let next = ease(hud.alpha, goal, time.delta_secs(), SHOW);
    hud.alpha = if (next - goal).abs() < 5e-3 { goal } else { next };
    *visibility = if hud.alpha > 0.0 { Visibility::Inherited } else { Visibility::Hidden };
    for mut gradient in &mut grounds {
        *gradient = ground(hud.alpha);
    }
    for mut color in &mut pills {
        color.0 = SHADE.with_alpha(SHADE.alpha() * hud.alpha);
    }
    for mut color in &mut marks {
        color.0 = AMBER.with_alpha(hud.alpha);
    }
}

/// A soft dark ground: words keep their contrast on every palette.
fn ground(alpha: f32) -> BackgroundGradient {
    let dark = |strength: f32, place: f32| {
        ColorStop::new(Color::srgba(0.01, 0.01, 0.02, strength * alpha), percent(place))
    };
    LinearGradient::to_top(vec![dark(0.80, 0.0), dark(0.58, 45.0), dark(0.0, 100.0)]).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::app::settings::Settings;

    #[test]
    fn words_wander_so_that_they_do_not_burn_in() {
        let mut app = App::new();
        // A clock that is turned by hand: nothing else need run.
        app.init_resource::<Time>()
            .insert_resource(Settings::shipped().expect("whole").visuals)
            .add_systems(Update, wander);
        let hud = app.world_mut().spawn((Hud { wanted: true, alpha: 1.0 }, Node::default())).id();
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

    #[test]
    fn a_long_fault_is_cut_between_words_and_a_short_one_is_left() {
        assert_eq!(shorten("there is no sound", 40), "there is no sound");
        assert_eq!(shorten("there is no sound device, so silence", 27), "there is no sound device …");
        assert!(shorten("überall äöü", 5).chars().count() <= 7);
    }

    #[test]
    fn an_upright_screen_holds_fewer_characters() {
        let (wide, upright) = (two_lines(Vec2::new(1280.0, 720.0)), two_lines(Vec2::new(720.0, 1280.0)));
        assert!((150..250).contains(&wide) && (80..150).contains(&upright), "{wide} {upright}");
        assert_eq!(two_lines(Vec2::ZERO), usize::MAX);
    }
}
