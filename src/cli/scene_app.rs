//! An app that draws scenes into memory, without camera, networks and sound. The caller sets mood and sound levels.

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;

use super::args::SettingsArgs;
use super::setup::configure;
use crate::foundation::Folders;
use crate::visuals::{CapturedPicture, OfflineScenes, SCENES, SceneLibrary, VisualsSettings, make_ready};

/// The settings for drawing, with another folder of scenes if one is given, and the scenes to draw: those that are
/// named, else all.
pub(super) fn choose_scenes(
    args: &SettingsArgs,
    folder: Option<&Path>,
    named: &[String],
    folders: &Folders,
) -> anyhow::Result<(VisualsSettings, Vec<String>)> {
    let mut settings = configure(args, folders)?.settings.visuals;
    if let Some(folder) = folder {
        folder.clone_into(&mut settings.folder);
    }
    if settings.folder.as_os_str().is_empty() {
        settings.folder = folders.config_file(SCENES).unwrap_or_default();
    }
    let known = SceneLibrary::of(&settings, folders).names();
    if let Some(unknown) = named.iter().find(|name| !known.contains(name)) {
        bail!("no scene \"{unknown}\"; there are {}", known.join(", "));
    }
    let scenes = if named.is_empty() { known } else { named.to_vec() };
    Ok((settings, scenes))
}

/// An app that draws a picture in each update, `step` apart, and passes it to `take`.
pub(super) fn scene_app(
    settings: VisualsSettings,
    size: (u32, u32),
    step: Duration,
    take: impl FnMut(&CapturedPicture<'_>) + Send + 'static,
) -> anyhow::Result<App> {
    let mut app = OfflineScenes { settings, size, step, every: step }.app(take)?;
    make_ready(&mut app);
    Ok(app)
}

/// Name and type of the graphics adapter.
pub(super) fn adapter_name(app: &App) -> String {
    let info = app.world().get_resource::<RenderAdapterInfo>();
    info.map_or_else(|| "unknown adapter".into(), |info| format!("{} ({:?})", info.name, info.device_type))
}
