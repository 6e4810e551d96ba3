//! What some tests need of the machine: a Vulkan driver, a sound server.

use std::process::{Command, Stdio};

use attune::visuals::{PictureOutput, graphics_available};

use super::requirements::is_met;

/// Whether pictures can be drawn here. With `ATTUNE_REQUIRE_GPU=1` the test fails if they cannot.
pub(crate) fn can_draw() -> bool {
    is_met("ATTUNE_REQUIRE_GPU", graphics_available(PictureOutput::Pictures))
}

/// Whether a sound server can be started here. With `ATTUNE_REQUIRE_SOUND=1` the test fails if it cannot.
pub(crate) fn has_sound_server() -> bool {
    let is_there = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    let missing = ["pulseaudio", "parec"].into_iter().find(|program| !is_there(program));
    let found = missing
        .map_or(Ok(()), |program| Err(format!("{program} is missing (script/setup --test installs it)")));
    is_met("ATTUNE_REQUIRE_SOUND", found)
}
