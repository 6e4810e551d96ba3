//! The programs that draw scenes: one file here and one WGSL file in `scenes/` for each.
//!
//! All share one layout of numbers (`scenes/common.wgsl`), so one material with one shader for each
//! program draws them all, and a scene file can steer any of them with the same words.

mod aurora;
mod bloom;
mod constellation;
mod dusk;
mod ink;
mod material;
mod mirror;
mod murmuration;
mod orb;
mod rain;

pub(super) use material::{Frame, SceneMaterial, keep_shaders, replace_shader};

use serde::{Deserialize, Serialize};

/// The end of every scene's shader.
const COMMON: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/common.wgsl"));

/// Which program draws the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visualizer {
    /// Curtains of light over a lake.
    Aurora,
    /// A kaleidoscopic flower of folded light.
    Bloom,
    /// Stars that find each other, and link the people in view.
    Constellation,
    /// Ridge behind ridge, with mist and a low sun.
    Dusk,
    /// Ink that unfolds in water.
    Ink,
    /// Line drawings of the people in view, amid rings of light.
    Mirror,
    /// Thousands of lights that flock.
    Murmuration,
    /// A sphere of soft light that breathes.
    Orb,
    /// Lights of a town behind wet glass.
    Rain,
}

/// What is known of a program beside its shader.
pub(super) struct Program {
    /// Name of its WGSL file without the ending, and of the variant in a scene file.
    pub(super) name: &'static str,
    /// The text of its WGSL file.
    pub(super) wgsl: &'static str,
    /// How many steps of its loop it takes at the lowest and at the highest quality.
    pub(super) steps: (u32, u32),
}

impl Visualizer {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Aurora,
        Self::Bloom,
        Self::Constellation,
        Self::Dusk,
        Self::Ink,
        Self::Mirror,
        Self::Murmuration,
        Self::Orb,
        Self::Rain,
    ];

    fn program(self) -> &'static Program {
        match self {
            Self::Aurora => &aurora::PROGRAM,
            Self::Bloom => &bloom::PROGRAM,
            Self::Constellation => &constellation::PROGRAM,
            Self::Dusk => &dusk::PROGRAM,
            Self::Ink => &ink::PROGRAM,
            Self::Mirror => &mirror::PROGRAM,
            Self::Murmuration => &murmuration::PROGRAM,
            Self::Orb => &orb::PROGRAM,
            Self::Rain => &rain::PROGRAM,
        }
    }

    /// Its name in a scene file, and that of its WGSL file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.program().name
    }

    /// The text of its WGSL file as it ships.
    #[must_use]
    pub fn wgsl(self) -> &'static str {
        self.program().wgsl
    }

    /// The whole shader as it ships. `#{MATERIAL_BIND_GROUP}` stands for the number of the bind group.
    #[must_use]
    pub fn shader(self) -> String {
        Self::shader_from(self.program().wgsl)
    }

    /// The whole shader from the text of a scene's WGSL file. What all scenes share comes after it, so
    /// the line numbers of an error are those of the file.
    #[must_use]
    pub fn shader_from(wgsl: &str) -> String {
        format!("{wgsl}\n{COMMON}")
    }

    /// How many steps of its loop it takes at a level of detail, 0..=1.
    #[must_use]
    pub fn steps(self, detail: f32) -> u32 {
        let (fewest, most) = self.program().steps;
        let way = (most - fewest) as f32 * detail.clamp(0.0, 1.0);
        fewest + way.round() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visuals::scene::Parameters;

    #[test]
    fn the_name_in_a_scene_file_is_that_of_the_program() {
        for visualizer in Visualizer::ALL {
            let written = ron::to_string(&visualizer).expect("a name");
            assert_eq!(written, visualizer.name());
        }
    }

    fn module(visualizer: Visualizer) -> naga::Module {
        let source = visualizer.shader().replace("#{MATERIAL_BIND_GROUP}", "2");
        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(&source, visualizer.name())));
        let (flags, plain) = (naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
        if let Err(error) = naga::valid::Validator::new(flags, plain).validate(&module) {
            panic!("{}", error.emit_to_string_with_path(&source, visualizer.name()));
        }
        module
    }

    #[test]
    fn every_shader_is_valid_and_knows_the_parameters_in_their_order() {
        for visualizer in Visualizer::ALL {
            let module = module(visualizer);
            assert!(module.entry_points.iter().any(|entry| entry.name == "fragment"), "{visualizer:?}");
            let members = module.types.iter().find_map(|(_, ty)| match (&ty.name, &ty.inner) {
                (Some(name), naga::TypeInner::Struct { members, .. }) if name == "Scene" => Some(members),
                _ => None,
            });
            // Five colours of 16 bytes come first.
            let found: Vec<(&str, u32)> = members
                .expect("the shared numbers")
                .iter()
                .filter_map(|member| Some((member.name.as_deref()?, member.offset)))
                .skip(5)
                .take(Parameters::COUNT)
                .collect();
            let expected: Vec<(&str, u32)> = Parameters::NAMES.into_iter().zip((80..).step_by(4)).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn more_detail_is_never_fewer_steps() {
        for visualizer in Visualizer::ALL {
            let steps = [0.0, 0.3, 0.6, 1.0].map(|detail| visualizer.steps(detail));
            assert!(steps.is_sorted() && steps[0] >= 1, "{visualizer:?} {steps:?}");
        }
    }
}
