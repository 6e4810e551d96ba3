//! The library as a picture: each track in the plane of valence and energy.

use std::path::Path;

use image::RgbImage;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::entry::LibraryEntry;
use crate::foundation::{FONT, INK, PlotError, failed, plot, save_plot};

/// Width and height of the picture in pixels.
const SIZE: (u32, u32) = (1_200, 1_100);
/// The plane within it: left, top and side.
const LEFT: i32 = 90;
const TOP: i32 = 70;
const SIDE: i32 = 960;
/// Height and width of a letter of a title.
const LETTER: (i32, i32) = (16, 8);
/// Longer titles are cut, in characters.
const LONGEST: usize = 28;

const FAINT: RGBColor = RGBColor(120, 126, 138);
const LINE: RGBColor = RGBColor(222, 225, 231);

/// Draws all tracks whose place is known into a PNG file, with as many titles as there is room for.
///
/// # Errors
/// [`PlotError`] when it cannot be drawn or written.
pub fn draw(entries: &[LibraryEntry], file: &Path) -> Result<(), PlotError> {
    save_plot(&picture(entries)?, file)
}

fn picture(entries: &[LibraryEntry]) -> Result<RgbImage, PlotError> {
    plot(SIZE, |area| {
        let text = |words: &str, at: (i32, i32), size: i32, colour: RGBColor, side: HPos| {
            let style = TextStyle::from((FONT, size)).color(&colour).pos(Pos::new(side, VPos::Center));
            area.draw(&Text::new(words.to_owned(), at, style)).map_err(failed)
        };
        let placed: Vec<(&LibraryEntry, (i32, i32))> =
            entries.iter().filter_map(|entry| Some((entry, place(entry)?))).collect();
        let title = format!("{} tracks: valence (an estimate) and energy", placed.len());
        text(&title, (LEFT, TOP / 2), 24, INK, HPos::Left)?;
        for n in 0..=4 {
            let at = n * SIDE / 4;
            let style = if n % 2 == 0 { FAINT } else { LINE };
            let across = vec![(LEFT, TOP + at), (LEFT + SIDE, TOP + at)];
            let down = vec![(LEFT + at, TOP), (LEFT + at, TOP + SIDE)];
            for line in [across, down] {
                area.draw(&PathElement::new(line, style)).map_err(failed)?;
            }
        }
        let bottom = TOP + SIDE + 28;
        text("dark", (LEFT, bottom), 18, INK, HPos::Left)?;
        text("bright", (LEFT + SIDE, bottom), 18, INK, HPos::Right)?;
        text("lively", (LEFT - 12, TOP + 8), 18, INK, HPos::Right)?;
        text("quiet", (LEFT - 12, TOP + SIDE - 8), 18, INK, HPos::Right)?;
        let radius = if placed.len() > 2_000 { 2 } else { 5 };
        for (entry, at) in &placed {
            area.draw(&Circle::new(*at, radius, colour(entry).filled())).map_err(failed)?;
        }
        for (words, at) in titles(&placed) {
            text(&words, at, LETTER.0, INK, HPos::Left)?;
        }
        Ok(())
    })
}

/// Where a track lies in the picture.
fn place(entry: &LibraryEntry) -> Option<(i32, i32)> {
    let (valence, energy) = (entry.valence?, entry.energy?);
    let side = SIDE as f32;
    Some((LEFT + (valence * side) as i32, TOP + ((1.0 - energy) * side) as i32))
}

/// Slow is blue, fast is amber, unknown is grey.
fn colour(entry: &LibraryEntry) -> RGBColor {
    let Some(bpm) = entry.track.facts.bpm() else { return FAINT };
    let fast = ((bpm - 60.0) / 100.0).clamp(0.0, 1.0);
    let mix = |slow: f32, quick: f32| (slow + (quick - slow) * fast) as u8;
    RGBColor(mix(42.0, 222.0), mix(96.0, 122.0), mix(168.0, 20.0))
}

/// Titles beside their tracks, without any that would cover another or a point.
fn titles(placed: &[(&LibraryEntry, (i32, i32))]) -> Vec<(String, (i32, i32))> {
    const MOST: usize = 120;
    let mut boxes: Vec<[i32; 4]> =
        placed.iter().take(4_000).map(|(_, (x, y))| [x - 5, y - 5, x + 5, y + 5]).collect();
    let mut found = Vec::new();
    for (entry, (x, y)) in placed {
        if found.len() == MOST {
            break;
        }
        let words: String = entry.track.title.chars().take(LONGEST).collect();
        let width = LETTER.1 * i32::try_from(words.chars().count()).unwrap_or(i32::MAX / 16);
        let beside = [(x + 9, *y), (x - 9 - width, *y), (x - width / 2, y - 17), (x - width / 2, y + 17)];
        let free = beside.into_iter().find(|(left, middle)| {
            let mine = [*left, middle - 8, left + width, middle + 8];
            let outside = mine[0] < 0 || mine[2] > SIZE.0.cast_signed();
            !outside && !boxes.iter().any(|other| overlap(&mine, other))
        });
        if let Some((left, middle)) = free {
            boxes.push([left, middle - 8, left + width, middle + 8]);
            found.push((words, (left, middle)));
        }
    }
    found
}

/// Boxes are left, top, right, bottom.
fn overlap(a: &[i32; 4], b: &[i32; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::test_support::entry;

    fn at(file: &str, valence: f32, energy: f32) -> LibraryEntry {
        let mut entry = entry(file, "");
        (entry.valence, entry.energy) = (Some(valence), Some(energy));
        entry
    }

    #[test]
    fn a_bright_and_lively_track_is_a_point_in_the_upper_right() {
        let picture = picture(&[at("a.ogg", 0.9, 0.9), entry("unknown.ogg", "")]).expect("drawn");
        let (x, y) = place(&at("a.ogg", 0.9, 0.9)).expect("a place");
        assert!(x > LEFT + SIDE / 2 && y < TOP + SIDE / 2);
        assert_eq!(picture.get_pixel(x as u32, y as u32).0, [FAINT.0, FAINT.1, FAINT.2]);
    }

    #[test]
    fn titles_do_not_cover_each_other() {
        let entries: Vec<LibraryEntry> =
            (0..9).map(|n| at(&format!("a long title {n}.ogg"), 0.5, 0.5)).collect();
        let placed: Vec<_> = entries.iter().map(|entry| (entry, place(entry).expect("a place"))).collect();
        let titles = titles(&placed);
        assert!((1..9).contains(&titles.len()), "{titles:?}");
    }
}
