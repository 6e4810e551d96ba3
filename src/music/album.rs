//! Where the album that Attune ships with is.

use std::path::{Path, PathBuf};

use crate::foundation::shipped_folder;

/// The folder of the shipped album, see [`shipped_folder`].
#[must_use]
pub fn shipped_album() -> PathBuf {
    shipped_folder(&Path::new("assets").join("music"))
}
