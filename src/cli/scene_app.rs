//! An app that draws scenes into memory, without camera, networks and sound. The caller sets mood and sound levels.

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::time::TimeUpdateStrategy;

use super::args::SettingsArgs;
use super::setup::configure;
use crate::emotion::Circumplex;
use crate::foundation::{ClockMode, Folders, FoundationPlugin};
use crate::visuals::{
    CapturePlugin, Captured, Library, Output, Picture, SCENES, TakePictures, VisualsPlugin, VisualsSettings,
    make_ready, plugins,
};

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
    let known = Library::of(&settings, folders).names();
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
    take: impl FnMut(&Picture<'_>) + Send + 'static,
) -> anyhow::Result<App> {
    let clock_mode = ClockMode::Stepped { step };
    let mut app = App::new();
    app.add_plugins(plugins(Output::Pictures, clock_mode).disable::<LogPlugin>())
        .insert_resource(clock_mode)
        .insert_resource(TimeUpdateStrategy::ManualDuration(step))
        .insert_resource(Circumplex::shipped()?)
        .insert_resource(settings)
        .insert_resource(TakePictures::new(take))
        .add_plugins((
            CapturePlugin { size, folder: std::path::PathBuf::new(), every: step },
            FoundationPlugin,
            VisualsPlugin,
        ));
    make_ready(&mut app);
    Ok(app)
}

/// Updates the app until the first picture is drawn.
pub(super) fn wait_for_first_picture(app: &mut App) -> anyhow::Result<()> {
    while app.world().resource::<Captured>().written().is_empty() {
        app.update();
        if let (_, Some(error)) = app.world().resource::<Captured>().lost() {
            bail!("{error}");
        }
    }
    Ok(())
}

/// Name and type of the graphics adapter.
pub(super) fn adapter_name(app: &App) -> String {
    let info = app.world().get_resource::<RenderAdapterInfo>();
    info.map_or_else(|| "unknown adapter".into(), |info| format!("{} ({:?})", info.name, info.device_type))
}
