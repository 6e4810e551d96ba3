//! What is wrong with a value of a scene or of a set of colours.

/// Why a value of a scene file, or of a file of colours, cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SceneProblem {
    #[error("{what}{value} is not between {least} and {greatest}{unit}")]
    OutOfRange {
        /// What the value is, with a blank after it; empty where the field says it.
        what: &'static str,
        value: f32,
        least: f32,
        greatest: f32,
        /// With a blank before it; empty for a plain number.
        unit: &'static str,
    },
    #[error("{0:?} is not between -1 and 1")]
    NotInPlane((f32, f32)),
    #[error("hours {from} to {to} are not of a day")]
    NotInDay { from: f32, to: f32 },
    #[error("({low}, {high}) is not a range")]
    NotARange { low: f32, high: f32 },
    #[error("{base} is outside the range ({low}, {high})")]
    BaseOutsideRange { base: f32, low: f32, high: f32 },
    #[error("weights must be numbers")]
    WeightNotFinite,
    #[error("{sum} in sum is above {most}: beats would flash")]
    Flashes { sum: f32, most: f32 },
    #[error("{breath} is above {most}: the picture would pump")]
    Pumps { breath: f32, most: f32 },
    #[error("at least one region is needed")]
    NoRegion,
    #[error("there is no set \"{name}\" of colours, only {}", known.join(", "))]
    UnknownColors { name: String, known: Vec<String> },
}

/// The dotted path of a field, and what is wrong with it.
pub(super) type InvalidSceneField = (String, SceneProblem);

/// Refuses a plain number that is not between `least` and `greatest`, by the name of its field.
pub(super) fn check_range(
    field: &str,
    value: f32,
    (least, greatest): (f32, f32),
) -> Result<(), InvalidSceneField> {
    if (least..=greatest).contains(&value) {
        return Ok(());
    }
    let problem = SceneProblem::OutOfRange { what: "", value, least, greatest, unit: "" };
    Err((field.to_owned(), problem))
}
