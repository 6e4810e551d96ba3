//! What all plots share: font, colours, and writing them as PNG.

use std::io::Cursor;
use std::path::Path;

use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use super::output_file::{OutputFileError, write_output_file};

/// Inter Medium, the font of screen and plots, as an OpenType file. It is part of the program, so
/// that text appears in the first frame and needs no folder.
pub(crate) static INTER_FONT: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/fonts/Inter-Medium.otf"));
/// The name by which plots find the font, after [`register_plot_font`].
pub(crate) const FONT: &str = "inter";

pub(crate) const INK: RGBColor = RGBColor(32, 36, 44);
pub(crate) const BLUE: RGBColor = RGBColor(42, 96, 168);
pub(crate) const AMBER: RGBColor = RGBColor(222, 122, 20);

/// Why a plot was not made.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    #[error("the plot cannot be drawn: {0}")]
    Drawing(String),
    #[error(transparent)]
    Writing(#[from] OutputFileError),
}

pub(crate) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

pub(crate) fn failed(error: impl ToString) -> PlotError {
    PlotError::Drawing(error.to_string())
}

/// Makes [`FONT`] known to `plotters`. Doing it again is fine.
pub(crate) fn register_plot_font() -> Result<(), PlotError> {
    register_font(FONT, FontStyle::Normal, INTER_FONT).map_err(|_| failed("the font cannot be read"))
}

/// A white picture of this size in pixels, with what `draw` puts on it.
pub(crate) fn plot(
    size: (u32, u32),
    draw: impl FnOnce(&Area) -> Result<(), PlotError>,
) -> Result<RgbImage, PlotError> {
    register_plot_font()?;
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
    let png = encode_picture(picture, ImageFormat::Png).map_err(failed)?;
    Ok(write_output_file(file, &png)?)
}

/// The bytes of a picture file.
pub(crate) fn encode_picture(picture: &RgbImage, format: ImageFormat) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}
