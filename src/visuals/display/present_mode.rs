//! Whether the window waits for the monitor.

use bevy::prelude::*;
use bevy::window::{PresentMode, PrimaryWindow};

use crate::foundation::FrameStage;
use crate::settings::SectionChanged;
use crate::visuals::settings::VisualsSettings;

/// Keeps the present mode of the window as the settings say. Where there is no window it does nothing.
pub(in crate::visuals) fn plugin(app: &mut App) {
    app.add_message::<SectionChanged<VisualsSettings>>().add_systems(Startup, set_present_mode).add_systems(
        Update,
        set_present_mode.in_set(FrameStage::Present).run_if(on_message::<SectionChanged<VisualsSettings>>),
    );
}

fn set_present_mode(settings: Res<VisualsSettings>, mut windows: Query<&mut Window, With<PrimaryWindow>>) {
    for mut window in &mut windows {
        let vsync = settings.display.vsync;
        window.present_mode = if vsync { PresentMode::AutoVsync } else { PresentMode::AutoNoVsync };
    }
}
