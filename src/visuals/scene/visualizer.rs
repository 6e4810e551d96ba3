//! The programs that draw scenes: one WGSL file in `scenes/` for each.
//!
//! All share one layout of numbers (`scenes/common.wgsl`), so one material with one shader for each program draws them
//! all, and a scene file can steer any of them with the same parameters.

use serde::{Deserialize, Serialize};

/// The end of every scene's shader.
const COMMON: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/common.wgsl"));

/// What is known of a program.
struct ShaderProgram {
    /// Name of its WGSL file without the ending, and of the variant in a scene file.
    name: &'static str,
    /// The text of its WGSL file.
    wgsl: &'static str,
    /// How many steps of its loop it takes at the lowest and at the highest quality.
    steps: (u32, u32),
}

macro_rules! visualizers {
    ($($(#[$meta:meta])* $variant:ident($name:literal, steps: $steps:expr),)+) => {
        /// Which program draws a scene.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Visualizer {
            $($(#[$meta])* $variant,)+
        }

        impl Visualizer {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            fn program(self) -> ShaderProgram {
                match self {
                    $(Self::$variant => ShaderProgram {
                        name: $name,
                        wgsl: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenes/", $name, ".wgsl")),
                        steps: $steps,
                    },)+
                }
            }
        }
    };
}

visualizers! {
    /// Curtains of light over a lake. A step is a curtain.
    Aurora("aurora", steps: (2, 8)),
    /// A kaleidoscopic flower of folded light. A step is a ring of petals.
    Bloom("bloom", steps: (4, 11)),
    /// Stars that find each other, and link the people in view. A step is a layer of stars.
    Constellation("constellation", steps: (1, 3)),
    /// Ridge behind ridge, with mist and a low sun. A step is a ridge.
    Dusk("dusk", steps: (4, 9)),
    /// Ink that unfolds in water. A step is an octave of its clouds.
    Ink("ink", steps: (2, 5)),
    /// Line drawings of the people in view, amid rings of light. A step is an octave of the silk behind them.
    Mirror("mirror", steps: (2, 4)),
    /// Thousands of lights that flock. A step is a layer of birds.
    Murmuration("murmuration", steps: (3, 10)),
    /// A sphere of soft light that breathes. A step is an octave of the veils on its surface.
    Orb("orb", steps: (2, 5)),
    /// Lights of a town behind wet glass. A step is a layer of running drops.
    Rain("rain", steps: (1, 3)),
}

impl Visualizer {
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
    use crate::visuals::scene::SceneParameters;

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
                .take(SceneParameters::COUNT)
                .collect();
            let expected: Vec<(&str, u32)> =
                SceneParameters::NAMES.into_iter().zip((80..).step_by(4)).collect();
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
