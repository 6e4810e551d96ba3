//! How everything on the screen comes and goes.
//!
//! [`ScreenFade`] sits on the root of a group and follows a goal; the parts of the group take their alpha from it.
//! [`TextFade`] is one line of text: a new topic fades out and in, a new number appears at once, but not too often.

use bevy::prelude::*;

use super::hud_text::HudLine;
use crate::visuals::ease;

/// Differences that the eye does not see: the fade has arrived.
const ARRIVED: f32 = 5e-3;
/// Time constant with which a line changes its topic, in seconds.
const TOPIC: f32 = 0.22;
/// Below this alpha a line is invisible, and its text may change.
const INVISIBLE: f32 = 0.04;
/// A text about the same topic changes at most this often, in seconds.
const TEXT_INTERVAL: f32 = 1.0;

/// How visible a group is, on its root: 0 hidden ..= 1.
#[derive(Component, Debug, Clone, Copy, PartialEq, Default)]
#[require(Visibility)]
pub(super) struct ScreenFade(pub(super) f32);

impl ScreenFade {
    /// Moves towards `goal` with a time constant in seconds.
    pub(super) fn approach(&mut self, goal: f32, dt: f32, time_constant: f32) {
        let next = ease(self.0, goal, dt, time_constant);
        self.0 = if (next - goal).abs() < ARRIVED { goal } else { next };
    }
}

/// A part of a group, with its colour at full visibility.
#[derive(Component, Debug, Clone, Copy)]
pub(super) struct FadedPart {
    /// The entity with the [`ScreenFade`].
    pub(super) root: Entity,
    /// Of the text, else of the background.
    pub(super) color: Color,
    /// Of the border, where it has one.
    pub(super) border: Option<Color>,
}

impl FadedPart {
    pub(super) fn new(root: Entity, color: Color) -> Self {
        Self { root, color, border: None }
    }
}

/// The colours of a part, each where it has one.
type FadedColors = (
    &'static FadedPart,
    Option<&'static mut TextColor>,
    Option<&'static mut BackgroundColor>,
    Option<&'static mut BorderColor>,
);

/// Gives roots and parts the alpha of their group, in the frames in which it changes.
pub(super) fn apply_fades(
    mut roots: Query<(Ref<ScreenFade>, &mut Visibility)>,
    mut parts: Query<FadedColors>,
) {
    let mut changed = false;
    for (fade, mut visibility) in &mut roots {
        if fade.is_changed() {
            changed = true;
            visibility.set_if_neq(if fade.0 > 0.0 { Visibility::Inherited } else { Visibility::Hidden });
        }
    }
    if !changed {
        return;
    }
    for (part, text, background, border) in &mut parts {
        let alpha = roots.get(part.root).map_or(0.0, |(fade, _)| fade.0);
        let faded = |color: Color| color.with_alpha(color.alpha() * alpha);
        if let Some(mut text) = text {
            text.set_if_neq(TextColor(faded(part.color)));
        } else if let Some(mut background) = background {
            background.set_if_neq(BackgroundColor(faded(part.color)));
        }
        if let (Some(color), Some(mut border)) = (part.border, border) {
            border.set_if_neq(BorderColor::all(faded(color)));
        }
    }
}

/// What a line shows now.
#[derive(Component, Debug, Clone, PartialEq, Default)]
pub(super) struct TextFade {
    line: HudLine,
    alpha: f32,
    /// Seconds since the text changed.
    age: f32,
}

impl TextFade {
    /// Moves on by `dt` seconds towards `wanted`.
    pub(super) fn advance(&mut self, wanted: &HudLine, dt: f32) {
        self.age += dt;
        if self.line.topic == wanted.topic {
            if self.line.text != wanted.text && self.age >= TEXT_INTERVAL {
                self.line.text.clone_from(&wanted.text);
                self.age = 0.0;
            }
            self.alpha = ease(self.alpha, 1.0, dt, TOPIC);
            return;
        }
        self.alpha = ease(self.alpha, 0.0, dt, TOPIC);
        if self.alpha <= INVISIBLE {
            self.line.clone_from(wanted);
            self.age = 0.0;
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.line.text
    }

    /// How visible it is, 0..=1.
    pub(super) fn alpha(&self) -> f32 {
        self.alpha
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(topic: &str, text: &str) -> HudLine {
        HudLine { topic: topic.into(), text: text.into() }
    }

    fn settle(fade: &mut TextFade, wanted: &HudLine) {
        for _ in 0..120 {
            fade.advance(wanted, 1.0 / 60.0);
        }
    }

    #[test]
    fn a_new_topic_never_appears_at_full_strength() {
        let mut fade = TextFade::default();
        settle(&mut fade, &line("happy", "looks happy"));
        assert!(fade.alpha() > 0.9);
        let mut text = fade.text().to_owned();
        for _ in 0..120 {
            fade.advance(&line("sad", "looks sad"), 1.0 / 60.0);
            if fade.text() != text {
                assert!(fade.alpha() < 0.1, "{}", fade.alpha());
                fade.text().clone_into(&mut text);
            }
        }
        assert_eq!(fade.text(), "looks sad");
        assert!(fade.alpha() > 0.9);
    }

    #[test]
    fn numbers_change_once_a_second_without_a_fade() {
        let mut fade = TextFade::default();
        settle(&mut fade, &line("happy", "0"));
        let mut changes = 0;
        for frame in 0..180 {
            let before = fade.text().to_owned();
            fade.advance(&line("happy", &frame.to_string()), 1.0 / 60.0);
            changes += u32::from(fade.text() != before);
            assert!(fade.alpha() > 0.9);
        }
        assert!((2..=4).contains(&changes), "{changes}");
    }

    /// Texts, backgrounds and borders of a group go together, and a group that is gone is not drawn.
    #[test]
    fn the_parts_of_a_group_fade_together() {
        let mut app = App::new();
        app.add_systems(Update, apply_fades);
        let world = app.world_mut();
        let root = world.spawn(ScreenFade(0.5)).id();
        let other = world.spawn(ScreenFade(1.0)).id();
        let text = world.spawn((FadedPart::new(root, Color::WHITE), TextColor(Color::NONE))).id();
        let border = Some(Color::WHITE);
        let ring = world
            .spawn((
                FadedPart { border, ..FadedPart::new(root, Color::WHITE.with_alpha(0.4)) },
                BackgroundColor(Color::NONE),
                BorderColor::all(Color::NONE),
            ))
            .id();
        let stays = world.spawn((FadedPart::new(other, Color::WHITE), TextColor(Color::NONE))).id();
        app.update();
        let alpha =
            |app: &App, entity: Entity| app.world().get::<TextColor>(entity).expect("there").0.alpha();
        assert!((alpha(&app, text) - 0.5).abs() < 1e-6 && (alpha(&app, stays) - 1.0).abs() < 1e-6);
        let ground = app.world().get::<BackgroundColor>(ring).expect("there").0.alpha();
        let edge = app.world().get::<BorderColor>(ring).expect("there").top.alpha();
        assert!((ground - 0.2).abs() < 1e-6 && (edge - 0.5).abs() < 1e-6, "{ground} {edge}");
        app.world_mut().get_mut::<ScreenFade>(root).expect("there").approach(0.0, 10.0, 0.1);
        app.update();
        assert_eq!(app.world().get::<Visibility>(root), Some(&Visibility::Hidden));
        assert!(alpha(&app, text) <= 0.0 && alpha(&app, stays) > 0.9);
    }
}
