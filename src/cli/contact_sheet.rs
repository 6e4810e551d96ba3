//! `attune contact-sheet`: every scene under every mood, on one picture.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use image::imageops::overlay;
use image::{ImageFormat, RgbImage};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::args::SettingsArgs;
use super::scene_app::choose_scenes;
use crate::app::terminal::progress_bar;
use crate::foundation::{
    FONT, Folders, check_output_file, encode_picture, register_plot_font, tell, write_output_file,
};
use crate::visuals::{PreviewSubject, ScenePreviews, preview_subjects, previews};

/// Pixels between two pictures.
const GAP: u32 = 4;
/// Height of the line with the names of the moods.
const HEADER: u32 = 30;
/// Width of the column with the names of the scenes.
const MARGIN: u32 = 110;

#[derive(Debug, Clone, Args)]
pub(super) struct ContactSheetArgs {
    /// The picture to write; its extension sets the format (png or jpg; png without one).
    #[arg(long, value_name = "FILE", default_value = "contact-sheet.png")]
    out: PathBuf,
    /// Only these scenes. Default: all.
    #[arg(long = "scene", value_name = "NAME")]
    scenes: Vec<String>,
    /// A folder with your own scenes, NAME.ron and NAME.wgsl.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Width and height of each picture in pixels.
    #[arg(long, value_name = "WxH", default_value = "224x126", value_parser = super::args::size)]
    size: (u32, u32),
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn contact_sheet(args: &ContactSheetArgs, folders: &Folders) -> anyhow::Result<ExitCode> {
    check_output_file(&args.out)?;
    let (settings, scenes) = choose_scenes(&args.settings, args.folder.as_deref(), &args.scenes, folders)?;
    let subjects = preview_subjects();
    let pictures = scenes.len() * subjects.len();
    let bar = progress_bar(Some(pictures as u64), "{bar:40} {pos}/{len} pictures");
    let rows = previews(&settings, &scenes, &subjects, args.size, || bar.inc(1))?;
    bar.finish_and_clear();
    let sheet = lay_out(&rows, &subjects, args.size)?;
    let format = ImageFormat::from_path(&args.out).unwrap_or(ImageFormat::Png);
    let picture = encode_picture(&sheet, format).with_context(|| format!("--out {}", args.out.display()))?;
    write_output_file(&args.out, &picture).context("--out")?;
    tell!("{} scenes, {} moods: {}", rows.len(), subjects.len(), args.out.display());
    Ok(ExitCode::SUCCESS)
}

/// A row for each scene, a column for each mood, with their names.
fn lay_out(
    rows: &[ScenePreviews],
    columns: &[PreviewSubject],
    (width, height): (u32, u32),
) -> anyhow::Result<RgbImage> {
    register_plot_font()?;
    let size = (MARGIN + columns.len() as u32 * (width + GAP), HEADER + rows.len() as u32 * (height + GAP));
    let mut sheet = RgbImage::from_pixel(size.0, size.1, image::Rgb([14, 14, 18]));
    let left = |column: usize| MARGIN + column as u32 * (width + GAP);
    let top = |row: usize| HEADER + row as u32 * (height + GAP);
    for (index, row) in rows.iter().enumerate() {
        for (column, picture) in row.pictures.iter().enumerate() {
            overlay(&mut sheet, picture, left(column).into(), top(index).into());
        }
    }
    {
        let root = BitMapBackend::with_buffer(&mut sheet, size).into_drawing_area();
        let write = |text: &str, at: (u32, u32), anchor: HPos| {
            let pen = TextStyle::from((FONT, 17)).color(&RGBColor(214, 212, 206));
            let at = (at.0.cast_signed(), at.1.cast_signed());
            root.draw(&Text::new(text.to_owned(), at, pen.pos(Pos::new(anchor, VPos::Center))))
        };
        for (column, subject) in columns.iter().enumerate() {
            write(&subject.title, (left(column) + width / 2, HEADER / 2), HPos::Center).map_err(undrawn)?;
        }
        for (index, row) in rows.iter().enumerate() {
            write(&row.scene, (MARGIN - 10, top(index) + height / 2), HPos::Right).map_err(undrawn)?;
        }
        root.present().map_err(undrawn)?;
    }
    Ok(sheet)
}

fn undrawn(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("the names cannot be drawn: {error}")
}
