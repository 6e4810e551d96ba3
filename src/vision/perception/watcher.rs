//! Faces over time in pixels: looks where it is worth it, and reads what has changed.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::emotion::Probabilities;
use crate::frame::Frame;
use crate::network::ModelError;
use crate::vision::expression::{Expression, ExpressionSettings};
use crate::vision::face::{
    Detector, Face, FaceSettings, Ids, Patch, Quality, Search, Track, Tracker, View, Wide, around, distinct,
};

/// What is remembered of one person's face, besides where it is.
#[derive(Default)]
struct Memory {
    /// When it was looked for last, and how it looked then.
    look: Option<(Duration, Patch)>,
    /// When its expression was read last, how it looked then, and what was read.
    reading: Option<(Duration, Patch, Expression)>,
}

/// Follows faces through frames.
pub(super) struct Watcher {
    tracker: Tracker,
    search: Search,
    memories: BTreeMap<u32, Memory>,
    size: [u32; 2],
}

/// One frame at a moment, and how much slower than usual it may go.
#[derive(Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) frame: &'a Frame,
    /// App time.
    pub(super) at: Duration,
    /// Pauses are longer by this factor.
    pub(super) effort: f32,
}

/// A face, and how well it is seen before its expression is read.
pub(super) struct Watched {
    pub(super) id: u32,
    pub(super) face: Face,
    view: View,
}

/// What a known face needs in this frame.
enum Need {
    Look,
    Nothing,
}

/// A little early counts as due: frames do not come evenly.
const EARLY: f32 = 0.01;

fn seconds_since(now: Duration, then: Duration) -> f32 {
    now.saturating_sub(then).as_secs_f32() + EARLY
}

impl Watcher {
    pub(super) fn new(ids: Ids) -> Self {
        Self {
            tracker: Tracker::new(ids),
            search: Search::default(),
            memories: BTreeMap::new(),
            size: [0; 2],
        }
    }

    /// The faces in view, largest first.
    pub(super) fn find(
        &mut self,
        moment: Moment,
        detector: &Detector,
        settings: &FaceSettings,
    ) -> Result<Vec<Watched>, ModelError> {
        let Moment { frame, at, effort } = moment;
        let size = [frame.width(), frame.height()];
        if self.size != size {
            (self.size, self.search) = (size, Search::default());
            self.tracker.clear();
        }
        self.tracker.expire(at, settings.search.hold_seconds);
        let tracks = self.tracker.tracks();
        self.memories.retain(|id, _| tracks.iter().any(|track| track.id == *id));

        let wide = self.search.next(at, size, self.tracker.anybody(), &settings.search, effort);
        let mut found = match wide {
            Some(Wide::Full) => detector.detect(frame)?,
            Some(Wide::Tile(tile)) => {
                self.verified(moment, detector.detect_in(frame, &tile)?, detector, settings)?
            }
            None => Vec::new(),
        };
        let (mut kept, mut lost) = (Vec::new(), false);
        for (track, need) in self.needs(moment, &found, settings) {
            if matches!(need, Need::Nothing) {
                kept.push(track.id);
                continue;
            }
            let square = around(&track.expected(at), settings.search.crop_margin);
            let faces = detector.detect_in(frame, &square)?;
            lost |= faces.is_empty() && track.in_view;
            found.extend(faces);
        }
        if lost && wide != Some(Wide::Full) {
            // Gone, or moved too far for the crop.
            self.search.full(at);
            found.extend(detector.detect(frame)?);
        }
        self.tracker.update(at, &distinct(found), &kept);
        self.note_looks(moment);
        Ok(self.in_view(frame))
    }

    /// A tile shows some faces cut, and more that is none: each new one is looked at once more from near.
    fn verified(
        &self,
        moment: Moment,
        found: Vec<Face>,
        detector: &Detector,
        settings: &FaceSettings,
    ) -> Result<Vec<Face>, ModelError> {
        let known = self.tracker.matching(moment.at, &found);
        let mut faces = Vec::new();
        for (place, face) in found.into_iter().enumerate() {
            if known.iter().any(|(_, known)| *known == place) {
                continue;
            }
            let square = around(&face.bounds, settings.search.crop_margin);
            faces.extend(detector.detect_in(moment.frame, &square)?);
        }
        Ok(faces)
    }

    /// The known faces that a wide look did not find, those that were not looked at for longest first.
    fn needs(&self, moment: Moment, found: &[Face], settings: &FaceSettings) -> Vec<(Track, Need)> {
        let matched = self.tracker.matching(moment.at, found);
        let tracks = self.tracker.tracks().iter().enumerate();
        let mut rest: Vec<&Track> = tracks
            .filter(|(index, _)| matched.iter().all(|(known, _)| known != index))
            .map(|(_, track)| track)
            .collect();
        rest.sort_by_key(|track| self.looked_at(track.id));
        let mut left = settings.search.looks_per_frame;
        let mut need = |track: &Track| {
            if left == 0 || !self.wants_look(moment, track, settings) {
                return Need::Nothing;
            }
            left -= 1;
            Need::Look
        };
        rest.into_iter().map(|track| (track.clone(), need(track))).collect()
    }

    fn looked_at(&self, id: u32) -> Option<Duration> {
        self.memories.get(&id).and_then(|memory| memory.look.as_ref()).map(|(at, _)| *at)
    }

    fn wants_look(
        &self,
        Moment { frame, at, effort }: Moment,
        track: &Track,
        settings: &FaceSettings,
    ) -> bool {
        let search = &settings.search;
        let look = self.memories.get(&track.id).and_then(|memory| memory.look.as_ref());
        let Some((last, patch)) = look.filter(|_| track.in_view) else { return true };
        let pause = seconds_since(at, *last);
        if pause >= search.still_seconds * effort {
            return true;
        }
        let change = Patch::of(frame, &track.face.bounds).change(patch);
        change >= search.jump_change
            || (change >= search.still_change && pause >= search.look_seconds * effort)
    }

    fn note_looks(&mut self, Moment { frame, at, .. }: Moment) {
        for track in self.tracker.tracks().iter().filter(|track| track.in_view && track.seen == at) {
            let memory = self.memories.entry(track.id).or_default();
            memory.look = Some((at, Patch::of(frame, &track.face.bounds)));
        }
    }

    fn in_view(&self, frame: &Frame) -> Vec<Watched> {
        let in_view = self.tracker.tracks().iter().filter(|track| track.in_view);
        let mut faces: Vec<Watched> = in_view
            .map(|track| Watched {
                id: track.id,
                face: track.face.clone(),
                view: View::of(frame, &track.face),
            })
            .collect();
        faces.sort_by(|a, b| b.face.bounds.area().total_cmp(&a.face.bounds.area()));
        faces
    }

    /// What a face shows: read now, or what was read a moment ago when little has changed since. A view that is
    /// too poor is not read at all.
    pub(super) fn read(
        &mut self,
        moment: Moment,
        watched: &Watched,
        settings: (&FaceSettings, &ExpressionSettings),
        network: impl FnOnce(&Frame, &Face) -> Result<Expression, ModelError>,
    ) -> Result<(Quality, Expression), ModelError> {
        let (face, expression) = settings;
        let before = Quality::judge(&watched.view, 0.0, &face.quality);
        let memory = self.memories.entry(watched.id).or_default();
        if before.poor.is_some() {
            let last = memory.reading.as_ref().map(|(_, _, expression)| *expression);
            return Ok((before, last.unwrap_or(UNREAD)));
        }
        let patch = Patch::of(moment.frame, &watched.face.bounds);
        let reusable = memory.reading.as_ref().filter(|(at, then, _)| {
            let pause = seconds_since(moment.at, *at);
            pause < expression.pause_seconds * moment.effort
                || (pause < expression.reuse_seconds * moment.effort
                    && patch.change(then) < expression.reuse_change)
        });
        let read = match reusable {
            Some((_, _, read)) => *read,
            None => network(moment.frame, &watched.face)?,
        };
        if reusable.is_none() {
            memory.reading = Some((moment.at, patch, read));
        }
        Ok((Quality::judge(&watched.view, read.abstain, &face.quality), read))
    }
}

/// Nothing is known of an expression that was never read.
const UNREAD: Expression = Expression { probabilities: Probabilities::UNIFORM, abstain: 1.0 };
