//! The operator's panel: what is read, how fast, and what is wrong.

mod plots;
mod tables;

use bevy::diagnostic::DiagnosticsStore;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext, egui,
};

use super::history::History;
use crate::foundation::Faults;
use crate::input::Action;
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::{Mood, MoodTrail};
use crate::music::LibraryStatus;
use crate::sense::camera::SourceStatus;
use crate::vision::perception::PerceptionStatus;
use crate::visuals::quality::Quality;
use crate::visuals::{ScreenCamera, Showing};
use plots::{show_circumplex, show_delays, show_minute, show_mood};
use tables::{show_faces, show_frames, show_music, show_picture};

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(EguiPlugin::default()).init_resource::<Open>();
    if let Some(mut settings) = app.world_mut().get_resource_mut::<EguiGlobalSettings>() {
        // The first camera draws the scene, not the screen.
        settings.auto_create_primary_context = false;
    }
    app.add_systems(PostStartup, attach)
        .add_systems(Update, toggle)
        .add_systems(EguiPrimaryContextPass, show.run_if(|open: Res<Open>| open.0));
}

#[derive(Resource, Default)]
struct Open(bool);

fn attach(mut commands: Commands, screen: Option<Single<Entity, With<ScreenCamera>>>) {
    if let Some(screen) = screen {
        commands.entity(*screen).insert(PrimaryEguiContext);
    }
}

/// The shorter side of the screen for which the panel is designed; on a larger one it is drawn larger.
const DESIGNED: f32 = 1080.0;

fn toggle(mut actions: MessageReader<Action>, mut open: ResMut<Open>) {
    if actions.read().filter(|action| **action == Action::TogglePanel).count() % 2 == 1 {
        open.0 = !open.0;
    }
}

/// Everything that the panel shows, read only.
#[derive(SystemParam)]
struct Facts<'w> {
    history: Res<'w, History>,
    trail: Res<'w, MoodTrail>,
    mood: Res<'w, Mood>,
    source: Res<'w, SourceStatus>,
    perception: Res<'w, PerceptionStatus>,
    playing: Res<'w, NowPlaying>,
    levels: Res<'w, SoundLevels>,
    library: Option<Res<'w, LibraryStatus>>,
    showing: Option<Res<'w, Showing>>,
    quality: Option<Res<'w, Quality>>,
    faults: Res<'w, Faults>,
    diagnostics: Res<'w, DiagnosticsStore>,
    time: Res<'w, Time>,
}

/// A section of the panel, and whether it is open at first: together those fit a screen of 720 lines.
struct Section {
    title: &'static str,
    open: bool,
    show: fn(&mut egui::Ui, &Facts),
}

const SECTIONS: [Section; 8] = [
    Section { title: "Mood", open: true, show: show_mood },
    Section { title: "Faces", open: true, show: show_faces },
    Section { title: "Music", open: true, show: show_music },
    Section { title: "Picture", open: true, show: show_picture },
    Section { title: "Circumplex, last five minutes", open: false, show: show_circumplex },
    Section { title: "Last minute", open: false, show: show_minute },
    Section { title: "Camera and reading", open: false, show: show_frames },
    Section { title: "Time for a frame", open: false, show: show_delays },
];

fn show(
    mut contexts: EguiContexts,
    screen: Option<Single<&Camera, With<ScreenCamera>>>,
    facts: Facts,
) -> Result {
    let context = contexts.ctx_mut()?;
    if let Some(size) = screen.and_then(|screen| screen.logical_target_size()) {
        context.set_zoom_factor((size.min_element() / DESIGNED).max(1.0));
    }
    // Faults and the small dial are above the panel.
    egui::Window::new("Operator")
        .anchor(egui::Align2::RIGHT_TOP, (-16.0, 108.0))
        .default_size((430.0, 640.0))
        .show(context, |ui| {
            egui::ScrollArea::vertical().show(ui, |ui| {
                show_faults(ui, &facts);
                for section in SECTIONS {
                    egui::CollapsingHeader::new(section.title)
                        .default_open(section.open)
                        .show(ui, |ui| (section.show)(ui, &facts));
                }
            });
        });
    Ok(())
}

fn show_faults(ui: &mut egui::Ui, facts: &Facts) {
    let mut any = false;
    for (key, fault) in facts.faults.active() {
        any = true;
        let since = facts.time.elapsed().saturating_sub(fault.since).as_secs();
        ui.colored_label(
            egui::Color32::from_rgb(255, 200, 100),
            format!("{}, for {since} s: {}", key.room, fault.what),
        );
    }
    if !any {
        ui.label("No faults.");
    }
}
