//! Finding the folders that are shipped with the program.

use std::env;
use std::path::{Path, PathBuf};

/// Finds a shipped folder by its path in the source tree. It is searched below `BEVY_ASSET_ROOT`, the
/// working directory, the folder of the program, and the source tree, in this order. If none has it,
/// the path is returned unchanged.
#[must_use]
pub fn shipped_folder(below: &Path) -> PathBuf {
    let beside_program = env::current_exe().ok().and_then(|program| program.parent().map(PathBuf::from));
    let roots = [
        env::var_os("BEVY_ASSET_ROOT").map(PathBuf::from),
        env::current_dir().ok(),
        beside_program,
        Some(PathBuf::from(env!("CARGO_MANIFEST_DIR"))),
    ];
    roots
        .into_iter()
        .flatten()
        .map(|root| root.join(below))
        .find(|folder| folder.is_dir())
        .unwrap_or_else(|| below.to_owned())
}
