//! Detects, tracks and reads faces over time, running the networks only where something changed.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::emotion::LogProbabilities;
use crate::frame::Frame;
use crate::inference::ModelError;
use crate::sense::camera::IgnoredArea;
use crate::vision::expression::{Expression, ExpressionSettings};
use crate::vision::face::{
    Detector, Face, FaceIds, FaceSettings, FaceTrack, FaceTracker, FaceView, GreyPatch, SearchSchedule,
    StillFaces, ViewQuality, WideSearch, around, confirm, distinct,
};

/// What is remembered of one person's face, besides where it is.
#[derive(Default)]
struct FaceCache {
    /// When it was looked for last, and how it looked then.
    look: Option<(Duration, GreyPatch)>,
    /// When its expression was read last, how it looked then, and what was read.
    reading: Option<(Duration, GreyPatch, Expression)>,
}

/// Follows faces through frames.
pub(super) struct FacePipeline {
    tracker: FaceTracker,
    search: SearchSchedule,
    caches: BTreeMap<u32, FaceCache>,
    still: StillFaces,
    size: [u32; 2],
}

/// One frame with its app time, and the factor by which pauses are stretched.
#[derive(Clone, Copy)]
pub(super) struct TimedFrame<'a> {
    pub(super) frame: &'a Frame,
    /// App time.
    pub(super) at: Duration,
    /// Pauses are longer by this factor.
    pub(super) effort: f32,
}

/// A face, and how well it is seen before its expression is read.
pub(super) struct TrackedFace {
    pub(super) id: u32,
    pub(super) face: Face,
    view: FaceView,
}

/// Whether the detector runs on a known face in this frame.
enum Check {
    Look,
    Nothing,
}

/// A little early counts as due: frames do not come evenly.
const EARLY: f32 = 0.01;

fn seconds_since(now: Duration, then: Duration) -> f32 {
    now.saturating_sub(then).as_secs_f32() + EARLY
}

impl FacePipeline {
    pub(super) fn new(ids: FaceIds) -> Self {
        Self {
            tracker: FaceTracker::new(ids),
            search: SearchSchedule::default(),
            caches: BTreeMap::new(),
            still: StillFaces::default(),
            size: [0; 2],
        }
    }

    /// Forgets everybody.
    pub(super) fn forget(&mut self) {
        self.tracker.clear();
        self.search = SearchSchedule::default();
        self.caches.clear();
        self.still = StillFaces::default();
    }

    /// The faces in view that count, largest first. Before a camera, those in an ignored part of the picture and those
    /// that never move do not.
    pub(super) fn find(
        &mut self,
        timed: TimedFrame,
        detector: &Detector,
        settings: &FaceSettings,
        ignored: &[IgnoredArea],
    ) -> Result<Vec<TrackedFace>, ModelError> {
        let TimedFrame { frame, at, effort } = timed;
        let size = [frame.width(), frame.height()];
        if self.size != size {
            self.size = size;
            self.forget();
        }
        self.tracker.expire(at, settings.search.hold_seconds);
        let tracks = self.tracker.tracks();
        self.caches.retain(|id, _| tracks.iter().any(|track| track.id == *id));

        let wide = self.search.next(at, size, self.tracker.anybody(), &settings.search, effort);
        let mut found = match wide {
            Some(WideSearch::Full) => detector.detect(frame)?,
            Some(WideSearch::Bordered(square) | WideSearch::Turned(square) | WideSearch::Tile(square)) => {
                self.confirmed(timed, detector.detect_in(frame, &square)?, detector, settings)?
            }
            None => Vec::new(),
        };
        let (mut kept, mut lost) = (Vec::new(), false);
        for (track, check) in self.checks(timed, &found, settings) {
            if matches!(check, Check::Nothing) {
                kept.push(track.id);
                continue;
            }
            let square = around(&track.expected(at), track.face.roll(), settings.search.crop_margin);
            let faces = detector.detect_in(frame, &square)?;
            lost |= faces.is_empty() && track.in_view;
            found.extend(faces);
        }
        if lost && wide != Some(WideSearch::Full) {
            // Gone, or moved too far for the crop.
            self.search.full(at);
            found.extend(detector.detect(frame)?);
        }
        let counts = |face: &Face| ignored.iter().all(|area| !area.contains(face.bounds.centre(), size));
        if frame.live {
            found.retain(counts);
        }
        self.tracker.update(at, &distinct(found), &kept);
        self.note_looks(timed);
        Ok(self.in_view(timed, settings))
    }

    /// The new faces of a tile or of a frame with a border or turned, each confirmed from near. Known faces have looks of
    /// their own.
    fn confirmed(
        &self,
        timed: TimedFrame,
        found: Vec<Face>,
        detector: &Detector,
        settings: &FaceSettings,
    ) -> Result<Vec<Face>, ModelError> {
        let known = self.tracker.matching(timed.at, &found);
        let mut faces = Vec::new();
        for (place, face) in found.into_iter().enumerate() {
            if known.iter().all(|(_, known)| *known != place) {
                faces.extend(confirm(detector, timed.frame, &face, &settings.search)?);
            }
        }
        Ok(faces)
    }

    /// The known faces that a wide look did not find, those that were not looked at for longest first.
    fn checks(&self, timed: TimedFrame, found: &[Face], settings: &FaceSettings) -> Vec<(FaceTrack, Check)> {
        let matched = self.tracker.matching(timed.at, found);
        let tracks = self.tracker.tracks().iter().enumerate();
        let mut rest: Vec<&FaceTrack> = tracks
            .filter(|(index, _)| matched.iter().all(|(known, _)| known != index))
            .map(|(_, track)| track)
            .collect();
        rest.sort_by_key(|track| self.looked_at(track.id));
        let mut left = settings.search.looks_per_frame;
        let mut check = |track: &FaceTrack| {
            if left == 0 || !self.wants_look(timed, track, settings) {
                return Check::Nothing;
            }
            left -= 1;
            Check::Look
        };
        rest.into_iter().map(|track| (track.clone(), check(track))).collect()
    }

    fn looked_at(&self, id: u32) -> Option<Duration> {
        self.caches.get(&id).and_then(|cache| cache.look.as_ref()).map(|(at, _)| *at)
    }

    fn wants_look(
        &self,
        TimedFrame { frame, at, effort }: TimedFrame,
        track: &FaceTrack,
        settings: &FaceSettings,
    ) -> bool {
        let search = &settings.search;
        let look = self.caches.get(&track.id).and_then(|cache| cache.look.as_ref());
        let Some((last, patch)) = look.filter(|_| track.in_view) else { return true };
        let pause = seconds_since(at, *last);
        if pause >= search.still_seconds * effort {
            return true;
        }
        let change = GreyPatch::of(frame, &track.face.bounds).change(patch);
        change >= search.jump_change
            || (change >= search.still_change && pause >= search.look_seconds * effort)
    }

    fn note_looks(&mut self, TimedFrame { frame, at, .. }: TimedFrame) {
        for track in self.tracker.tracks().iter().filter(|track| track.in_view && track.seen == at) {
            let cache = self.caches.entry(track.id).or_default();
            cache.look = Some((at, GreyPatch::of(frame, &track.face.bounds)));
        }
    }

    fn in_view(
        &mut self,
        TimedFrame { frame, at, .. }: TimedFrame,
        settings: &FaceSettings,
    ) -> Vec<TrackedFace> {
        let still = &mut self.still;
        let in_view = self.tracker.tracks().iter().filter(|track| {
            track.in_view && !(frame.live && still.see(frame, &track.face.bounds, at, &settings.still))
        });
        let mut faces: Vec<TrackedFace> = in_view
            .map(|track| TrackedFace {
                id: track.id,
                face: track.face.clone(),
                view: FaceView::of(frame, &track.face),
            })
            .collect();
        faces.sort_by(|a, b| b.face.bounds.area().total_cmp(&a.face.bounds.area()));
        faces
    }

    /// What a face shows: read now, or what was read before when little has changed since. A view that is
    /// too poor is not read at all.
    pub(super) fn read(
        &mut self,
        timed: TimedFrame,
        tracked: &TrackedFace,
        settings: (&FaceSettings, &ExpressionSettings),
        network: impl FnOnce(&Frame, &Face) -> Result<Expression, ModelError>,
    ) -> Result<(ViewQuality, Expression), ModelError> {
        let (face, expression) = settings;
        let before = ViewQuality::judge(&tracked.view, 0.0, &face.quality);
        let cache = self.caches.entry(tracked.id).or_default();
        if before.unreadable.is_some() {
            let last = cache.reading.as_ref().map(|(_, _, expression)| *expression);
            return Ok((before, last.unwrap_or(UNREAD)));
        }
        let patch = GreyPatch::of(timed.frame, &tracked.face.bounds);
        let reusable = cache.reading.as_ref().filter(|(at, then, _)| {
            let pause = seconds_since(timed.at, *at);
            pause < expression.pause_seconds * timed.effort
                || (pause < expression.reuse_seconds * timed.effort
                    && patch.change(then) < expression.reuse_change)
        });
        let read = match reusable {
            Some((_, _, read)) => *read,
            None => network(timed.frame, &tracked.face)?,
        };
        if reusable.is_none() {
            cache.reading = Some((timed.at, patch, read));
        }
        Ok((ViewQuality::judge(&tracked.view, read.abstain, &face.quality), read))
    }
}

/// Nothing is known of an expression that was never read.
const UNREAD: Expression = Expression { scores: LogProbabilities::UNIFORM, abstain: 1.0 };
