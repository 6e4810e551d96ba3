//! What is remembered of single tracks, by their places.

use super::catalogue::Catalogue;
use super::choice::ChoiceHistory;
use crate::foundation::LocalTime;
use crate::music::taste::{ListeningContext, Taste};

/// Not a candidate.
pub(super) const OUT: u32 = u32::MAX;
/// Tracks of ranks below this are free: they were not among the last.
pub(super) const FREE: u32 = 1;
/// Ranks from here on are of tracks that a person does not want now, the longest skipped first.
pub(super) const NOT_NOW: u32 = 1 << 30;

/// One value for each track. Only the few that differ are set, and cleared again, so that a large library costs
/// no more than what is remembered of it.
#[derive(Debug, Clone, Default)]
pub(super) struct TrackMemories {
    /// 0 for a track that is free; larger for one that was played recently, the more recent the larger; [`OUT`] for one
    /// that cannot be played.
    ranks: Vec<u32>,
    /// 1 for a track that was never heard, else `1 − exp(−age / hours)`.
    novelty: Vec<f32>,
    /// How much the very track is liked.
    liked: Vec<f32>,
    ranked: Vec<u32>,
    tracks: Vec<u32>,
}

impl TrackMemories {
    /// Loads what is remembered now. `hours` is the time constant after which novelty has recovered to 63 %.
    pub(super) fn take(
        &mut self,
        tracks: &Catalogue,
        memory: &ChoiceHistory,
        taste: &Taste,
        around: &ListeningContext,
        hours: f32,
    ) {
        self.clear(tracks.len());
        for (waits, id) in (1..).zip(&memory.recent) {
            for place in places_of(tracks, *id) {
                self.rank(place, |_| waits);
            }
        }
        let now = &around.moment;
        let novelty = |heard: &LocalTime| {
            let age = now.seconds_since(heard).max(0) as f32 / 3_600.0;
            1.0 - (-age / hours).exp()
        };
        for (id, track, liked) in taste.tracks() {
            for place in places_of(tracks, id) {
                self.tracks.push(place as u32);
                // Copies are remembered one by one and in any order: the stronger liking and the last hearing count.
                let known = &mut self.liked[place];
                let is_stronger = liked.abs().total_cmp(&known.abs()).then(liked.total_cmp(known)).is_gt();
                *known = if is_stronger { liked } else { *known };
                if let Some(heard) = &track.heard {
                    self.novelty[place] = self.novelty[place].min(novelty(heard));
                }
            }
        }
        for (id, at) in &memory.played {
            for place in places_of(tracks, *id) {
                self.tracks.push(place as u32);
                self.novelty[place] = self.novelty[place].min(novelty(at));
            }
        }
        self.tracks.sort_unstable();
        self.tracks.dedup();
        let mut unwanted: Vec<(i64, usize)> = unwanted(taste, memory, now)
            .flat_map(|(id, left)| places_of(tracks, id).map(move |place| (left, place)))
            .collect();
        unwanted.sort_unstable();
        for (waits, (_, place)) in (1..).zip(unwanted) {
            self.rank(place, |_| NOT_NOW + waits);
        }
        // A copy of a file that cannot be played may well be played.
        for place in memory.unplayable.iter().filter_map(|id| tracks.place_of(*id)) {
            self.rank(place, |_| OUT);
        }
    }

    fn clear(&mut self, length: usize) {
        for place in self.ranked.drain(..) {
            self.ranks[place as usize] = 0;
        }
        for place in self.tracks.drain(..) {
            (self.novelty[place as usize], self.liked[place as usize]) = (1.0, 0.0);
        }
        self.ranks.resize(length, 0);
        self.novelty.resize(length, 1.0);
        self.liked.resize(length, 0.0);
    }

    fn rank(&mut self, place: usize, change: impl FnOnce(u32) -> u32) {
        if self.ranks[place] == 0 {
            self.ranked.push(place as u32);
        }
        self.ranks[place] = change(self.ranks[place]);
    }

    pub(super) fn rank_of(&self, place: u32) -> u32 {
        self.ranks[place as usize]
    }

    pub(super) fn novelty(&self, place: usize) -> f32 {
        self.novelty[place]
    }

    pub(super) fn liked(&self, place: usize) -> f32 {
        self.liked[place]
    }

    /// Place, novelty and liking of every track of which taste remembers something.
    pub(super) fn tracks(&self) -> impl Iterator<Item = (usize, f32, f32)> {
        self.tracks.iter().map(|place| {
            let place = *place as usize;
            (place, self.novelty[place], self.liked[place])
        })
    }
}

/// The tracks that a person does not want now, and for how many seconds more.
pub(super) fn unwanted(
    taste: &Taste,
    memory: &ChoiceHistory,
    now: &LocalTime,
) -> impl Iterator<Item = (u64, i64)> {
    let said = taste.tracks().filter_map(|(id, track, _)| Some((id, track.not_now?)));
    let set_aside = memory.set_aside.iter().copied();
    said.chain(set_aside).filter_map(|(id, at)| Some((id, taste.unwanted_seconds(&at, now)?)))
}

/// The places of a track and of all others of the same recording.
fn places_of(tracks: &Catalogue, id: u64) -> impl Iterator<Item = usize> {
    tracks.place_of(id).into_iter().flat_map(move |place| tracks.same_recording(place))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::FeedbackKind;
    use crate::music::taste::{FEATURES, FeedbackEvent};
    use crate::music::test_support::{entry, loaded, settings};
    use crate::music::track::track_id;

    #[test]
    fn what_was_remembered_for_one_choice_is_gone_at_the_next() {
        let entries = [entry("a.ogg", ""), entry("b.ogg", ""), entry("c.ogg", "")];
        let tracks = Catalogue::of(&entries, loaded());
        let around = ListeningContext {
            moment: LocalTime::stepped(0.0),
            people: 1,
            stay: Duration::ZERO,
            mood: [0.0, 0.0],
        };
        let sign = |file: &str, sign| FeedbackEvent {
            at: LocalTime::stepped(0.0),
            kind: sign,
            file: file.into(),
            title: String::new(),
            artist: None,
            features: [0.0; FEATURES],
        };
        let taste = Taste::from_events(
            &settings().taste,
            &[sign("a.ogg", FeedbackKind::Liked), sign("b.ogg", FeedbackKind::NotNow)],
        );
        let memory = ChoiceHistory {
            recent: [track_id("b.ogg".as_ref())].into(),
            unplayable: vec![track_id("c.ogg".as_ref())],
            ..ChoiceHistory::default()
        };
        let mut remembered = TrackMemories::default();
        remembered.take(&tracks, &memory, &taste, &around, 4.0);
        assert_eq!([0, 1, 2].map(|place| remembered.rank_of(place)), [0, NOT_NOW + 1, OUT]);
        assert!(remembered.liked(0) > 0.0 && remembered.novelty(0) < 0.01);
        // Fewer tracks, and nothing is remembered of them.
        let tracks = Catalogue::of(&entries[..2], loaded());
        let fresh = Taste::new(&settings().taste);
        remembered.take(&tracks, &ChoiceHistory::default(), &fresh, &around, 4.0);
        assert_eq!([0, 1].map(|place| remembered.rank_of(place)), [0, 0]);
        assert_eq!((remembered.liked(0), remembered.novelty(0)), (0.0, 1.0));
        assert_eq!(remembered.tracks().count(), 0);
    }

    /// A copy waits, is not new and is liked just as the track itself; only what cannot be played is the file alone.
    #[test]
    fn a_copy_is_remembered_as_the_track_itself() {
        let mut entries = [entry("album/a.flac", ""), entry("best of/a.mp3", ""), entry("b.ogg", "")];
        for copy in &mut entries[..2] {
            copy.contents = Some(1);
        }
        let tracks = Catalogue::of(&entries, loaded());
        let around = ListeningContext {
            moment: LocalTime::stepped(60.0),
            people: 1,
            stay: Duration::ZERO,
            mood: [0.0, 0.0],
        };
        let liked = FeedbackEvent {
            at: LocalTime::stepped(0.0),
            kind: FeedbackKind::Liked,
            file: "album/a.flac".into(),
            title: String::new(),
            artist: None,
            features: [0.0; FEATURES],
        };
        let taste = Taste::from_events(&settings().taste, &[liked]);
        let id = track_id("best of/a.mp3".as_ref());
        let mut remembered = TrackMemories::default();
        let memory = ChoiceHistory { recent: [id].into(), ..ChoiceHistory::default() };
        remembered.take(&tracks, &memory, &taste, &around, 4.0);
        assert_eq!([0, 1, 2].map(|place| remembered.rank_of(place)), [1, 1, 0]);
        assert!(remembered.liked(0) > 0.0 && remembered.novelty(1) < 0.1);
        assert_eq!(
            (remembered.liked(1), remembered.novelty(1)),
            (remembered.liked(0), remembered.novelty(0))
        );
        let memory = ChoiceHistory { unplayable: vec![id], ..ChoiceHistory::default() };
        remembered.take(&tracks, &memory, &taste, &around, 4.0);
        assert_eq!([0, 1].map(|place| remembered.rank_of(place)), [0, OUT]);
    }
}
