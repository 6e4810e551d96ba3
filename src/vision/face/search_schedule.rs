//! Where to look next: the whole frame, with or without a border, a part of it, or a known face. No pixels,
//! no network.

use std::time::Duration;

use super::{FaceBox, SearchSettings};
use crate::inference::CropSquare;

/// A look for faces that are not known yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WideSearch {
    /// The whole frame: faces at the usual distance.
    Full,
    /// The whole frame with a border: near faces, and those that the edge cuts.
    Bordered(CropSquare),
    /// The whole frame, turned: heads that lean far to a side.
    Turned(CropSquare),
    /// A part of the frame: farther faces.
    Tile(CropSquare),
}

/// A frame may come a little early; a look is due all the same.
const EARLY: f32 = 0.01;

/// When the next wide look is due, and at what.
#[derive(Debug, Default)]
pub struct SearchSchedule {
    full: Option<Duration>,
    tile: Option<Duration>,
    /// Wide looks so far that were no tiles of a frame with somebody in view.
    looks: usize,
    /// Whole looks so far that were not plain: with a border, or turned to either side.
    special: usize,
    next_tile: usize,
}

impl SearchSchedule {
    /// The wide look for a frame of `width × height` pixels, if one is due.
    ///
    /// While nobody is in view every second look is at the whole frame; of the others three are at tiles and one is
    /// with a border or turned. With somebody in view all of them are rarer. A frame that is not much larger than
    /// a tile has none.
    pub fn next(
        &mut self,
        now: Duration,
        size: [u32; 2],
        anybody: bool,
        settings: &SearchSettings,
        throttle: f32,
    ) -> Option<WideSearch> {
        let tiles = tiles(size, settings);
        let due = |last: Option<Duration>, pause: f32| elapsed(now, last) + EARLY >= pause * throttle;
        if !anybody {
            let last = self.full.max(self.tile);
            if !due(last, settings.empty_seconds) {
                return None;
            }
            self.looks += 1;
            return Some(match self.looks % 8 {
                1 | 3 | 5 | 7 => self.full(now),
                2 | 4 | 6 if !tiles.is_empty() => self.tile(now, &tiles),
                _ => self.special(now, size, settings),
            });
        }
        if due(self.full, settings.full_seconds) {
            self.looks += 1;
            let plain = self.looks % 2 == 1;
            return Some(if plain { self.full(now) } else { self.special(now, size, settings) });
        }
        (!tiles.is_empty() && due(self.tile, settings.tile_seconds)).then(|| self.tile(now, &tiles))
    }

    /// Notes a look at the whole frame.
    pub fn full(&mut self, now: Duration) -> WideSearch {
        self.full = Some(now);
        WideSearch::Full
    }

    /// With a border every second time, else turned to one side and the other.
    fn special(&mut self, now: Duration, size: [u32; 2], settings: &SearchSettings) -> WideSearch {
        self.full = Some(now);
        self.special += 1;
        let [left, right] = turned(size, settings);
        match self.special % 4 {
            0 => WideSearch::Turned(left),
            2 => WideSearch::Turned(right),
            _ => WideSearch::Bordered(bordered(size, settings)),
        }
    }

    fn tile(&mut self, now: Duration, tiles: &[CropSquare]) -> WideSearch {
        self.tile = Some(now);
        let tile = tiles[self.next_tile % tiles.len()];
        self.next_tile = (self.next_tile + 1) % tiles.len();
        WideSearch::Tile(tile)
    }
}

/// The square around a frame with its border.
pub(super) fn bordered([width, height]: [u32; 2], settings: &SearchSettings) -> CropSquare {
    let (width, height) = (width as f32, height as f32);
    let side = width.max(height) * (1.0 + 2.0 * settings.border);
    CropSquare { centre: [width / 2.0, height / 2.0], side, roll: 0.0 }
}

/// The square around the whole of a frame, turned to either side.
pub(super) fn turned([width, height]: [u32; 2], settings: &SearchSettings) -> [CropSquare; 2] {
    let (width, height) = (width as f32, height as f32);
    let roll = settings.turned_degrees.to_radians();
    // A turned square holds the frame's middle and nearly all of its corners.
    let side = width.max(height) * TURNED_SIDE;
    [-roll, roll].map(|roll| CropSquare { centre: [width / 2.0, height / 2.0], side, roll })
}

/// Side of a turned square, in longer sides of the frame.
const TURNED_SIDE: f32 = 1.15;

/// Seconds from one moment to another; for ever where there was none, 0 when time ran backwards.
pub(super) fn elapsed(now: Duration, last: Option<Duration>) -> f32 {
    last.map_or(f32::INFINITY, |last| now.saturating_sub(last).as_secs_f32())
}

/// Overlapping squares that cover a frame, row by row, the larger ones first; none for a frame that is little
/// larger than one. Where there would be too many of the smaller ones to look at all of them within seconds, they
/// are left out.
pub(super) fn tiles(size: [u32; 2], settings: &SearchSettings) -> Vec<CropSquare> {
    let overlap = settings.tile_overlap_pixels / settings.tile_pixels;
    let mut squares = tiles_of(size, settings.tile_pixels, overlap);
    let small = tiles_of(size, settings.small_tile_pixels, SMALL_OVERLAP);
    if settings.small_tile_pixels < settings.tile_pixels && small.len() <= MOST_SMALL_TILES {
        squares.extend(small);
    }
    squares
}

/// Small tiles overlap by this share of their side; larger faces are found in the others.
const SMALL_OVERLAP: f32 = 0.3;
/// A 640×480 frame has 12 small tiles with the default settings.
const MOST_SMALL_TILES: usize = 24;

/// Tiles of one size; `overlap` is in sides of a tile.
fn tiles_of([width, height]: [u32; 2], side: f32, overlap: f32) -> Vec<CropSquare> {
    let (width, height) = (width as f32, height as f32);
    if width.max(height) < side * 1.25 {
        return Vec::new();
    }
    let (columns, rows) = (starts(width, side, overlap), starts(height, side, overlap));
    let square = |x: f32, y: f32| CropSquare { centre: [x + side / 2.0, y + side / 2.0], side, roll: 0.0 };
    rows.iter().flat_map(|y| columns.iter().map(|x| square(*x, *y))).collect()
}

/// Where the tiles along one side of the frame begin: spread evenly, from edge to edge.
fn starts(length: f32, side: f32, overlap: f32) -> Vec<f32> {
    let room = length - side;
    if room <= 0.0 {
        return vec![room / 2.0];
    }
    let steps = (room / (side * (1.0 - overlap))).ceil().max(1.0);
    (0..=steps as usize).map(|index| room * index as f32 / steps).collect()
}

/// The square to look for a face in that is known to be near `bounds`, and to lean by `roll` (radians). A head that
/// leans little is looked at upright, as the detector expects it.
#[must_use]
pub fn around(bounds: &FaceBox, roll: f32, margin: f32) -> CropSquare {
    let roll = if roll.abs() < LEANING { 0.0 } else { roll.clamp(-MOST_ROLL, MOST_ROLL) };
    CropSquare { centre: bounds.centre(), side: bounds.side() * margin, roll }
}

/// From this angle on a head is looked at along its own axis: 14°.
const LEANING: f32 = 0.25;
/// Eyes that seem to lean by more are not trusted: 45°.
const MOST_ROLL: f32 = std::f32::consts::FRAC_PI_4;

/// How much slower everything goes so that a frame does not cost more than the machine can give.
///
/// Only live: in a stepped run nothing may depend on measured time.
#[derive(Debug)]
pub struct CpuThrottle {
    mean_ms: f32,
    factor: f32,
}

/// Share of a new measurement in the mean: about thirty frames count.
const NEW: f32 = 1.0 / 30.0;
/// Pauses change by this much with each frame.
const STEP: f32 = 1.02;
const SLOWEST: f32 = 4.0;

impl Default for CpuThrottle {
    fn default() -> Self {
        Self { mean_ms: 0.0, factor: 1.0 }
    }
}

impl CpuThrottle {
    /// By how much pauses are longer than the settings say: 1 ..= 4.
    #[must_use]
    pub fn factor(&self) -> f32 {
        self.factor
    }

    /// Notes what a frame cost in CPU time.
    pub fn spent(&mut self, cpu: Duration, budget_ms: f32) {
        self.mean_ms += (cpu.as_secs_f32() * 1_000.0 - self.mean_ms) * NEW;
        // Between the two bounds nothing changes, so that the pace does not swing.
        if self.mean_ms > budget_ms {
            self.factor = (self.factor * STEP).min(SLOWEST);
        } else if self.mean_ms < 0.7 * budget_ms {
            self.factor = (self.factor / STEP).max(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::face::FaceSettings;

    fn settings() -> SearchSettings {
        FaceSettings::default().search
    }

    /// The wide looks within `seconds` at 30 frames a second.
    fn looks(size: [u32; 2], seconds: u32, anybody: bool, effort: f32) -> Vec<WideSearch> {
        let (mut search, settings) = (SearchSchedule::default(), settings());
        (0..seconds * 30)
            .filter_map(|i| search.next(Duration::from_secs(1) * i / 30, size, anybody, &settings, effort))
            .collect()
    }

    #[test]
    fn tiles_cover_the_frame_from_edge_to_edge() {
        for size in [[640, 480], [1280, 720], [480, 640], [1920, 1080], [4_000, 100]] {
            let tiles = tiles(size, &settings());
            let covered = |x: f32, y: f32| {
                tiles.iter().any(|tile| {
                    (x - tile.centre[0]).abs() <= tile.side / 2.0 + 0.01
                        && (y - tile.centre[1]).abs() <= tile.side / 2.0 + 0.01
                })
            };
            for x in 0..=16 {
                for y in 0..=16 {
                    let (x, y) = (size[0] as f32 * x as f32 / 16.0, size[1] as f32 * y as f32 / 16.0);
                    assert!(covered(x, y), "{size:?} at {x} {y}");
                }
            }
        }
    }

    /// Every place of a frame lies whole in some small tile, with a face of 40 pixels around it.
    #[test]
    fn a_face_of_forty_pixels_lies_whole_in_a_small_tile() {
        let settings = settings();
        let small: Vec<CropSquare> = tiles([640, 480], &settings)
            .into_iter()
            .filter(|tile| tile.side < settings.tile_pixels)
            .collect();
        for (x, y) in
            (20..=620).step_by(50).flat_map(|x| (20..=460).step_by(40).map(move |y| (x as f32, y as f32)))
        {
            let whole = |tile: &CropSquare| {
                (x - tile.centre[0]).abs().max((y - tile.centre[1]).abs()) + 20.0 <= tile.side / 2.0 + 0.01
            };
            assert!(small.iter().any(whole), "{x} {y}");
        }
    }

    /// Thousands of small tiles in a large frame would take minutes to look at.
    #[test]
    fn a_large_frame_has_no_small_tiles() {
        let settings = settings();
        assert!(tiles([1920, 1080], &settings).iter().all(|tile| tile.side >= settings.tile_pixels));
    }

    #[test]
    fn a_head_that_leans_is_looked_at_along_its_axis() {
        let bounds = FaceBox { x: 10.0, y: 20.0, width: 40.0, height: 30.0 };
        for (roll, expected) in [(0.1, 0.0), (-0.5, -0.5), (2.0, MOST_ROLL)] {
            let square = around(&bounds, roll, 2.0);
            assert_eq!(square, CropSquare { centre: [30.0, 35.0], side: 80.0, roll: expected });
        }
    }

    #[test]
    fn a_small_frame_has_no_tiles() {
        assert!(tiles([240, 180], &settings()).is_empty());
        for anybody in [false, true] {
            let looks = looks([240, 180], 4, anybody, 1.0);
            assert!(looks.iter().all(|look| !matches!(look, WideSearch::Tile(_))), "{looks:?}");
        }
    }

    /// The border lies on all four sides, and it is looked at with and without anybody in view.
    #[test]
    fn near_faces_are_searched_with_a_border() {
        let expected = CropSquare { centre: [320.0, 240.0], side: 1_088.0, roll: 0.0 };
        for anybody in [false, true] {
            let looks = looks([640, 480], 4, anybody, 1.0);
            let is_near = |square: &CropSquare| {
                let [x, y] = [0, 1].map(|axis| (square.centre[axis] - expected.centre[axis]).abs());
                (square.side - expected.side).abs().max(x).max(y) < 0.1
            };
            let found =
                looks.iter().any(|look| matches!(look, WideSearch::Bordered(square) if is_near(square)));
            assert!(found, "{looks:?}");
        }
    }

    #[test]
    fn an_empty_room_is_searched_by_turns_and_every_tile_comes_within_seconds() {
        let looks = looks([640, 480], 6, false, 1.0);
        let full = looks.iter().filter(|look| **look == WideSearch::Full).count();
        assert!(full * 2 >= looks.len() - 1 && full >= 10, "{full} of {}", looks.len());
        for roll in [-1.0, 1.0] {
            assert!(
                looks
                    .iter()
                    .any(|look| matches!(look, WideSearch::Turned(square) if square.roll * roll > 0.0))
            );
        }
        for tile in tiles([640, 480], &settings()) {
            assert!(looks.contains(&WideSearch::Tile(tile)), "{tile:?}");
        }
    }

    #[test]
    fn with_somebody_in_view_looks_are_rare_and_bounded() {
        let count = looks([640, 480], 10, true, 1.0).len();
        assert!((10..=30).contains(&count), "{count} in ten seconds");
        assert!(looks([640, 480], 10, true, 2.0).len() < count * 6 / 10);
    }

    #[test]
    fn effort_gives_way_under_load_and_comes_back() {
        let mut effort = CpuThrottle::default();
        for _ in 0..500 {
            effort.spent(Duration::from_millis(40), 10.0);
        }
        assert!((effort.factor() - SLOWEST).abs() < 1e-6);
        for _ in 0..500 {
            effort.spent(Duration::from_millis(3), 10.0);
        }
        assert!((effort.factor() - 1.0).abs() < 1e-6);
    }
}
