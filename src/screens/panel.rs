//! The operator's panel: what is read, how fast, and what is wrong.

mod plots;

use std::time::Duration;

use bevy::diagnostic::{Diagnostic, DiagnosticsStore, FrameTimeDiagnosticsPlugin};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext, egui,
};

use super::history::History;
use crate::camera::SourceStatus;
use crate::foundation::Faults;
use crate::input::Action;
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::{Mood, MoodTrail};
use crate::perception::{PerceptionStatus, ReadFace, Timing};
use crate::visuals::ScreenCamera;
use plots::{show_circumplex, show_delays, show_minute, show_mood};

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
    faults: Res<'w, Faults>,
    diagnostics: Res<'w, DiagnosticsStore>,
    time: Res<'w, Time>,
}

fn show(mut contexts: EguiContexts, facts: Facts) -> Result {
    let context = contexts.ctx_mut()?;
    // Faults and the small dial are above the panel.
    egui::Window::new("Operator")
        .anchor(egui::Align2::RIGHT_TOP, (-16.0, 108.0))
        .default_size((430.0, 640.0))
        .show(context, |ui| {
            egui::ScrollArea::vertical().show(ui, |ui| {
                show_faults(ui, &facts);
                show_mood(ui, &facts);
                show_circumplex(ui, &facts);
                show_faces(ui, &facts);
                show_frames(ui, &facts);
                show_delays(ui, &facts);
                show_minute(ui, &facts);
                show_sound(ui, &facts);
            });
        });
    Ok(())
}

/// One part of the timing of a reading.
type Part = fn(&Timing) -> Duration;

/// Who is in view and how well they can be seen.
fn show_faces(ui: &mut egui::Ui, facts: &Facts) {
    ui.separator();
    let in_view = facts.history.faces(facts.time.elapsed());
    if in_view.is_empty() {
        ui.label("No face in view.");
        return;
    }
    egui::Grid::new("faces").num_columns(3).show(ui, |ui| {
        for read in in_view {
            ui.label(format!("face {}", read.id));
            ui.add(egui::ProgressBar::new(read.quality.score).desired_width(110.0).text("quality"));
            ui.label(face_words(read));
            ui.end_row();
        }
    });
}

/// "looks happy (71 %), 92 px", or why there is no opinion.
fn face_words(read: &ReadFace) -> String {
    let width = read.face.bounds.width;
    if let Some(poor) = read.quality.poor {
        return format!("unknown: {}, {width:.0} px", poor.advice());
    }
    let (emotion, p) = read.probabilities.top();
    format!("looks {} ({:.0} %), {width:.0} px", emotion.looks(), p * 100.0)
}

fn show_frames(ui: &mut egui::Ui, facts: &Facts) {
    ui.separator();
    let fps = facts.diagnostics.get(&FrameTimeDiagnosticsPlugin::FPS).and_then(Diagnostic::smoothed);
    let (source, perception) = (&facts.source, &facts.perception);
    ui.label(format!(
        "{}, {}; {:.0} pictures a second on the screen",
        source.name,
        if source.live { "live" } else { "not live" },
        fps.unwrap_or_default()
    ));
    egui::Grid::new("frames").num_columns(4).striped(true).show(ui, |ui| {
        for heading in ["frames", "taken in", "passed over", "broken"] {
            ui.strong(heading);
        }
        ui.end_row();
        let rows = [
            ("camera", source.captured, source.dropped, source.skipped),
            ("perception", perception.processed, perception.dropped, perception.failed),
        ];
        for (name, good, dropped, broken) in rows {
            ui.label(name);
            for count in [good, dropped, broken] {
                ui.label(count.to_string());
            }
            ui.end_row();
        }
    });
    show_spreads(ui, facts);
}

fn show_spreads(ui: &mut egui::Ui, facts: &Facts) {
    let timings: [(&str, Part); 4] = [
        ("capture to reading", |t| t.capture_to_reading),
        ("detect", |t| t.detect),
        ("classify", |t| t.classify),
        ("cpu for a frame", |t| t.cpu),
    ];
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    egui::Grid::new("delays").num_columns(3).striped(true).show(ui, |ui| {
        for heading in ["last minute", "median", "95 %"] {
            ui.strong(heading);
        }
        ui.end_row();
        for (name, part) in timings {
            let Some(spread) = facts.history.spread(part) else { continue };
            ui.label(name);
            ui.label(ms(spread.p50));
            ui.label(ms(spread.p95));
            ui.end_row();
        }
    });
}

fn show_sound(ui: &mut egui::Ui, facts: &Facts) {
    ui.separator();
    let title = facts.playing.pick.as_ref().map_or("silence", |pick| pick.track.title.as_str());
    let seconds = facts.playing.position.as_secs();
    ui.label(format!(
        "{title} at {}:{:02}, {} crossfades",
        seconds / 60,
        seconds % 60,
        facts.playing.crossfades
    ));
    ui.add(
        egui::ProgressBar::new(facts.levels.rms)
            .text(format!("level {:.2}, peak {:.2}", facts.levels.rms, facts.levels.peak)),
    );
    ui.horizontal(|ui| {
        for band in facts.levels.bands {
            ui.add(egui::ProgressBar::new(band).desired_width(42.0));
        }
    });
}

fn show_faults(ui: &mut egui::Ui, facts: &Facts) {
    let mut any = false;
    for (room, fault) in facts.faults.active() {
        any = true;
        let since = facts.time.elapsed().saturating_sub(fault.since).as_secs();
        ui.colored_label(
            egui::Color32::from_rgb(255, 200, 100),
            format!("{room:?}, for {since} s: {}", fault.what),
        );
    }
    if !any {
        ui.label("No faults.");
    }
    ui.separator();
}
