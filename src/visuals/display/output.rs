//! Where pictures go, and the Bevy plugins that this takes.

use std::time::Duration;

use bevy::app::{
    PanicHandlerPlugin, PluginGroupBuilder, PluginsState, ScheduleRunnerPlugin, TaskPoolPlugin,
    TerminalCtrlCHandlerPlugin,
};
use bevy::asset::UnapprovedPathMode;
use bevy::diagnostic::{DiagnosticsPlugin, FrameCountPlugin, FrameTimeDiagnosticsPlugin};
use bevy::input::InputPlugin;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::state::app::StatesPlugin;
use bevy::time::TimePlugin;
use bevy::window::{ExitCondition, MonitorSelection, PresentMode, WindowMode, WindowResolution};
use bevy::winit::{WinitPlugin, WinitSettings};

use crate::foundation::ClockMode;

/// Where pictures go in this run.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureOutput {
    /// A window on a display.
    Window {
        /// Width and height in pixels while not fullscreen.
        size: (u32, u32),
        fullscreen: bool,
    },
    /// Pictures drawn without a display, for [`crate::visuals::CapturePlugin`]. Needs a Vulkan adapter.
    Pictures,
    /// No pictures at all: no display, no GPU.
    Nothing,
}

/// The image that pictures are drawn into when there is no window.
#[derive(Resource)]
pub(in crate::visuals) struct PictureTarget(pub(in crate::visuals) Handle<Image>);

/// How often a live run without a window updates.
const UNSEEN_UPDATES_PER_SECOND: f64 = 30.0;

/// Waits until all plugins are there and lets them finish, for an app that is updated by hand.
pub fn make_ready(app: &mut App) {
    while app.plugins_state() == PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
}

/// The Bevy plugins for this output. They take the place of `DefaultPlugins`, and come before every
/// room. The group inserts [`PictureOutput`] as a resource, which the rooms look at while they are built.
#[must_use]
pub fn plugins(output: PictureOutput, clock_mode: ClockMode) -> PluginGroupBuilder {
    let group = match output {
        PictureOutput::Window { size, fullscreen } => windowed(size, fullscreen),
        PictureOutput::Pictures => unseen().add(runner(clock_mode)),
        PictureOutput::Nothing => bare().add(runner(clock_mode)),
    };
    // A person's own cue files lie outside of the asset folder; the mixer asks for each of them by name.
    let assets = AssetPlugin { unapproved_path_mode: UnapprovedPathMode::Deny, ..default() };
    group.set(assets).add(FrameTimeDiagnosticsPlugin::default()).add(PictureOutputPlugin(output))
}

struct PictureOutputPlugin(PictureOutput);

impl Plugin for PictureOutputPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.0);
        if matches!(self.0, PictureOutput::Window { .. }) {
            // The experience goes on when another window is in front.
            app.insert_resource(WinitSettings::continuous());
        }
    }
}

fn windowed((width, height): (u32, u32), fullscreen: bool) -> PluginGroupBuilder {
    let mode = if fullscreen {
        WindowMode::BorderlessFullscreen(MonitorSelection::Current)
    } else {
        WindowMode::Windowed
    };
    DefaultPlugins.set(WindowPlugin {
        primary_window: Some(Window {
            title: "Attune".into(),
            name: Some("attune".into()),
            mode,
            resolution: WindowResolution::new(width, height),
            present_mode: PresentMode::AutoVsync,
            ..default()
        }),
        // Who closes the window ends the program, which fades first.
        close_when_requested: false,
        ..default()
    })
}

fn unseen() -> PluginGroupBuilder {
    DefaultPlugins
        .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
        .set(RenderPlugin { synchronous_pipeline_compilation: true, ..default() })
        .disable::<WinitPlugin>()
        // Each update draws its own state before the next one begins.
        .disable::<PipelinedRenderingPlugin>()
}

fn bare() -> PluginGroupBuilder {
    PluginGroupBuilder::start::<HeadlessPlugins>()
        .add(PanicHandlerPlugin)
        .add(LogPlugin::default())
        .add(TaskPoolPlugin::default())
        .add(FrameCountPlugin)
        .add(TimePlugin)
        .add(DiagnosticsPlugin)
        .add(InputPlugin)
        .add(TerminalCtrlCHandlerPlugin)
        .add(AssetPlugin::default())
        .add(StatesPlugin)
}

/// The plugins of a run without pictures.
struct HeadlessPlugins;

impl PluginGroup for HeadlessPlugins {
    fn build(self) -> PluginGroupBuilder {
        bare()
    }
}

fn runner(clock_mode: ClockMode) -> ScheduleRunnerPlugin {
    let wait = match clock_mode {
        ClockMode::Live => Duration::from_secs_f64(1.0 / UNSEEN_UPDATES_PER_SECOND),
        ClockMode::Stepped { .. } => Duration::ZERO,
    };
    ScheduleRunnerPlugin::run_loop(wait)
}
