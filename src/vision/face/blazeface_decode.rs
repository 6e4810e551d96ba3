//! From the numbers of a single-shot detector to boxes (BlazeFace, arXiv 1907.05047).

use crate::inference::{AnchorGrid, DetectorSpec};

/// A possible face, in shares of the detector's input: 0..=1 from the upper left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FaceCandidate {
    pub(super) centre: [f32; 2],
    pub(super) size: [f32; 2],
    pub(super) eyes: [[f32; 2]; 2],
    pub(super) nose: Option<[f32; 2]>,
    pub(super) mouth: Option<[f32; 2]>,
    /// 0..=1.
    pub(super) score: f32,
}

/// The middles of all cells, row by row, each as often as it has anchors; 0..=1.
pub(super) fn anchors(grids: &[AnchorGrid]) -> Vec<[f32; 2]> {
    let mut anchors = Vec::new();
    for grid in grids {
        let middle = |cell: usize| (cell as f32 + 0.5) / grid.cells as f32;
        for row in 0..grid.cells {
            for column in 0..grid.cells {
                anchors.extend(std::iter::repeat_n([middle(column), middle(row)], grid.each));
            }
        }
    }
    anchors
}

/// Every candidate whose score reaches the threshold.
///
/// `boxes` holds `values_per_box` numbers for each anchor, in pixels of an
/// input of `size` pixels; `scores` holds one logit for each.
pub(super) fn candidates(
    boxes: &[f32],
    scores: &[f32],
    anchors: &[[f32; 2]],
    spec: &DetectorSpec,
    size: usize,
) -> Vec<FaceCandidate> {
    let size = size as f32;
    let rows = boxes.chunks_exact(spec.values_per_box);
    rows.zip(scores)
        .zip(anchors)
        .filter_map(|((row, logit), anchor)| {
            let score = 1.0 / (1.0 + (-logit).exp());
            let point =
                |at: usize| Some([row.get(at)? / size + anchor[0], row.get(at + 1)? / size + anchor[1]]);
            (score >= spec.min_score).then_some(())?;
            let candidate = FaceCandidate {
                centre: point(0)?,
                size: [row.get(2)? / size, row.get(3)? / size],
                eyes: [point(4 + 2 * spec.eyes.0)?, point(4 + 2 * spec.eyes.1)?],
                nose: spec.nose.and_then(|index| point(4 + 2 * index)),
                mouth: spec.mouth.and_then(|index| point(4 + 2 * index)),
                score,
            };
            candidate.is_sound().then_some(candidate)
        })
        .collect()
}

/// Merges candidates that overlap into their mean, weighted by score (weighted
/// non-maximum suppression, which steadies the box). Best first.
pub(super) fn merge(mut candidates: Vec<FaceCandidate>, max_overlap: f32) -> Vec<FaceCandidate> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut faces = Vec::new();
    while let Some(best) = candidates.first().copied() {
        let (same, others): (Vec<_>, Vec<_>) =
            candidates[1..].iter().copied().partition(|other| best.overlap(other) > max_overlap);
        faces.push(best.mean_with(&same));
        candidates = others;
    }
    faces
}

impl FaceCandidate {
    /// Everything that is averaged; a point that is not there is 0.
    fn values(&self) -> [f32; 12] {
        let [[ax, ay], [bx, by]] = self.eyes;
        let [nx, ny] = self.nose.unwrap_or_default();
        let [mx, my] = self.mouth.unwrap_or_default();
        [self.centre[0], self.centre[1], self.size[0], self.size[1], ax, ay, bx, by, nx, ny, mx, my]
    }

    fn is_sound(&self) -> bool {
        self.values().iter().all(|value| value.is_finite() && value.abs() < 100.0)
            && self.size.iter().all(|side| *side > 0.0)
    }

    /// Intersection over union.
    fn overlap(&self, other: &Self) -> f32 {
        let shared = |axis: usize| {
            let end = |c: &Self| c.centre[axis] + c.size[axis] / 2.0;
            let start = |c: &Self| c.centre[axis] - c.size[axis] / 2.0;
            (end(self).min(end(other)) - start(self).max(start(other))).max(0.0)
        };
        let area = |c: &Self| c.size[0] * c.size[1];
        let both = shared(0) * shared(1);
        both / (area(self) + area(other) - both).max(f32::MIN_POSITIVE)
    }

    fn mean_with(&self, others: &[Self]) -> Self {
        let mut sums = [0.0; 12];
        let mut total = 0.0;
        for candidate in std::iter::once(self).chain(others) {
            total += candidate.score;
            for (sum, value) in sums.iter_mut().zip(candidate.values()) {
                *sum += candidate.score * value;
            }
        }
        let [x, y, width, height, ax, ay, bx, by, nx, ny, mx, my] =
            sums.map(|sum| sum / total.max(f32::MIN_POSITIVE));
        Self {
            centre: [x, y],
            size: [width, height],
            eyes: [[ax, ay], [bx, by]],
            nose: self.nose.map(|_| [nx, ny]),
            mouth: self.mouth.map(|_| [mx, my]),
            score: self.score,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spec() -> DetectorSpec {
        DetectorSpec {
            boxes_output: 0,
            scores_output: 1,
            values_per_box: 12,
            anchors: vec![AnchorGrid { cells: 2, each: 1 }],
            eyes: (0, 1),
            nose: Some(2),
            mouth: Some(3),
            min_score: 0.5,
            max_overlap: 0.3,
        }
    }

    fn candidate(x: f32, score: f32) -> FaceCandidate {
        FaceCandidate {
            centre: [x, 0.5],
            size: [0.2, 0.2],
            eyes: [[x - 0.05, 0.45], [x + 0.05, 0.45]],
            nose: Some([x, 0.5]),
            mouth: None,
            score,
        }
    }

    #[test]
    fn short_range_has_896_anchors_in_the_middles_of_cells() {
        let anchors = anchors(&[AnchorGrid { cells: 16, each: 2 }, AnchorGrid { cells: 8, each: 6 }]);
        assert_eq!(anchors.len(), 896);
        for (index, x, y) in [(0, 1.0, 1.0), (2, 3.0, 1.0), (512, 2.0, 2.0), (895, 30.0, 30.0_f32)] {
            let [found_x, found_y] = anchors[index].map(|place| place * 32.0);
            assert!((found_x - x).abs() < 1e-4 && (found_y - y).abs() < 1e-4, "{index}: {found_x} {found_y}");
        }
    }

    #[test]
    fn offsets_are_pixels_from_the_anchor() {
        let spec = spec();
        let mut boxes = vec![0.0; 48];
        boxes[12..24].copy_from_slice(&[10.0, -10.0, 20.0, 40.0, -5.0, -8.0, 5.0, -8.0, 1.0, 2.0, 0.0, 7.0]);
        let found = candidates(&boxes, &[-9.0, 3.0, -9.0, -9.0], &anchors(&spec.anchors), &spec, 100);
        assert_eq!(found.len(), 1);
        let expected = [0.85, 0.15, 0.2, 0.4, 0.70, 0.17, 0.80, 0.17, 0.76, 0.27, 0.75, 0.32];
        for (value, expected) in found[0].values().into_iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        }
        assert!((found[0].score - 0.952_574).abs() < 1e-5);
    }

    #[test]
    fn candidates_of_one_face_become_their_weighted_mean() {
        let faces = merge(vec![candidate(0.31, 0.6), candidate(0.30, 0.9), candidate(0.8, 0.7)], 0.3);
        assert_eq!(faces.len(), 2);
        assert!((faces[0].centre[0] - 0.304).abs() < 1e-6);
        assert!((faces[0].score - 0.9).abs() < 1e-6);
        assert!(faces[0].nose.is_some_and(|nose| (nose[0] - 0.304).abs() < 1e-6) && faces[0].mouth.is_none());
        assert!((faces[1].centre[0] - 0.8).abs() < 1e-6);
    }

    #[test]
    fn neighbours_stay_apart() {
        assert_eq!(merge(vec![candidate(0.3, 0.9), candidate(0.45, 0.9)], 0.3).len(), 2);
    }

    proptest! {
        #[test]
        fn any_output_decodes_without_a_panic(
            boxes in proptest::collection::vec(proptest::num::f32::ANY, 0..60),
            scores in proptest::collection::vec(proptest::num::f32::ANY, 0..6),
        ) {
            let spec = spec();
            let found = candidates(&boxes, &scores, &anchors(&spec.anchors), &spec, 128);
            for face in merge(found, 0.3) {
                prop_assert!(face.is_sound() && face.score >= 0.5);
            }
        }
    }
}
