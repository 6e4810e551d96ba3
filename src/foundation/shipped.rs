//! Where the folders are that travel beside the program.

use std::env;
use std::path::{Path, PathBuf};

/// A folder that Attune ships with, by its path in the source tree: below the assets root, the
/// working folder, the folder of the program, or the source tree, whichever has it first. If none
/// has it, the path as it is.
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
