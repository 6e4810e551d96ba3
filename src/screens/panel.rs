//! The operator's panel: what is read, how fast, and what is wrong.

use std::time::Duration;

use bevy::diagnostic::{Diagnostic, DiagnosticsStore, FrameTimeDiagnosticsPlugin};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext, egui,
};
use egui_plot::{Corner, Legend, Line, Plot, PlotPoints, Points};

use super::history::{History, REACH, Sample};
use crate::camera::SourceStatus;
use crate::expression::Emotion;
use crate::foundation::Faults;
use crate::input::Action;
use crate::mixer::{NowPlaying, SoundLevels};
use crate::mood::{Mood, MoodState};
use crate::perception::Timing;
use crate::visuals::ScreenCamera;

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
    mood: Res<'w, Mood>,
    source: Res<'w, SourceStatus>,
    playing: Res<'w, NowPlaying>,
    levels: Res<'w, SoundLevels>,
    faults: Res<'w, Faults>,
    diagnostics: Res<'w, DiagnosticsStore>,
    time: Res<'w, Time>,
}

fn show(mut contexts: EguiContexts, facts: Facts) -> Result {
    let context = contexts.ctx_mut()?;
    // Faults are written at the left, over the panel.
    egui::Window::new("Operator")
        .anchor(egui::Align2::RIGHT_TOP, (-16.0, 16.0))
        .default_size((430.0, 640.0))
        .show(context, |ui| {
            egui::ScrollArea::vertical().show(ui, |ui| {
                show_mood(ui, &facts);
                show_minute(ui, &facts);
                show_circumplex(ui, &facts);
                show_frames(ui, &facts);
                show_sound(ui, &facts);
                show_faults(ui, &facts);
            });
        });
    Ok(())
}

/// One colour for each emotion, in the order of [`Emotion::ALL`].
const COLORS: [egui::Color32; 7] = [
    egui::Color32::from_rgb(235, 80, 70),
    egui::Color32::from_rgb(140, 180, 70),
    egui::Color32::from_rgb(150, 210, 215),
    egui::Color32::from_rgb(250, 195, 70),
    egui::Color32::from_rgb(90, 135, 235),
    egui::Color32::from_rgb(225, 120, 235),
    egui::Color32::from_rgb(170, 178, 190),
];

fn color(emotion: Emotion) -> egui::Color32 {
    COLORS[emotion.index()]
}

fn show_mood(ui: &mut egui::Ui, facts: &Facts) {
    let name = |emotion: Option<Emotion>| emotion.map_or("nobody", Emotion::looks);
    ui.label(format!(
        "Pictures: {}   Music: {}   In view: {}",
        name(facts.mood.fast.emotion),
        name(facts.mood.slow.emotion),
        facts.mood.people
    ));
    egui::Grid::new("probabilities").num_columns(3).show(ui, |ui| {
        for emotion in Emotion::ALL {
            let p = facts.mood.fast.probabilities.of(emotion);
            ui.label(emotion.name());
            ui.add(egui::ProgressBar::new(p).fill(color(emotion)).desired_width(290.0));
            ui.label(format!("{:.0} %", p * 100.0));
            ui.end_row();
        }
    });
}

fn show_minute(ui: &mut egui::Ui, facts: &Facts) {
    let now = facts.time.elapsed_secs_f64();
    let ago = |at: Duration| at.as_secs_f64() - now;
    ui.separator();
    ui.label("Valence and arousal in the last minute");
    let line = |name: &str, value: fn(&Sample) -> f32| {
        let points: PlotPoints = facts.history.samples().map(|s| [ago(s.at), f64::from(value(s))]).collect();
        Line::new(name, points).width(2.0)
    };
    let curves = [line("valence", |s| s.valence), line("arousal", |s| s.arousal), line("sound", |s| s.rms)];
    minute("mood", -1.0)
        .legend(Legend::default().position(Corner::LeftTop))
        .show(ui, |plot| curves.into_iter().for_each(|c| plot.line(c)));
    ui.label("Probabilities in the last minute");
    let curves = Emotion::ALL.map(|emotion| {
        let points: PlotPoints =
            facts.history.samples().map(|s| [ago(s.at), f64::from(s.probabilities.of(emotion))]).collect();
        Line::new(emotion.name(), points).color(color(emotion)).width(1.5)
    });
    minute("emotions", 0.0).show(ui, |plot| curves.into_iter().for_each(|c| plot.line(c)));
}

fn minute(id: &str, lowest: f64) -> Plot<'_> {
    Plot::new(id)
        .height(110.0)
        .include_x(-REACH.as_secs_f64())
        .include_x(0.0)
        .include_y(lowest)
        .include_y(1.0)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
}

fn show_circumplex(ui: &mut egui::Ui, facts: &Facts) {
    ui.separator();
    ui.label("Circumplex: valence to the right, arousal up");
    let trail: PlotPoints =
        facts.history.samples().map(|s| [f64::from(s.valence), f64::from(s.arousal)]).collect();
    let here = |mood: &MoodState| vec![[f64::from(mood.valence), f64::from(mood.arousal)]];
    let fast = Points::new("pictures", here(&facts.mood.fast)).radius(7.0);
    let slow = Points::new("music", here(&facts.mood.slow)).radius(5.0);
    Plot::new("circumplex")
        .height(190.0)
        .data_aspect(1.0)
        .include_x(-1.0)
        .include_x(1.0)
        .include_y(-1.0)
        .include_y(1.0)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .legend(Legend::default().position(Corner::LeftTop))
        .show(ui, |plot| {
            plot.line(Line::new("last minute", trail).color(egui::Color32::from_white_alpha(60)));
            plot.points(fast);
            plot.points(slow);
        });
}

/// One part of the timing of a reading.
type Part = fn(&Timing) -> Duration;

fn show_frames(ui: &mut egui::Ui, facts: &Facts) {
    ui.separator();
    let fps = facts.diagnostics.get(&FrameTimeDiagnosticsPlugin::FPS).and_then(Diagnostic::smoothed);
    ui.label(format!(
        "{}: {} frames, {} passed over, {}",
        facts.source.name,
        facts.source.captured,
        facts.source.dropped,
        if facts.source.live { "live" } else { "not live" }
    ));
    let timings: [(&str, Part); 4] = [
        ("capture to reading", |t| t.capture_to_reading),
        ("detect", |t| t.detect),
        ("classify", |t| t.classify),
        ("cpu for a frame", |t| t.cpu),
    ];
    for (name, part) in timings {
        if let Some(spread) = facts.history.spread(part) {
            let ms = |time: Duration| time.as_secs_f64() * 1e3;
            ui.label(format!("{name}: median {:.1} ms, 95 % {:.1} ms", ms(spread.p50), ms(spread.p95)));
        }
    }
    ui.label(format!("pictures a second: {:.0}", fps.unwrap_or_default()));
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
    ui.separator();
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
}
