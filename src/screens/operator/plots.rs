//! What the panel shows as bars, curves and points.

use std::time::Duration;

use bevy_egui::egui;
use egui_plot::{Corner, Legend, Line, LineStyle, Plot, PlotPoints, PlotUi, Points, Text};

use super::history::HISTORY;
use super::panel_data::PanelData;
use super::tables::TimingPart;
use crate::emotion::Emotion;
use crate::mood::{MoodState, TrailPoint};

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

pub(super) fn show_mood(ui: &mut egui::Ui, data: &PanelData) {
    let name = |emotion: Option<Emotion>| emotion.map_or("nobody", Emotion::looks);
    ui.label(format!(
        "Pictures: {}   Music: {}   In view: {}",
        name(data.mood.fast.emotion),
        name(data.mood.slow.emotion),
        data.mood.people
    ));
    egui::Grid::new("probabilities").num_columns(3).show(ui, |ui| {
        for emotion in Emotion::ALL {
            let p = data.mood.fast.probabilities.of(emotion);
            ui.label(emotion.name());
            ui.add(egui::ProgressBar::new(p).fill(color(emotion)).desired_width(290.0));
            ui.label(format!("{:.0} %", p * 100.0));
            ui.end_row();
        }
    });
}

pub(super) fn show_minute(ui: &mut egui::Ui, data: &PanelData) {
    let now = data.time.elapsed();
    let ago = |at: Duration| at.as_secs_f64() - now.as_secs_f64();
    let trail: Vec<&TrailPoint> = data.trail.points().filter(|point| point.at + HISTORY >= now).collect();
    let mood_curve = |name: &str, value: fn(&TrailPoint) -> f32| {
        let points: PlotPoints = trail.iter().map(|point| [ago(point.at), f64::from(value(point))]).collect();
        Line::new(name, points).width(2.0)
    };
    let levels: PlotPoints = data.history.levels().map(|(at, rms)| [ago(*at), f64::from(*rms)]).collect();
    let curves = [
        mood_curve("valence", |point| point.valence),
        mood_curve("arousal", |point| point.arousal),
        Line::new("sound", levels).width(2.0),
    ];
    ui.label("Valence and arousal");
    minute("mood", -1.0)
        .legend(Legend::default().position(Corner::LeftTop))
        .show(ui, |plot| curves.into_iter().for_each(|curve| plot.line(curve)));
    ui.label("Probabilities");
    let curves = Emotion::ALL.map(|emotion| {
        let points: PlotPoints =
            trail.iter().map(|point| [ago(point.at), f64::from(point.probabilities.of(emotion))]).collect();
        Line::new(emotion.name(), points).color(color(emotion)).width(1.5)
    });
    minute("emotions", 0.0).show(ui, |plot| curves.into_iter().for_each(|curve| plot.line(curve)));
}

fn minute(id: &str, lowest: f64) -> Plot<'_> {
    Plot::new(id)
        .height(110.0)
        .include_x(-HISTORY.as_secs_f64())
        .include_x(0.0)
        .include_y(lowest)
        .include_y(1.0)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
}

pub(super) fn show_circumplex(ui: &mut egui::Ui, data: &PanelData) {
    let by_hand = data.mood.by_hand.map(|weight| format!("; set by hand to {:.0} %", weight * 100.0));
    ui.label(format!("valence to the right, arousal up{}", by_hand.unwrap_or_default()));
    Plot::new("circumplex")
        .height(210.0)
        .data_aspect(1.0)
        .include_x(-1.05)
        .include_x(1.05)
        .include_y(-1.05)
        .include_y(1.05)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .legend(Legend::default().position(Corner::LeftTop))
        .show(ui, |plot| draw_circumplex(plot, data));
}

fn draw_circumplex(plot: &mut PlotUi, data: &PanelData) {
    let faint = egui::Color32::from_white_alpha(40);
    let circle = PlotPoints::from_parametric_callback(f64::sin_cos, 0.0..=std::f64::consts::TAU, 96);
    plot.line(Line::new("", circle).color(faint).style(LineStyle::dashed_loose()));
    for (word, x, y) in [("tense", -0.6, 0.6), ("bright", 0.6, 0.6), ("low", -0.6, -0.6), ("calm", 0.6, -0.6)]
    {
        let gray = egui::Color32::from_white_alpha(110);
        plot.text(Text::new("", [x, y].into(), word).color(gray));
    }
    draw_trail(plot, data);
    let here = |mood: &MoodState| vec![[f64::from(mood.valence), f64::from(mood.arousal)]];
    plot.points(Points::new("pictures", here(&data.mood.fast)).radius(7.0));
    plot.points(Points::new("music", here(&data.mood.slow)).radius(5.0));
}

/// In a few pieces that get stronger towards now, so that the direction can be seen.
fn draw_trail(plot: &mut PlotUi, data: &PanelData) {
    const PIECES: usize = 6;
    let trail: Vec<[f64; 2]> =
        data.trail.points().map(|at| [f64::from(at.valence), f64::from(at.arousal)]).collect();
    let length = trail.len().div_ceil(PIECES).max(1);
    for (piece, start) in (0..trail.len()).step_by(length).enumerate() {
        // Each piece reaches to the first point of the next.
        let points: PlotPoints = trail[start..(start + length + 1).min(trail.len())].to_vec().into();
        let strength = 30 + 25 * u8::try_from(piece).unwrap_or(u8::MAX).min(6);
        plot.line(Line::new("trail", points).color(egui::Color32::from_white_alpha(strength)).width(1.5));
    }
}

/// How long each frame took in the last minute.
pub(super) fn show_delays(ui: &mut egui::Ui, data: &PanelData) {
    let now = data.time.elapsed_secs_f64();
    let parts: [(&str, TimingPart); 2] =
        [("capture to reading", |t| t.capture_to_reading), ("cpu", |t| t.cpu)];
    let curves = parts.map(|(name, part)| {
        let points: PlotPoints = data
            .history
            .timings()
            .map(|(at, timing)| [at.as_secs_f64() - now, part(timing).as_secs_f64() * 1e3])
            .collect();
        Line::new(name, points).width(1.5)
    });
    ui.label("Milliseconds in the last minute");
    Plot::new("delays line")
        .height(90.0)
        .include_x(-HISTORY.as_secs_f64())
        .include_x(0.0)
        .include_y(0.0)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .legend(Legend::default().position(Corner::LeftTop))
        .show(ui, |plot| curves.into_iter().for_each(|curve| plot.line(curve)));
}
