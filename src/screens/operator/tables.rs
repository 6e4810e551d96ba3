//! What the panel shows as text and tables.

use std::time::Duration;

use bevy::diagnostic::{Diagnostic, FrameTimeDiagnosticsPlugin};
use bevy_egui::egui;

use super::panel_data::PanelData;
use crate::mixer::NowPlaying;
use crate::vision::perception::{ReadFace, ReadingTiming};

/// One part of the timing of a reading.
pub(super) type TimingPart = fn(&ReadingTiming) -> Duration;

/// Who is in view and how well they can be seen.
pub(super) fn show_faces(ui: &mut egui::Ui, data: &PanelData) {
    let in_view = data.history.faces(data.time.elapsed());
    if in_view.is_empty() {
        ui.label("No face in view.");
        return;
    }
    egui::Grid::new("faces").num_columns(3).show(ui, |ui| {
        for read in in_view {
            ui.label(format!("face {}", read.id));
            ui.add(egui::ProgressBar::new(read.quality.score).desired_width(110.0).text("quality"));
            ui.label(describe_face(read));
            ui.end_row();
        }
    });
}

/// "looks happy (71 %), 92 px", or why there is no opinion.
fn describe_face(read: &ReadFace) -> String {
    let width = read.face.bounds.width;
    if let Some(poor) = read.quality.unreadable {
        return format!("unknown: {}, {width:.0} px", poor.advice());
    }
    let (emotion, p) = read.probabilities().top();
    format!("looks {} ({:.0} %), {width:.0} px", emotion.looks(), p * 100.0)
}

pub(super) fn show_frames(ui: &mut egui::Ui, data: &PanelData) {
    let (source, perception) = (&data.source, &data.perception);
    ui.label(format!("{}, {}", source.name, if source.live { "live" } else { "not live" }));
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
    show_spreads(ui, data);
}

fn show_spreads(ui: &mut egui::Ui, data: &PanelData) {
    let timings: [(&str, TimingPart); 4] = [
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
            let Some(spread) = data.history.spread(part) else { continue };
            ui.label(name);
            ui.label(ms(spread.p50));
            ui.label(ms(spread.p95));
            ui.end_row();
        }
    });
}

/// What plays, why, and how loud it is.
pub(super) fn show_music(ui: &mut egui::Ui, data: &PanelData) {
    let NowPlaying { pick, position, crossfades, .. } = &*data.playing;
    let title = pick.as_ref().map_or("silence", |pick| pick.track.title.as_str());
    let seconds = position.as_secs();
    ui.label(format!("{title} at {}:{:02}, {crossfades} crossfades", seconds / 60, seconds % 60));
    if let Some(pick) = pick {
        ui.label(pick.reason.as_str());
    }
    if let Some(words) = data.library.as_ref().and_then(|library| library.words()) {
        ui.label(words);
    }
    ui.add(
        egui::ProgressBar::new(data.levels.rms)
            .text(format!("level {:.2}, peak {:.2}", data.levels.rms, data.levels.peak)),
    );
    ui.horizontal(|ui| {
        for band in data.levels.bands {
            ui.add(egui::ProgressBar::new(band).desired_width(42.0));
        }
    });
}

/// What is drawn, how finely, and what it costs.
pub(super) fn show_picture(ui: &mut egui::Ui, data: &PanelData) {
    if let Some(crossfade) = &data.crossfade {
        let title = &crossfade.front().scene().title;
        let coming = crossfade.incoming().map(|layer| format!(", dissolving into {}", layer.scene().title));
        ui.label(format!("{title}{}", coming.unwrap_or_default()));
    }
    let fps = data.diagnostics.get(&FrameTimeDiagnosticsPlugin::FPS).and_then(Diagnostic::smoothed);
    let Some(quality) = &data.quality else { return };
    let cost = quality.gpu_ms().map(|ms| format!(", {ms:.1} ms on the graphics card"));
    ui.label(format!(
        "{:.0} pictures a second, quality {}{}",
        fps.unwrap_or_default(),
        quality.level().name,
        cost.unwrap_or_default()
    ));
}
