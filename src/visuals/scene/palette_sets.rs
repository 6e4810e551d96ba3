//! Colours: named sets of palettes over the valence–arousal plane.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::palette::{Oklch, Palette};
use super::problem::{InvalidSceneField, SceneProblem};
use crate::emotion::Emotion;
use crate::foundation::{FileError, parse_ron};

const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/palettes.ron"));
/// The colour-blind-safe set, which can replace all others.
const SAFE: &str = "safe";

/// A palette and where it belongs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaletteRegion {
    /// Valence and arousal, each −1..=1.
    pub at: (f32, f32),
    /// The emotion that it stands for, if it stands for one.
    #[serde(default)]
    pub emotion: Option<Emotion>,
    pub palette: Palette,
}

/// Palettes over the valence–arousal plane.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaletteSet {
    /// When nobody is in view.
    pub empty: Palette,
    /// At least one.
    pub regions: Vec<PaletteRegion>,
}

/// How colours are adapted to colour vision and to the light in the room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaletteAdaptation {
    /// The colour-blind-safe set replaces the set of each scene.
    pub safe: bool,
    /// 0: a dark room, 0.5: as designed, 1: a bright one.
    pub room_light: f32,
}

impl Default for PaletteAdaptation {
    fn default() -> Self {
        Self { safe: false, room_light: 0.5 }
    }
}

/// All sets by name.
#[derive(Debug, Clone, PartialEq)]
pub struct PaletteLibrary {
    sets: BTreeMap<String, PaletteSet>,
    adaptation: PaletteAdaptation,
}

impl PaletteLibrary {
    /// The sets that Attune ships with.
    ///
    /// # Errors
    /// [`FileError`] if the shipped file is broken; a test keeps it whole.
    pub fn shipped() -> Result<Self, FileError> {
        let sets = parse_sets(Path::new("scenes/palettes.ron"), SHIPPED)?;
        Ok(Self { sets, adaptation: PaletteAdaptation::default() })
    }

    /// Takes over the sets of another file; those of the same name are replaced.
    ///
    /// # Errors
    /// [`FileError`] with file, place and what was expected.
    pub fn lay(&mut self, file: &Path, text: &str) -> Result<(), FileError> {
        self.sets.extend(parse_sets(file, text)?);
        Ok(())
    }

    /// The same sets with another adaptation.
    #[must_use]
    pub fn adapted(self, adaptation: PaletteAdaptation) -> Self {
        Self { adaptation, ..self }
    }

    /// The set that a scene names, adapted.
    ///
    /// # Errors
    /// Which sets there are.
    pub fn get(&self, name: &str) -> Result<PaletteSet, SceneProblem> {
        let asked = self.sets.get(name).ok_or_else(|| SceneProblem::UnknownColors {
            name: name.to_owned(),
            known: self.sets.keys().cloned().collect(),
        })?;
        let set = if self.adaptation.safe { self.sets.get(SAFE).unwrap_or(asked) } else { asked };
        Ok(set.for_room(self.adaptation.room_light))
    }
}

fn parse_sets(file: &Path, text: &str) -> Result<BTreeMap<String, PaletteSet>, FileError> {
    let sets: BTreeMap<String, PaletteSet> = parse_ron(file, text)?;
    for (name, set) in &sets {
        set.validate()
            .map_err(|(field, problem)| FileError::invalid(file, format!("{name}.{field}"), problem))?;
    }
    Ok(sets)
}

impl PaletteSet {
    fn validate(&self) -> Result<(), InvalidSceneField> {
        if self.regions.is_empty() {
            return Err(("regions".into(), SceneProblem::NoRegion));
        }
        check_palette("empty", &self.empty)?;
        for (index, region) in self.regions.iter().enumerate() {
            let field = format!("regions[{index}]");
            let (valence, arousal) = region.at;
            if !((-1.0..=1.0).contains(&valence) && (-1.0..=1.0).contains(&arousal)) {
                return Err((format!("{field}.at"), SceneProblem::NotInPlane(region.at)));
            }
            check_palette(&field, &region.palette)?;
        }
        Ok(())
    }

    fn for_room(&self, light: f32) -> Self {
        Self {
            empty: self.empty.for_room(light),
            regions: self
                .regions
                .iter()
                .map(|region| PaletteRegion { palette: region.palette.for_room(light), ..region.clone() })
                .collect(),
        }
    }
}

fn check_palette(field: &str, palette: &Palette) -> Result<(), InvalidSceneField> {
    let names = ["sky", "horizon", "low", "high", "spark"];
    for (name, color) in names.into_iter().zip(palette.colors()) {
        if let Some(problem) = Oklch::problem(color) {
            return Err((format!("{field}.{name}"), problem));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bevy::color::{LinearRgba, Oklaba};

    use super::*;
    use crate::visuals::scene::palette::contrast;

    fn shipped() -> PaletteLibrary {
        PaletteLibrary::shipped().expect("scenes/palettes.ron is whole")
    }

    fn all(palettes: &PaletteLibrary) -> Vec<(String, PaletteSet)> {
        palettes.sets.keys().map(|name| (name.clone(), palettes.get(name).expect("there"))).collect()
    }

    #[test]
    fn every_set_knows_every_emotion_and_none_is_grey() {
        for (name, set) in all(&shipped()) {
            for emotion in Emotion::ALL {
                let region = set.regions.iter().find(|region| region.emotion == Some(emotion));
                let palette = region.unwrap_or_else(|| panic!("{name} has no {emotion}")).palette;
                let colourful = palette.colors().iter().map(|color| color.1).fold(0.0, f32::max);
                assert!(colourful >= 0.03, "{name}, {emotion}: {palette:?}");
            }
        }
    }

    /// Words of this luminance on a dark ground of this strength (`screens/hud.rs`), in linear light.
    const WORDS: f32 = 0.91;
    const GROUND: f32 = 0.58;

    #[test]
    fn words_are_readable_on_every_ground_in_every_room() {
        for light in [0.0, 0.5, 1.0] {
            let palettes = shipped().adapted(PaletteAdaptation { safe: false, room_light: light });
            for (name, set) in all(&palettes) {
                let palettes = set.regions.iter().map(|region| &region.palette).chain([&set.empty]);
                for palette in palettes {
                    // These fill pictures; `low` and `spark` are lights on them. Highlights are rolled off
                    // as `present.wgsl` does it.
                    for color in [palette.sky, palette.horizon, palette.high] {
                        let behind = (1.0 - (-1.25 * color.luminance()).exp()) * (1.0 - GROUND);
                        assert!(contrast(WORDS, behind) >= 3.0, "{name} in {light}: {color:?}");
                    }
                }
            }
        }
    }

    /// Linear RGB as it is seen without one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1).
    const COLOR_BLINDNESS: [(&str, [[f32; 3]; 3]); 3] = [
        (
            "protanopia",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deuteranopia",
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
        ),
        (
            "tritanopia",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];

    fn through(eye: &[[f32; 3]; 3], color: Oklch) -> [f32; 3] {
        let LinearRgba { red, green, blue, .. } = color.on_screen();
        let seen = eye.map(|[r, g, b]| (r * red + g * green + b * blue).clamp(0.0, 1.0));
        let Oklaba { lightness, a, b, .. } = LinearRgba::rgb(seen[0], seen[1], seen[2]).into();
        [lightness, a, b]
    }

    fn difference(a: &Palette, b: &Palette, eye: &[[f32; 3]; 3]) -> f32 {
        let square: f32 = a
            .colors()
            .into_iter()
            .zip(b.colors())
            .take(4)
            .flat_map(|(a, b)| {
                let (a, b) = (through(eye, a), through(eye, b));
                std::array::from_fn::<f32, 3, _>(|i| (a[i] - b[i]).powi(2))
            })
            .sum();
        (square / 4.0).sqrt()
    }

    #[test]
    fn the_safe_set_keeps_emotions_apart_with_every_colour_blindness() {
        let set = shipped().get(SAFE).expect("there");
        let moods: Vec<_> = set.regions.iter().filter(|region| region.emotion.is_some()).collect();
        for (kind, matrix) in &COLOR_BLINDNESS {
            for (i, a) in moods.iter().enumerate() {
                for b in &moods[..i] {
                    let apart = difference(&a.palette, &b.palette, matrix);
                    assert!(apart > 0.09, "{kind}: {:?} and {:?} differ by {apart}", a.emotion, b.emotion);
                }
            }
        }
    }

    #[test]
    fn a_bright_room_is_brighter_and_a_dark_one_darker() {
        let sky = |room_light| {
            let set =
                shipped().adapted(PaletteAdaptation { safe: false, room_light }).get("night").expect("there");
            set.empty.horizon
        };
        assert!(sky(0.0).0 < sky(0.5).0 && sky(0.5).0 < sky(1.0).0);
        assert_eq!(sky(0.5), shipped().sets["night"].empty.horizon);
    }

    #[test]
    fn one_setting_replaces_every_set_and_an_own_file_replaces_some() {
        let safe = shipped().adapted(PaletteAdaptation { safe: true, room_light: 0.5 });
        assert_eq!(safe.get("night"), safe.get("safe"));
        let mut palettes = shipped();
        let own = SHIPPED.replacen("\"night\": (", "\"mine\": (", 1);
        palettes.lay(Path::new("palettes.ron"), &own).expect("whole");
        assert_eq!(palettes.get("mine"), palettes.get("night"));
        let words = palettes.get("noon").unwrap_err().to_string();
        assert!(words.contains("noon") && words.contains("night"), "{words}");
    }

    #[test]
    fn a_colour_out_of_range_is_refused_with_its_place() {
        let broken = SHIPPED.replacen("sky: (0.19,", "sky: (1.9,", 1);
        let words = parse_sets(Path::new("mine.ron"), &broken).unwrap_err().to_string();
        assert!(words.contains("mine.ron") && words.contains("night.empty.sky"), "{words}");
    }
}
