//! Checks a scene's WGSL before it is drawn with: a shader that does not compile draws nothing.

use std::path::Path;

use crate::visuals::scene::Visualizer;

/// Whether a scene's WGSL compiles.
///
/// # Errors
/// File, line and what is wrong.
pub(super) fn check_shader(file: &Path, text: &str) -> Result<(), String> {
    let source = Visualizer::shader_from(text).replace("#{MATERIAL_BIND_GROUP}", "2");
    let at = |line: Option<u32>, words: &str| match line {
        Some(line) => format!("{}:{line}: {words}", file.display()),
        None => format!("{}: {words}", file.display()),
    };
    let module = naga::front::wgsl::parse_str(&source).map_err(|error| {
        // Some errors begin with a place that is nowhere.
        let mut places = error.labels().map(|(span, _)| span).filter(naga::Span::is_defined);
        at(places.next().map(|span| span.location(&source).line_number), error.message())
    })?;
    let (flags, plain) = (naga::valid::ValidationFlags::all(), naga::valid::Capabilities::empty());
    naga::valid::Validator::new(flags, plain).validate(&module).map_err(|error| {
        let line = error.location(&source).map(|place| place.line_number);
        let mut words = error.as_inner().to_string();
        let mut cause = std::error::Error::source(error.as_inner());
        while let Some(inner) = cause {
            words = format!("{words}: {inner}");
            cause = inner.source();
        }
        at(line, &words)
    })?;
    if module.entry_points.iter().any(|entry| entry.name == "fragment") {
        return Ok(());
    }
    Err(at(None, "the function \"fragment\" is missing"))
}

