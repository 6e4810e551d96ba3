//! The operator panel: what is read, how fast, and what is wrong. It is drawn with egui, behind the cargo feature
//! `operator`.

mod history;
mod panel_data;
mod plots;
mod tables;

pub use history::{LatencyQuantiles, OperatorHistory};

use bevy::prelude::*;
use bevy::render::render_resource::SpecializedRenderPipelines;
use bevy::render::{RenderApp, RenderStartup};
use bevy_egui::render::EguiPipeline;
use bevy_egui::render::systems::{EguiRenderData, EguiTransforms};
use bevy_egui::{
    EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext, egui,
};

use crate::command::{Command, Request};
use crate::foundation::{Faults, FrameStage};
use crate::mixer::SoundLevels;
use crate::mood::MoodTrail;
use crate::sense::camera::SourceStatus;
use crate::vision::perception::{PerceptionStatus, Reading};
use crate::visuals::ScreenCamera;
use panel_data::PanelData;
use plots::{show_circumplex, show_delays, show_minute, show_mood};
use tables::{show_faces, show_frames, show_music, show_picture};

/// The shorter side of the screen for which the panel is designed, in logical pixels; on a larger one it is drawn larger.
const DESIGNED_SIZE: f32 = 1080.0;
/// Space between the panel and the right edge, and the top edge below faults and the small mood circle.
const MARGINS: (f32, f32) = (-16.0, 108.0);

/// Keeps the [`OperatorHistory`]; draws the panel where there is a window.
pub(super) struct OperatorPlugin {
    pub(super) draws: bool,
}

impl Plugin for OperatorPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<OperatorHistory>()
            .init_resource::<SoundLevels>()
            .add_message::<Reading>()
            .add_systems(Update, record_history.in_set(FrameStage::Record));
        if self.draws {
            add_panel(app);
        }
    }
}

fn add_panel(app: &mut App) {
    app.init_resource::<MoodTrail>()
        .init_resource::<SourceStatus>()
        .init_resource::<PerceptionStatus>()
        .init_resource::<Faults>()
        .init_resource::<PanelOpen>()
        .add_plugins(EguiPlugin::default());
    if let Some(mut settings) = app.world_mut().get_resource_mut::<EguiGlobalSettings>() {
        // The first camera draws the scene, not the screen.
        settings.auto_create_primary_context = false;
    }
    app.add_systems(PostStartup, attach_panel)
        .add_systems(Update, toggle_panel.in_set(FrameStage::Present))
        .add_systems(EguiPrimaryContextPass, show_panel.run_if(|open: Res<PanelOpen>| open.0));
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render.add_systems(RenderStartup, reset_egui.run_if(resource_exists::<EguiRenderData>));
    }
}

#[derive(Resource, Default)]
struct PanelOpen(bool);

fn attach_panel(mut commands: Commands, screen: Option<Single<Entity, With<ScreenCamera>>>) {
    if let Some(screen) = screen {
        commands.entity(*screen).insert(PrimaryEguiContext);
    }
}

fn toggle_panel(mut requests: MessageReader<Request>, mut open: ResMut<PanelOpen>) {
    if requests.read().filter(|request| request.command == Command::ToggleOperatorPanel).count() % 2 == 1 {
        open.0 = !open.0;
    }
}

/// After the loss of a graphics device egui would draw with the buffers of the old one.
fn reset_egui(world: &mut World) {
    world.remove_resource::<EguiPipeline>();
    world.init_resource::<EguiPipeline>();
    world.insert_resource(SpecializedRenderPipelines::<EguiPipeline>::default());
    world.insert_resource(EguiTransforms::default());
    world.insert_resource(EguiRenderData::default());
}

fn record_history(
    levels: Res<SoundLevels>,
    time: Res<Time>,
    mut readings: MessageReader<Reading>,
    mut history: ResMut<OperatorHistory>,
) {
    for reading in readings.read() {
        history.add_reading(reading);
    }
    history.add_level(time.elapsed(), levels.rms);
}

/// A section of the panel, and whether it is open at first: together those fit a screen of 720 lines.
struct PanelSection {
    title: &'static str,
    open: bool,
    show: fn(&mut egui::Ui, &PanelData),
}

const SECTIONS: &[PanelSection] = &[
    PanelSection { title: "Mood", open: true, show: show_mood },
    PanelSection { title: "Faces", open: true, show: show_faces },
    PanelSection { title: "Music", open: true, show: show_music },
    PanelSection { title: "Picture", open: true, show: show_picture },
    PanelSection { title: "Circumplex, last five minutes", open: false, show: show_circumplex },
    PanelSection { title: "Last minute", open: false, show: show_minute },
    PanelSection { title: "Camera and perception", open: false, show: show_frames },
    PanelSection { title: "Time for a frame", open: false, show: show_delays },
];

fn show_panel(
    mut contexts: EguiContexts,
    screen: Option<Single<&Camera, With<ScreenCamera>>>,
    data: PanelData,
) -> Result {
    let context = contexts.ctx_mut()?;
    if let Some(size) = screen.and_then(|screen| screen.logical_target_size()) {
        context.set_zoom_factor((size.min_element() / DESIGNED_SIZE).max(1.0));
    }
    egui::Window::new("Operator").anchor(egui::Align2::RIGHT_TOP, MARGINS).default_size((430.0, 640.0)).show(
        context,
        |ui| {
            egui::ScrollArea::vertical().show(ui, |ui| show_sections(ui, &data));
        },
    );
    Ok(())
}

fn show_sections(ui: &mut egui::Ui, data: &PanelData) {
    show_faults(ui, data);
    for section in SECTIONS {
        egui::CollapsingHeader::new(section.title)
            .default_open(section.open)
            .show(ui, |ui| (section.show)(ui, data));
    }
}

fn show_faults(ui: &mut egui::Ui, data: &PanelData) {
    let mut any = false;
    for (key, fault) in data.faults.active() {
        any = true;
        let seconds = data.time.elapsed().saturating_sub(fault.since).as_secs();
        ui.colored_label(
            egui::Color32::from_rgb(255, 200, 100),
            format!("{}, for {seconds} s: {}", key.room, fault.what),
        );
    }
    if !any {
        ui.label("No faults.");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bevy::diagnostic::DiagnosticsStore;
    use bevy::ecs::system::SystemState;

    use super::*;
    use crate::foundation::{FaultKey, FoundationPlugin};
    use crate::mixer::NowPlaying;
    use crate::mood::Mood;

    fn app() -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, FoundationPlugin, OperatorPlugin { draws: false }))
            .init_resource::<MoodTrail>()
            .init_resource::<Mood>()
            .init_resource::<SourceStatus>()
            .init_resource::<PerceptionStatus>()
            .init_resource::<NowPlaying>()
            .init_resource::<DiagnosticsStore>();
        app.update();
        app
    }

    /// Every text that the panel draws, with all sections open.
    fn panel_texts(app: &mut App) -> Vec<String> {
        let mut state = SystemState::<PanelData>::new(app.world_mut());
        let data = state.get(app.world()).expect("all resources are there");
        let context = egui::Context::default();
        let mut shapes = Vec::new();
        // The first frame only measures.
        for _ in 0..2 {
            let mut output = context.run_ui(egui::RawInput::default(), |ui| {
                show_faults(ui, &data);
                for section in SECTIONS {
                    ui.label(section.title);
                    (section.show)(ui, &data);
                }
            });
            // No renderer takes the textures.
            output.textures_delta.clear();
            shapes = std::mem::take(&mut output.shapes);
        }
        let text = |clipped: &egui::epaint::ClippedShape| match &clipped.shape {
            egui::Shape::Text(text) => Some(text.galley.text().to_owned()),
            _ => None,
        };
        shapes.iter().filter_map(text).collect()
    }

    /// The panel draws every section also when nothing is known yet, and says that all is well.
    #[test]
    fn an_empty_app_has_a_panel_without_faults() {
        let texts = panel_texts(&mut app());
        for text in ["No faults.", "Mood", "No face in view.", "Valence and arousal"] {
            assert!(texts.iter().any(|shown| shown == text), "{text}: {texts:?}");
        }
    }

    /// A fault is shown with its room and its age, and what plays with its place.
    #[test]
    fn the_panel_shows_faults_and_what_plays() {
        let mut app = app();
        let key = FaultKey::new("mixer", "device");
        app.world_mut().resource_mut::<Faults>().raise(key, "no sound", Duration::ZERO);
        app.world_mut().resource_mut::<NowPlaying>().position = Duration::from_secs(75);
        let texts = panel_texts(&mut app);
        assert!(texts.iter().any(|text| text == "mixer, for 0 s: no sound"), "{texts:?}");
        assert!(texts.iter().any(|text| text == "silence at 1:15, 0 crossfades"), "{texts:?}");
    }
}
