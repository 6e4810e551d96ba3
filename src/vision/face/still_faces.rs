//! Faces that never move: posters, portraits and dolls are no visitors.
//!
//! A living face moves by more than a picture of one, even asleep: breath alone moves a head by a millimetre or so, about
//! a hundredth of its width. A picture moves not at all, but its pixels do: by the noise of the sensor, and by light that
//! changes. So small grey copies of the *same place* of the frame are compared, and
//!
//! - each copy is brought to a mean of 0 and a standard deviation of 1, which takes out brighter and darker light;
//! - copies are averaged over a second, which takes out most of the noise;
//! - what noise is left in such a mean is known from the spread of its copies, and is taken out of the difference of two
//!   means, as in an analysis of variance. So a dark picture with strong noise is not taken for one that moves;
//! - means are compared that lie a few seconds apart: long enough for a breath, short enough that daylight stays the same.
//!
//! A movement of one hundredth of the width changes the copy by about 0.05; noise and slow light stay below 0.015.
//! Places are remembered, not numbers of people, so that a poster that was hidden for a while does not begin anew.

use std::collections::VecDeque;
use std::time::Duration;

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
/// As far away as this, in sides of a box, it may still be the same face.
const SAME_PLACE: f32 = 0.5;
/// A place at which no face was seen for this long is forgotten.
const FORGET: Duration = Duration::from_mins(10);
/// At most this many places are remembered.
const MOST_PLACES: usize = 16;
/// The noise of a mean is known so well, as a share of its variance: four standard deviations of a mean square of 256
/// values (√(2/256) each).
const NOISE_UNKNOWN: f32 = 0.35;

/// The mean of some copies of a place, and the mean variance that noise leaves in it.
#[derive(Debug, Clone)]
struct PlaceMean {
    at: Duration,
    values: Vec<f32>,
    noise: f32,
}

impl PlaceMean {
    /// Root mean square by which two means differ beyond their noise, in standard deviations of the picture.
    fn movement(&self, other: &Self) -> f32 {
        let squares = self.values.iter().zip(&other.values).map(|(a, b)| (a - b) * (a - b));
        let difference = squares.sum::<f32>() / self.values.len().max(1) as f32;
        let noise = self.noise + other.noise;
        (difference - (1.0 + NOISE_UNKNOWN) * noise).max(0.0).sqrt()
    }
}

/// Copies that become a mean.
#[derive(Debug, Clone, Default)]
struct CopySum {
    since: Option<Duration>,
    count: u32,
    sums: Vec<f32>,
    squares: Vec<f32>,
}

impl CopySum {
    /// Adds a copy; returns the mean once it is complete.
    fn add(&mut self, at: Duration, copy: &[f32]) -> Option<PlaceMean> {
        self.sums.resize(copy.len(), 0.0);
        self.squares.resize(copy.len(), 0.0);
        for ((sum, square), value) in self.sums.iter_mut().zip(&mut self.squares).zip(copy) {
            *sum += value;
            *square += value * value;
        }
        self.count += 1;
        let since = *self.since.get_or_insert(at);
        if elapsed(at, Some(since)) < WINDOW_SECONDS || self.count < LEAST_COPIES {
            return None;
        }
        let whole = std::mem::take(self);
        let count = whole.count as f32;
        let values: Vec<f32> = whole.sums.iter().map(|sum| sum / count).collect();
        let spread: f32 = whole
            .squares
            .iter()
            .zip(&values)
            .map(|(square, mean)| (square / count - mean * mean).max(0.0))
            .sum();
        let noise = spread / values.len().max(1) as f32 / (count - 1.0);
        Some(PlaceMean { at, values, noise })
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

    fn see(&mut self, frame: &Frame, bounds: &FaceBox, at: Duration, change: f32) {
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
        if self.means.iter().any(|earlier| earlier.movement(&mean) > change) {
            self.still_since = at;
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
        place.see(frame, bounds, at, settings.change);
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
