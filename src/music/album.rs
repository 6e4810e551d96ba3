//! Where the album that Attune ships with is.

use std::env;
use std::path::PathBuf;

/// The folder of the shipped album: `assets/music` below the assets root, the working folder,
/// the folder of the program, or the source tree, whichever is there first.
#[must_use]
pub fn shipped_album() -> PathBuf {
    let below = PathBuf::from("assets").join("music");
    let beside_program = env::current_exe().ok().and_then(|program| program.parent().map(PathBuf::from));
    let roots = [
        env::var_os("BEVY_ASSET_ROOT").map(PathBuf::from),
        env::current_dir().ok(),
        beside_program,
        Some(PathBuf::from(env!("CARGO_MANIFEST_DIR"))),
    ];
    roots.into_iter().flatten().map(|root| root.join(&below)).find(|album| album.is_dir()).unwrap_or(below)
}
