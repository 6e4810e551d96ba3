//! Faces that never move: posters, portraits and dolls are no visitors.
//!
//! A living face moves by more than a picture of one, even asleep: breath alone moves a head by a millimetre or so, about
//! a hundredth of its width. A picture moves not at all, but its pixels change: by the noise of the sensor, and by light.
//! So the change itself says little, in the dark least of all; what is measured is the *movement* that explains it.
//!
//! Small grey copies of the same place of the frame are brought to a mean of 0 and a standard deviation of 1 and averaged
//! over a second. The difference of two such means is written, by least squares, as a sum of what a shift and a zoom of the
//! picture would change (Lucas and Kanade 1981) and of what light would change: brighter or darker, also from one side.
//! Shift and zoom come out in shares of the face's width. Noise is spread over all 196 values and hardly looks like either;
//! a shadow goes into the light. The two means lie a few seconds apart: long enough for a breath, short enough that
//! daylight stays the same.
//!
//! Measured on photographs of faces 110 pixels wide: a breath of ±0.2 pixels gives 0.003; noise of 5 grey values that a
//! camera has smoothed over time gives at most 0.0008, bands of a lamp 0.0006, and light that changes by a twentieth on one
//! side within ten seconds 0.0002. In a quarter of the light noise of 8 grey values gives 0.0023: there a poster counts,
//! which is better than that a person does not.
//!
//! Places are remembered, not numbers of people, so that a poster that was hidden for a while does not begin anew.

use std::collections::VecDeque;
use std::time::Duration;

use nalgebra::{SMatrix, SVector};

use super::detected_face::FaceBox;
use super::grey_patch::GreyPatch;
use super::search_schedule::elapsed;
use super::settings::StillFaceSettings;
use crate::frame::Frame;

/// Copies are averaged over this time.
const WINDOW_SECONDS: f32 = 1.0;
/// Fewest copies of a mean.
const LEAST_COPIES: u32 = 4;
/// Means are compared with those of the last ten seconds: two breaths.
const COMPARED: Duration = Duration::from_secs(10);
/// A face whose middle is farther away than this from where it was, in sides of its box, has moved. The detector's own
/// trembling is a few hundredths.
const MOVED: f32 = 0.15;
/// A face whose box is larger or smaller by this factor has moved.
const GROWN: f32 = 1.25;
/// A change above this, in standard deviations, is too large to be explained: something else is there.
const REPLACED: f32 = 0.35;
/// As far away as this, in sides of a box, it may still be the same face.
const SAME_PLACE: f32 = 0.5;
/// A place at which no face was seen for this long is forgotten.
const FORGET: Duration = Duration::from_mins(10);
/// At most this many places are remembered.
const MOST_PLACES: usize = 16;

/// The mean of some copies of a place.
#[derive(Debug, Clone)]
struct PlaceMean {
    at: Duration,
    values: Vec<f32>,
}

/// Shift along both sides and zoom; brighter or darker by an amount and by a factor, each also from one side.
const CAUSES: usize = 9;

impl PlaceMean {
    /// How far the picture has moved from one mean to another, in shares of the face's width; more than 1 where what is
    /// seen is another thing.
    fn movement(&self, other: &Self) -> f32 {
        let count = self.values.len().max(1) as f32;
        let squares = self.values.iter().zip(&other.values).map(|(a, b)| (a - b) * (a - b));
        if (squares.sum::<f32>() / count).sqrt() > REPLACED {
            return f32::INFINITY;
        }
        let side = GreyPatch::SIDE;
        let middle: Vec<f32> =
            self.values.iter().zip(&other.values).map(|(a, b)| f32::midpoint(*a, *b)).collect();
        let mut products = SMatrix::<f32, CAUSES, CAUSES>::zeros();
        let mut explained = SVector::<f32, CAUSES>::zeros();
        for row in 1..side - 1 {
            for column in 1..side - 1 {
                let place = row * side + column;
                let causes = causes(&middle, place, [column, row]);
                products += causes * causes.transpose();
                explained += causes * (other.values[place] - self.values[place]);
            }
        }
        // A picture without structure has no answer; the small amount makes it 0.
        products += SMatrix::identity() * 0.01;
        let Some(amounts) = products.cholesky().map(|root| root.solve(&explained)) else { return 0.0 };
        let cells = amounts[0].hypot(amounts[1]).max(amounts[2].abs());
        cells * GreyPatch::MARGIN / side as f32
    }
}

/// What each cause would change at a place by one cell, or by one standard deviation.
fn causes(picture: &[f32], place: usize, cell: [usize; 2]) -> SVector<f32, CAUSES> {
    let side = GreyPatch::SIDE;
    // -1 to 1 over the picture.
    let [x, y] = cell.map(|at| (2 * at + 1) as f32 / side as f32 - 1.0);
    let along = (picture[place + 1] - picture[place - 1]) / 2.0;
    let down = (picture[place + side] - picture[place - side]) / 2.0;
    let value = picture[place];
    SVector::from([along, down, x * along + y * down, 1.0, x, y, value, x * value, y * value])
}

/// Copies that become a mean.
#[derive(Debug, Clone, Default)]
struct CopySum {
    since: Option<Duration>,
    count: u32,
    sums: Vec<f32>,
}

impl CopySum {
    /// Adds a copy; returns the mean once it is complete.
    fn add(&mut self, at: Duration, copy: &[f32]) -> Option<PlaceMean> {
        self.sums.resize(copy.len(), 0.0);
        for (sum, value) in self.sums.iter_mut().zip(copy) {
            *sum += value;
        }
        self.count += 1;
        let since = *self.since.get_or_insert(at);
        if elapsed(at, Some(since)) < WINDOW_SECONDS || self.count < LEAST_COPIES {
            return None;
        }
        let whole = std::mem::take(self);
        let values = whole.sums.iter().map(|sum| sum / whole.count as f32).collect();
        Some(PlaceMean { at, values })
    }
}

/// A place at which there is or was a face.
#[derive(Debug, Clone)]
struct FacePosition {
    bounds: FaceBox,
    seen: Duration,
    still_since: Duration,
    copies: CopySum,
    means: VecDeque<PlaceMean>,
}

impl FacePosition {
    fn new(bounds: FaceBox, at: Duration) -> Self {
        Self { bounds, seen: at, still_since: at, copies: CopySum::default(), means: VecDeque::new() }
    }

    /// How far a box is away, in sides; `None` if it is too far to be the same face.
    fn distance(&self, other: &FaceBox) -> Option<f32> {
        let side = self.bounds.side().max(f32::MIN_POSITIVE);
        let ([x, y], [to_x, to_y]) = (self.bounds.centre(), other.centre());
        let away = (x - to_x).hypot(y - to_y) / side;
        (away <= SAME_PLACE).then_some(away)
    }

    fn see(&mut self, frame: &Frame, bounds: &FaceBox, at: Duration, least: f32) {
        let gap = at.saturating_sub(self.seen);
        self.seen = at;
        let grown = bounds.side() / self.bounds.side().max(f32::MIN_POSITIVE);
        let in_place =
            self.distance(bounds).is_some_and(|away| away <= MOVED) && (1.0 / GROWN..=GROWN).contains(&grown);
        if !in_place {
            *self = Self::new(*bounds, at);
        }
        if gap >= COMPARED {
            self.copies = CopySum::default();
        }
        let copy = GreyPatch::of(frame, &self.bounds).in_even_light();
        let Some(mean) = self.copies.add(at, &copy) else { return };
        if self.means.iter().any(|earlier| earlier.movement(&mean) > least) {
            self.still_since = at;
            self.means.clear();
        }
        // The last mean before a gap stays: what comes after it is compared with it.
        while self.means.front().is_some_and(|first| at.saturating_sub(first.at) > COMPARED) {
            self.means.pop_front();
        }
        self.means.push_back(mean);
    }
}

/// Remembers where faces are and how long they have not moved.
#[derive(Debug, Clone, Default)]
pub struct StillFaces {
    places: Vec<FacePosition>,
}

impl StillFaces {
    /// Takes in a face of a frame of a camera. Returns whether it has been still for so long that it is no person.
    pub fn see(
        &mut self,
        frame: &Frame,
        bounds: &FaceBox,
        at: Duration,
        settings: &StillFaceSettings,
    ) -> bool {
        self.places.retain(|place| at.saturating_sub(place.seen) <= FORGET);
        let near = self
            .places
            .iter()
            .enumerate()
            .filter_map(|(index, place)| Some((index, place.distance(bounds)?)));
        let nearest = near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index);
        let index = nearest.unwrap_or_else(|| self.add(FacePosition::new(*bounds, at)));
        let place = &mut self.places[index];
        place.see(frame, bounds, at, settings.movement);
        elapsed(at, Some(place.still_since)) >= settings.seconds
    }

    fn add(&mut self, place: FacePosition) -> usize {
        if self.places.len() >= MOST_PLACES {
            let oldest = self.places.iter().enumerate().min_by_key(|(_, place)| place.seen);
            if let Some(index) = oldest.map(|(index, _)| index) {
                self.places.swap_remove(index);
            }
        }
        self.places.push(place);
        self.places.len() - 1
    }
}
