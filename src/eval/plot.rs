//! Confusion matrix and reliability diagram in one picture.

use std::path::Path;

use image::RgbImage;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::metrics::{ConfusionRow, EvaluationScores, ReliabilityBin};
use crate::emotion::Emotion;
use crate::foundation::{AMBER, Area, BLUE, FONT, INK, PlotError, failed, plot, save_plot};

/// Width and height of the picture in pixels.
const SIZE: (u32, u32) = (1480, 780);
/// Where the matrix ends and the diagram begins, in pixels.
const MIDDLE: i32 = 790;
/// Height of the title in pixels.
const HEADER: i32 = 60;
/// Side of a cell of the matrix in pixels.
const FIELD: i32 = 78;
/// Upper left corner of the matrix within its half, in pixels.
const MATRIX: (i32, i32) = (118, 92);

const FAINT: RGBColor = RGBColor(120, 126, 138);
const LINE: RGBColor = RGBColor(222, 225, 231);

type DrawResult = Result<(), PlotError>;

/// Draws both into a PNG file with this title.
///
/// # Errors
/// [`PlotError`] if the plot cannot be drawn or written.
pub fn draw(scores: &EvaluationScores, title: &str, file: &Path) -> Result<(), PlotError> {
    save_plot(&picture(scores, title)?, file)
}

fn picture(scores: &EvaluationScores, title: &str) -> Result<RgbImage, PlotError> {
    plot(SIZE, |root| {
        write(root, title, (24, HEADER / 2), 24, INK, HPos::Left)?;
        let (_, below) = root.split_vertically(HEADER);
        let (left, right) = below.split_horizontally(MIDDLE);
        matrix(&left, scores)?;
        diagram(&right, scores)
    })
}

/// Writes a line of text, vertically centred at this height.
fn write(area: &Area, text: &str, at: (i32, i32), size: i32, colour: RGBColor, anchor: HPos) -> DrawResult {
    let style = TextStyle::from((FONT, size)).color(&colour).pos(Pos::new(anchor, VPos::Center));
    area.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
}

fn matrix(area: &Area, scores: &EvaluationScores) -> DrawResult {
    let (x, y) = MATRIX;
    write(area, "Confusion: rows are labels, columns are predictions", (24, 20), 19, INK, HPos::Left)?;
    let names = Emotion::ALL.map(Emotion::name).into_iter().chain(["no face"]);
    for (column, name) in (0..).zip(names) {
        write(area, name, (x + column * FIELD + FIELD / 2, y - 16), 16, INK, HPos::Center)?;
    }
    for (line, (emotion, row)) in (0..).zip(scores.confusion.iter()) {
        let top = y + line * FIELD;
        write(area, emotion.name(), (x - 14, top + FIELD / 2 - 9), 16, INK, HPos::Right)?;
        let support = format!("n = {}", row.total());
        write(area, &support, (x - 14, top + FIELD / 2 + 11), 14, FAINT, HPos::Right)?;
        let counts = row.read_as.0.into_iter().chain([row.no_face]);
        for (column, count) in (0..).zip(counts) {
            field(area, (x + column * FIELD, top), count, row)?;
        }
    }
    Ok(())
}

/// One cell: its count, and its share of the row as text and as colour.
fn field(area: &Area, (x, y): (i32, i32), count: usize, row: &ConfusionRow) -> DrawResult {
    let share = count as f64 / row.total().max(1) as f64;
    let corners = [(x + 1, y + 1), (x + FIELD - 1, y + FIELD - 1)];
    area.draw(&Rectangle::new(corners, shade(share).filled())).map_err(failed)?;
    let (ink, faint) = match share {
        share if share > 0.45 => (WHITE, WHITE),
        _ if count == 0 => (FAINT, FAINT),
        _ => (INK, FAINT),
    };
    let middle = (x + FIELD / 2, y + FIELD / 2);
    write(area, &count.to_string(), (middle.0, middle.1 - 9), 19, ink, HPos::Center)?;
    if count > 0 {
        let percent = format!("{:.0} %", share * 100.0);
        write(area, &percent, (middle.0, middle.1 + 14), 14, faint, HPos::Center)?;
    }
    Ok(())
}

/// From almost white to blue, for shares 0..=1.
fn shade(share: f64) -> RGBColor {
    let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
    RGBColor(mix(243, BLUE.0), mix(245, BLUE.1), mix(249, BLUE.2))
}

type ReliabilityChart<'a, 'b> =
    ChartContext<'a, BitMapBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn diagram(area: &Area, scores: &EvaluationScores) -> DrawResult {
    let ece = scores.ece.map_or("no face was found".to_owned(), |ece| format!("ECE {ece:.3}"));
    write(area, &format!("Reliability: {ece}"), (24, 20), 19, INK, HPos::Left)?;
    let legend =
        "Bars: share that is right, with the number of faces. Dots: mean confidence of the networks.";
    write(area, legend, (24, 46), 15, FAINT, HPos::Left)?;
    let mut plane = ChartBuilder::on(area)
        .margin_top(70)
        .margin_right(36)
        .margin_bottom(16)
        .x_label_area_size(52)
        .y_label_area_size(68)
        .build_cartesian_2d(0.0..1.0, 0.0..1.06)
        .map_err(failed)?;
    plane
        .configure_mesh()
        .x_desc("probability of the likeliest emotion")
        .y_desc("share that is right")
        .x_labels(11)
        .y_labels(11)
        .x_label_formatter(&|value| format!("{value:.1}"))
        .y_label_formatter(&|value| format!("{value:.1}"))
        .label_style(TextStyle::from((FONT, 15)).color(&INK))
        .axis_desc_style(TextStyle::from((FONT, 16)).color(&INK))
        .axis_style(INK)
        .bold_line_style(LINE)
        .light_line_style(TRANSPARENT)
        .draw()
        .map_err(failed)?;
    bars(&mut plane, scores)
}

fn bars(plane: &mut ReliabilityChart, scores: &EvaluationScores) -> DrawResult {
    let width = 1.0 / scores.reliability.len().max(1) as f64;
    let filled = || (0..).map(f64::from).zip(&scores.reliability).filter(|(_, bin)| bin.count > 0);
    let bar = |(step, bin): (f64, &ReliabilityBin)| {
        Rectangle::new(
            [(step * width + 0.004, 0.0), ((step + 1.0) * width - 0.004, bin.accuracy)],
            BLUE.mix(0.75).filled(),
        )
    };
    plane.draw_series(filled().map(bar)).map_err(failed)?;
    let diagonal = PathElement::new([(0.0, 0.0), (1.0, 1.0)], FAINT);
    plane.draw_series([diagonal]).map_err(failed)?;
    let dot =
        |(_, bin): (f64, &ReliabilityBin)| Circle::new((bin.confidence, bin.confidence), 5, AMBER.filled());
    plane.draw_series(filled().map(dot)).map_err(failed)?;
    let style = TextStyle::from((FONT, 13)).color(&INK).pos(Pos::new(HPos::Center, VPos::Bottom));
    let label = |(step, bin): (f64, &ReliabilityBin)| {
        let top = bin.accuracy.max(bin.confidence + 0.008);
        Text::new(bin.count.to_string(), ((step + 0.5) * width, top + 0.008), style.clone())
    };
    plane.draw_series(filled().map(label)).map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{LabelledPrediction, Prediction};

    fn scores() -> EvaluationScores {
        let prediction = Prediction::Face { top: Emotion::Happy, confidence: 0.9, abstained: false };
        EvaluationScores::of(&[LabelledPrediction { truth: Emotion::Happy, prediction }])
    }

    #[test]
    fn a_cell_that_holds_its_whole_row_is_blue_and_an_empty_one_is_not() {
        let picture = picture(&scores(), "one face").expect("drawn");
        let corner = |row: usize, column: usize| {
            let place = |start: i32, index: usize| (start + 4) as u32 + index as u32 * FIELD as u32;
            picture.get_pixel(place(MATRIX.0, column), place(HEADER + MATRIX.1, row)).0
        };
        let happy = Emotion::Happy.index();
        assert_eq!(corner(happy, happy), [BLUE.0, BLUE.1, BLUE.2]);
        assert_eq!(corner(happy, 7), [243, 245, 249]);
    }

    #[test]
    fn the_title_is_drawn_with_the_shipped_font() {
        let ink = |title: &str| {
            let picture = picture(&scores(), title).expect("drawn");
            picture.pixels().filter(|pixel| pixel.0 != [255; 3]).count()
        };
        assert!(ink("a longer title") > ink("") + 100);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let words = draw(&scores(), "", Path::new("not-here/plot.png")).unwrap_err().to_string();
        assert!(words.contains("not-here/plot.png"), "{words}");
    }

    #[test]
    fn empty_scores_are_drawn() {
        assert!(picture(&EvaluationScores::of(&[]), "nothing").is_ok());
    }
}
