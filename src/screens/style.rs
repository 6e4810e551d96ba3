//! One look for all words: the typeface, sizes and colours.

use bevy::prelude::*;

use crate::foundation::INTER_FONT;
use crate::visuals::VisualsSettings;

/// The typeface of the screens: Inter, under the SIL Open Font License (`assets/fonts/OFL.txt`).
#[derive(Resource)]
pub(super) struct Typeface {
    font: Handle<Font>,
    /// How much larger than designed a person wants words.
    scale: f32,
}

pub(super) const LIGHT: Color = Color::srgb(0.97, 0.96, 0.94);
pub(super) const AMBER: Color = Color::srgb(1.0, 0.80, 0.42);
pub(super) const SHADE: Color = Color::srgba(0.015, 0.015, 0.03, 0.55);

impl FromWorld for Typeface {
    fn from_world(world: &mut World) -> Self {
        let scale = world.get_resource::<VisualsSettings>().map_or(1.0, |settings| settings.display.words);
        let font = world.resource_mut::<Assets<Font>>().add(Font::from_bytes(INTER_FONT.to_vec()));
        Self { font, scale }
    }
}

/// Text that is on the screen already takes a changed size over.
pub(super) fn rescale_text(
    settings: Res<VisualsSettings>,
    mut typeface: ResMut<Typeface>,
    mut texts: Query<&mut TextFont>,
) {
    let (before, wanted) = (typeface.scale, settings.display.words);
    typeface.scale = wanted;
    for mut text in &mut texts {
        if let FontSize::VMin(size) = text.font_size {
            text.font_size = FontSize::VMin(size * wanted / before);
        }
    }
}

impl Typeface {
    /// Sized in hundredths of the shorter side of the screen: letters are as large on an upright screen as on the same
    /// one lying down.
    pub(super) fn sized_by_shorter_side(&self, hundredths: f32) -> TextFont {
        let font_size = FontSize::VMin(hundredths * self.scale);
        TextFont { font: self.font.clone().into(), font_size, ..default() }
    }
}
