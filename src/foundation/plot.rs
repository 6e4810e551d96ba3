//! What all plots share: the font, the colours of ink, and the way into a PNG file.

use std::path::{Path, PathBuf};

use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

/// The name that the font is registered by.
pub(crate) const FONT: &str = "inter";
static INTER: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/fonts/Inter-Medium.otf"));

pub(crate) const INK: RGBColor = RGBColor(32, 36, 44);
pub(crate) const BLUE: RGBColor = RGBColor(42, 96, 168);
pub(crate) const AMBER: RGBColor = RGBColor(222, 122, 20);

/// Why there is no plot.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    #[error("the plot cannot be drawn: {0}")]
    Drawing(String),
    #[error("{file}: the plot cannot be written: {reason}")]
    Writing { file: PathBuf, reason: String },
}

pub(crate) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

pub(crate) fn failed(error: impl ToString) -> PlotError {
    PlotError::Drawing(error.to_string())
}

/// A white picture of this size in pixels, with what `draw` puts on it.
pub(crate) fn plot(
    size: (u32, u32),
    draw: impl FnOnce(&Area) -> Result<(), PlotError>,
) -> Result<RgbImage, PlotError> {
    register_font(FONT, FontStyle::Normal, INTER).map_err(|_| failed("the font cannot be read"))?;
    let mut picture = RgbImage::new(size.0, size.1);
    {
        let area = BitMapBackend::with_buffer(&mut picture, size).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        draw(&area)?;
        area.present().map_err(failed)?;
    }
    Ok(picture)
}

/// Writes a plot as PNG.
pub(crate) fn save_plot(picture: &RgbImage, file: &Path) -> Result<(), PlotError> {
    picture
        .save_with_format(file, ImageFormat::Png)
        .map_err(|error| PlotError::Writing { file: file.to_owned(), reason: error.to_string() })
}
