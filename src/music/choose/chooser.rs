//! When to choose a track: follows the slow mood, hears what people like, and never leaves the room without
//! music.

use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::pick::Pick;
use crate::emotion::Affect;
use crate::mood::MoodState;
use crate::music::journey::{JourneyProgress, on_the_way};
use crate::music::library::LibraryEntry;
use crate::music::plane::in_plane;
use crate::music::playlists::{MusicTarget, PlaylistName, PlaylistPolicy};
use crate::music::recommend::{
    BlendedTarget, Catalogue, Choice, ChoiceHistory, ChoiceRequest, ReasonInputs, Recommender,
};
use crate::music::settings::MusicSettings;
use crate::music::taste::{Features, FeedbackEvent, FeedbackKind, ListeningContext, Taste};
use crate::music::track::track_id;

/// After this long, files that could not be played get another chance.
const FORGIVE: Duration = Duration::from_mins(5);
/// A track that follows one that ends is heard about so long after it was chosen.
const TAIL: Duration = Duration::from_secs(5);

/// Something that happened since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChooserInput {
    /// Nothing plays.
    Silence,
    /// The track ends soon.
    Ended,
    /// The last pick cannot be played.
    Unplayable,
    /// Somebody wants another track.
    Skipped,
    Liked,
    NotNow,
    /// Somebody wants to hear it once more.
    Again,
}

/// What is around a look.
#[derive(Debug, Clone, Copy)]
pub struct ChooserContext<'a> {
    /// App time.
    pub now: Duration,
    /// The slow mood.
    pub mood: &'a MoodState,
    pub around: ListeningContext,
}

/// The last pick, with what can be learned from it.
#[derive(Debug, Clone)]
struct ChosenTrack {
    pick: Pick,
    id: u64,
    file: String,
    features: Features,
    chosen: Duration,
    /// It waits until the track before ends.
    at_tail: bool,
}

/// Decides when a track is chosen, and remembers what was.
pub struct Chooser {
    settings: MusicSettings,
    random: StdRng,
    recommender: Recommender,
    memory: ChoiceHistory,
    taste: Taste,
    /// Signs that nobody took yet.
    signs: Vec<FeedbackEvent>,
    playing: Option<ChosenTrack>,
    before: Option<ChosenTrack>,
    lead: Option<JourneyProgress>,
    /// The playing track comes once more when it ends.
    again: bool,
    /// A track was asked for, and there was none to give.
    owed: bool,
    /// The playlist and the time of the last choice.
    last: Option<(PlaylistName, Duration)>,
    forgive_at: Duration,
}

impl Chooser {
    /// Nothing was chosen yet. The seed decides between tracks that fit equally well.
    #[must_use]
    pub fn new(settings: MusicSettings, seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            recommender: Recommender::new(settings.recommend.clone()),
            memory: ChoiceHistory::default(),
            taste: Taste::new(&settings.taste),
            signs: Vec::new(),
            playing: None,
            before: None,
            lead: None,
            again: false,
            owed: false,
            last: None,
            forgive_at: Duration::ZERO,
            settings,
        }
    }

    /// What was known before; signs that came since are learned on top.
    pub fn know(&mut self, taste: Taste, since: &[FeedbackEvent]) {
        self.taste = taste;
        for event in since {
            self.taste.learn(event);
        }
    }

    /// The signs since they were last taken.
    pub(super) fn take_signs(&mut self) -> Vec<FeedbackEvent> {
        std::mem::take(&mut self.signs)
    }

    /// Looks once: gives a pick if one is due.
    pub fn look(
        &mut self,
        situation: &ChooserContext,
        asked: &[ChooserInput],
        entries: &[LibraryEntry],
        tracks: &Catalogue,
    ) -> Option<Pick> {
        self.learn(situation, asked);
        self.note_unplayable(situation.now, asked.contains(&ChooserInput::Unplayable));
        let must =
            self.owed || asked.iter().any(|ask| !matches!(ask, ChooserInput::Liked | ChooserInput::Again));
        let name = PlaylistName(situation.mood.emotion);
        if asked.contains(&ChooserInput::Ended) && std::mem::take(&mut self.again) {
            return self.once_more(situation);
        }
        if !must && !self.has_changed(name, situation.now, tracks) {
            return None;
        }
        self.owed = must;
        let (answer, entry, goal) = self.answer(name, situation, entries, tracks)?;
        self.owed = false;
        let id = track_id(&entry.below);
        let same = self.playing.as_ref().is_some_and(|playing| playing.id == id);
        self.last = Some((name, situation.now));
        if same && !must {
            // The track that plays is the best for the new mood, too: it goes on.
            return None;
        }
        let pick = self.pick(name, situation, &answer, entry, tracks);
        if let Some(lead) = &mut self.lead {
            let (valence, energy) = (entry.valence, entry.energy);
            lead.moved(in_plane(
                valence.unwrap_or(goal.target.valence),
                energy.unwrap_or(goal.target.energy),
            ));
        }
        self.remember(id);
        self.again = false;
        self.before = self.playing.replace(ChosenTrack {
            pick: pick.clone(),
            id,
            file: entry.below.to_string_lossy().into_owned(),
            features: answer.features,
            chosen: situation.now,
            at_tail: asked.contains(&ChooserInput::Ended),
        });
        Some(pick)
    }

    fn note_unplayable(&mut self, now: Duration, unplayable: bool) {
        if unplayable && let Some(id) = self.memory.recent.back() {
            self.memory.unplayable.push(*id);
            self.forgive_at = now + FORGIVE;
        }
        if now >= self.forgive_at {
            self.memory.unplayable.clear();
        }
    }

    /// Whether the mood asks for another playlist, and long enough has passed.
    fn has_changed(&mut self, name: PlaylistName, now: Duration, tracks: &Catalogue) -> bool {
        let Some((last, at)) = self.last else { return true };
        let old_enough =
            now.saturating_sub(at).as_secs_f32() >= self.settings.minimum_seconds_between_changes;
        if last == name || !old_enough {
            return false;
        }
        let holds = tracks.playlists().playlists.get(name).policy == PlaylistPolicy::Hold;
        if holds && self.playing.is_some() {
            self.last = Some((name, now));
            return false;
        }
        true
    }

    /// The same track from its beginning, because somebody asked for it.
    fn once_more(&mut self, situation: &ChooserContext) -> Option<Pick> {
        let playing = self.playing.as_mut()?;
        playing.chosen = situation.now;
        playing.at_tail = true;
        playing.pick.emotion = situation.mood.emotion;
        "once more, as you asked".clone_into(&mut playing.pick.reason);
        self.last = Some((PlaylistName(situation.mood.emotion), situation.now));
        Some(playing.pick.clone())
    }

    fn answer<'a>(
        &mut self,
        name: PlaylistName,
        situation: &ChooserContext,
        entries: &'a [LibraryEntry],
        tracks: &Catalogue,
    ) -> Option<(Choice, &'a LibraryEntry, BlendedTarget)> {
        let current = self.playing.as_ref().and_then(|playing| tracks.place_of(playing.id));
        let (now, reach) = self.target_now(name, situation, current, tracks);
        let playlists = &tracks.playlists().playlists;
        let goal = BlendedTarget::blend(playlists, &situation.mood.probabilities, name, now);
        let question = ChoiceRequest {
            tracks,
            name,
            goal: &goal,
            current,
            reach,
            around: &situation.around,
            taste: &self.taste,
            memory: &self.memory,
        };
        let answer = self.recommender.choose(&question, &mut self.random)?;
        // The catalogue follows the library by a few frames: what is not there any more is no choice.
        let entry = entries.get(answer.place).filter(|entry| tracks.is_at(answer.place, entry))?;
        Some((answer, entry, goal))
    }

    /// The target in place of the playlist's own, while it leads there or holds what plays; and how far a leading one
    /// may go in one step.
    fn target_now(
        &mut self,
        name: PlaylistName,
        situation: &ChooserContext,
        current: Option<usize>,
        tracks: &Catalogue,
    ) -> (Option<MusicTarget>, Option<(Affect, f32)>) {
        let playlist = tracks.playlists().playlists.get(name);
        if !playlist.policy.leads() {
            self.lead = None;
            let held = current.filter(|_| playlist.policy == PlaylistPolicy::Hold);
            return (held.map(|held| tracks.target_of(held, &playlist.target)), None);
        }
        let settings = &self.settings.journey;
        let goal = in_plane(playlist.target.valence, playlist.target.energy);
        let mood = Affect { valence: situation.mood.valence, arousal: situation.mood.arousal };
        let lead = match self.lead.take().filter(|lead| lead.goes_on(name, mood, goal, settings)) {
            Some(lead) => lead,
            None => JourneyProgress::begin(name, mood, goal, situation.now, settings),
        };
        let hour = situation.around.moment.hour;
        let stops = self.recommender.stops(tracks, name, hour, &self.memory);
        let point = lead.next(situation.now, &stops, settings);
        let reach = lead.reach(point, settings);
        self.lead = Some(lead);
        (Some(on_the_way(point, &playlist.target)), reach)
    }

    fn pick(
        &self,
        name: PlaylistName,
        situation: &ChooserContext,
        answer: &Choice,
        entry: &LibraryEntry,
        tracks: &Catalogue,
    ) -> Pick {
        let told = ReasonInputs {
            name,
            playlist: tracks.playlists().playlists.get(name),
            entry,
            answer,
            before: self.playing.as_ref().map(|playing| playing.pick.track.title.as_str()),
            around: &situation.around,
            occasion: &self.settings.recommend.occasion,
            memory: self.taste.track(track_id(&entry.below)),
            lessons: self.taste.bandit().lessons(),
        };
        Pick {
            track: entry.track.clone(),
            emotion: situation.mood.emotion,
            reason: told.reason(),
            why: answer.why.clone(),
        }
    }

    fn remember(&mut self, id: u64) {
        self.memory.recent.retain(|recent| *recent != id);
        self.memory.recent.push_back(id);
        // The last one is always kept: it is the one that a report of an unplayable file means.
        while self.memory.recent.len() > self.settings.not_again_tracks.max(1) {
            self.memory.recent.pop_front();
        }
    }

    /// Whether every track has been tried in vain.
    pub(super) fn has_nothing_left(&self, entries: &[LibraryEntry]) -> bool {
        !entries.is_empty()
            && !self.memory.unplayable.is_empty()
            && entries.iter().all(|entry| self.memory.unplayable.contains(&track_id(&entry.below)))
    }

    /// Learns from what people did, and from what they let happen.
    fn learn(&mut self, situation: &ChooserContext, asked: &[ChooserInput]) {
        let now = situation.now;
        let Some(heard) = self.heard(now).cloned() else { return };
        let early = now.saturating_sub(heard.chosen).as_secs_f32() < self.settings.taste.early_seconds;
        let somebody = situation.around.people > 0;
        let sign = |ask: &ChooserInput| match ask {
            ChooserInput::Liked => Some(FeedbackKind::Liked),
            ChooserInput::Again => Some(FeedbackKind::Replayed),
            ChooserInput::NotNow => Some(FeedbackKind::NotNow),
            ChooserInput::Skipped => {
                Some(if early { FeedbackKind::SkippedEarly } else { FeedbackKind::SkippedLate })
            }
            ChooserInput::Ended => Some(if somebody { FeedbackKind::Finished } else { FeedbackKind::Heard }),
            ChooserInput::Silence | ChooserInput::Unplayable => None,
        };
        for sign in asked.iter().filter_map(sign) {
            let event = FeedbackEvent {
                at: situation.around.moment,
                kind: sign,
                file: heard.file.clone(),
                title: heard.pick.track.title.clone(),
                artist: heard.pick.track.artist.clone(),
                features: heard.features,
            };
            self.taste.learn(&event);
            self.signs.push(event);
        }
        self.again |= asked.contains(&ChooserInput::Again);
    }

    /// What is heard now: a track that was just chosen to follow another is not, yet.
    fn heard(&self, now: Duration) -> Option<&ChosenTrack> {
        let playing = self.playing.as_ref()?;
        let waits = playing.at_tail && now.saturating_sub(playing.chosen) < TAIL;
        if waits { self.before.as_ref().or(Some(playing)) } else { Some(playing) }
    }
}

#[cfg(test)]
mod tests;
