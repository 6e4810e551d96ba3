//! Checks a scene's WGSL before it is drawn with: a shader that does not compile draws nothing.

use std::path::{Path, PathBuf};

use crate::foundation::{FileError, read_text};
use crate::visuals::scene::Visualizer;

/// Why a scene's WGSL cannot be drawn with.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShaderError {
    #[error(transparent)]
    Unreadable(#[from] FileError),
    /// It does not compile. The place begins with the file, and has the line where one is known.
    #[error("{place}: {reason}")]
    Invalid { place: String, reason: String },
    #[error("{file}: the function \"fragment\" is missing")]
    NoFragment { file: PathBuf },
}

/// Reads a scene's WGSL and checks that it compiles.
///
/// # Errors
/// [`ShaderError`] names file, line and what is wrong.
pub(super) fn read_shader(file: &Path) -> Result<String, ShaderError> {
    let text = read_text(file)?;
    check_shader(file, &text)?;
    Ok(text)
}

fn check_shader(file: &Path, text: &str) -> Result<(), ShaderError> {
    let source = Visualizer::shader_from(text).replace("#{MATERIAL_BIND_GROUP}", "2");
    let invalid = |line: Option<u32>, reason: String| {
        let place =
            line.map_or_else(|| file.display().to_string(), |line| format!("{}:{line}", file.display()));
        ShaderError::Invalid { place, reason }
    };
    let module = naga::front::wgsl::parse_str(&source).map_err(|error| {
        // The first label of some errors has no place.
        let mut places = error.labels().map(|(span, _)| span).filter(naga::Span::is_defined);
        let line = places.next().map(|span| span.location(&source).line_number);
        invalid(line, error.message().to_owned())
    })?;
    let (flags, plain) = (naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
    naga::valid::Validator::new(flags, plain).validate(&module).map_err(|error| {
        let line = error.location(&source).map(|place| place.line_number);
        invalid(line, with_causes(error.as_inner()))
    })?;
    if module.entry_points.iter().any(|entry| entry.name == "fragment") {
        return Ok(());
    }
    Err(ShaderError::NoFragment { file: file.to_owned() })
}

/// An error with all of its causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
