//! What the subcommands that draw scenes share: their choice of scenes, and the name of the adapter.

use std::path::Path;

use anyhow::bail;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;

use super::setup::configure;
use crate::foundation::Folders;
use crate::visuals::{SCENES, SceneLibrary, VisualsSettings};

/// The settings of the pictures, with another folder of scenes if one is given, and the scenes that are asked for:
/// those that are named, else all there are.
pub(super) fn choose(
    config: Option<&Path>,
    folder: Option<&Path>,
    named: &[String],
    folders: &Folders,
) -> anyhow::Result<(VisualsSettings, Vec<String>)> {
    let mut settings = configure(config, folders)?.settings.visuals;
    if let Some(folder) = folder {
        folder.clone_into(&mut settings.folder);
    }
    if settings.folder.as_os_str().is_empty() {
        settings.folder = folders.config_file(SCENES).unwrap_or_default();
    }
    let known = SceneLibrary::of(&settings, folders).names();
    if let Some(unknown) = named.iter().find(|name| !known.contains(name)) {
        bail!("there is no scene \"{unknown}\"; there are {}", known.join(", "));
    }
    let scenes = if named.is_empty() { known } else { named.to_vec() };
    Ok((settings, scenes))
}

/// Name of the graphics adapter that draws.
pub(super) fn adapter(app: &App) -> String {
    let info = app.world().get_resource::<RenderAdapterInfo>();
    info.map_or_else(|| "unknown adapter".into(), |info| format!("{} ({:?})", info.name, info.device_type))
}
