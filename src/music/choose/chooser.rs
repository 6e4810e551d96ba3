//! When a track is chosen: when the slow mood changes, the track ends, or a person asks. It also collects what there is to
//! learn from what people do.

use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::pick::{Pick, PickCause};
use crate::emotion::Affect;
use crate::event::{Event, FeedbackKind};
use crate::foundation::text_of_path;
use crate::mood::MoodState;
use crate::music::journey::JourneyProgress;
use crate::music::library::LibraryEntry;
use crate::music::plane::{distance, in_plane};
use crate::music::playlists::{PlaylistName, PlaylistPolicy};
use crate::music::recommend::{
    BlendedTarget, Catalogue, Choice, ChoiceHistory, ChoiceRequest, ReasonInputs, Recommender, target_at,
};
use crate::music::settings::MusicSettings;
use crate::music::taste::{Features, ListeningContext, Taste};
use crate::music::track::track_id;

/// After this long, files that could not be played get another chance.
const FORGIVE: Duration = Duration::from_mins(5);
/// A track that was chosen near the end of another becomes audible about this long after, where nobody tells when.
const TAIL: Duration = Duration::from_secs(5);
/// Halfway through the usual crossfade between two tracks the one that comes in is the louder one.
const HALF_FADE: Duration = Duration::from_secs(3);
/// Presses of "next" or "not now" that follow each other within this time are one wish.
const ONE_WISH: Duration = Duration::from_secs(2);
/// "Not now" sooner than this after a wish is a key that was pressed twice, and is not about the track that comes in.
const PRESSED_TWICE: Duration = Duration::from_millis(400);

/// Something that happened since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChooserInput {
    /// Nothing plays.
    Silence,
    /// The track ends soon.
    Ended,
    /// The last pick cannot be played.
    Unplayable,
    /// The last pick began to sound.
    Began,
    /// A person wants another track.
    Skipped,
    Liked,
    NotNow,
    /// A person wants to hear it once more.
    Again,
    /// A person wants this track, by its number, see [`track_id`].
    Play(u64),
}

impl ChooserInput {
    /// Why a track must be chosen now; `None` if the one that plays may go on.
    fn cause(self) -> Option<PickCause> {
        match self {
            Self::Silence | Self::Unplayable => Some(PickCause::Silence),
            Self::Ended => Some(PickCause::EndNear),
            Self::Skipped | Self::NotNow | Self::Play(_) => Some(PickCause::Asked),
            Self::Liked | Self::Again | Self::Began => None,
        }
    }
}

/// What a choice depends on, beside the tracks.
#[derive(Debug, Clone, Copy)]
pub struct ChooserContext<'a> {
    /// App time.
    pub now: Duration,
    /// The slow mood.
    pub mood: &'a MoodState,
    /// Where a person has set the mood: music is sought around this point of the plane, and not by the playlist of an
    /// emotion, of which there is none for calm.
    pub point: Option<Affect>,
    pub around: ListeningContext,
    pub taste: &'a Taste,
}

/// The last pick, with what can be learned from it.
#[derive(Debug, Clone)]
struct ChosenTrack {
    pick: Pick,
    id: u64,
    file: String,
    features: Features,
    chosen: Duration,
    /// When it began to sound.
    began: Option<Duration>,
}

impl ChosenTrack {
    /// It waits until the track before ends.
    fn is_at_tail(&self) -> bool {
        self.pick.cause == PickCause::EndNear
    }
}

/// What the last choice was made for.
#[derive(Debug, Clone, Copy)]
struct ChosenFor {
    name: PlaylistName,
    point: Option<Affect>,
    at: Duration,
}

/// Decides when a track is chosen, and remembers what was.
pub struct Chooser {
    settings: MusicSettings,
    random: StdRng,
    recommender: Recommender,
    memory: ChoiceHistory,
    playing: Option<ChosenTrack>,
    before: Option<ChosenTrack>,
    journey: Option<JourneyProgress>,
    /// The playing track comes once more when it ends.
    again: bool,
    /// A track was asked for, and there was none to give.
    owed: Option<PickCause>,
    last: Option<ChosenFor>,
    forgive_at: Duration,
    /// The mixer tells when a track begins to sound.
    tells_beginnings: bool,
    /// Title of a track that was set aside unheard, for an answer.
    set_aside: Option<String>,
}

impl Chooser {
    /// Nothing was chosen yet. The seed decides between tracks that fit equally well.
    #[must_use]
    pub fn new(settings: MusicSettings, seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            recommender: Recommender::new(settings.recommend.clone()),
            memory: ChoiceHistory::default(),
            playing: None,
            before: None,
            journey: None,
            again: false,
            owed: None,
            last: None,
            forgive_at: Duration::ZERO,
            tells_beginnings: false,
            set_aside: None,
            settings,
        }
    }

    /// Applies other settings, from the next choice on.
    pub fn change_settings(&mut self, settings: &MusicSettings) {
        self.recommender.change_settings(settings.recommend.clone());
        self.settings = settings.clone();
        self.forget_old();
    }

    /// Looks once: gives a pick if one is due.
    pub fn look(
        &mut self,
        context: &ChooserContext,
        inputs: &[ChooserInput],
        entries: &[LibraryEntry],
        tracks: &Catalogue,
    ) -> Option<Pick> {
        self.again |= inputs.contains(&ChooserInput::Again);
        self.set_aside_unheard(context, inputs);
        // A file that has left the library and is back, such as one of a network folder, gets another chance at once.
        self.memory.unplayable.retain(|id| tracks.place_of(*id).is_some());
        self.note_unplayable(context.now, inputs.contains(&ChooserInput::Unplayable));
        if inputs.contains(&ChooserInput::Ended) && std::mem::take(&mut self.again) {
            return self.play_again(context);
        }
        // What a person wants comes first, then an end; a track that is still owed keeps its cause.
        let named = inputs.iter().rev().find_map(|input| match input {
            ChooserInput::Play(id) => tracks.place_of(*id),
            _ => None,
        });
        let known = |input: &&ChooserInput| named.is_some() || !matches!(input, ChooserInput::Play(_));
        let asked =
            inputs.iter().filter(known).filter_map(|input| input.cause()).max_by_key(|cause| match cause {
                PickCause::Asked => 2,
                PickCause::EndNear => 1,
                PickCause::Silence | PickCause::MoodChanged => 0,
            });
        let must = asked.or(self.owed);
        if must.is_none() && !self.has_changed(context, tracks) {
            return None;
        }
        self.owed = must;
        let (choice, entry, goal) = self.choose(context, named, entries, tracks)?;
        self.owed = None;
        let name = PlaylistName(context.mood.emotion);
        self.last = Some(ChosenFor { name, point: context.point, at: context.now });
        let id = track_id(&entry.below);
        let same = self.playing.as_ref().is_some_and(|playing| playing.id == id);
        if same && must.is_none() {
            // The track that plays is the best for the new mood, too: it goes on.
            return None;
        }
        let cause = must.unwrap_or(PickCause::MoodChanged);
        let mut pick = self.pick(context, cause, &choice, entry, tracks);
        if named.is_some() {
            "You asked for it".clone_into(&mut pick.reason);
        }
        if let Some(journey) = &mut self.journey {
            let (valence, energy) = (entry.valence, entry.energy);
            journey.moved(in_plane(
                valence.unwrap_or(goal.target.valence),
                energy.unwrap_or(goal.target.energy),
            ));
        }
        self.remember(id);
        self.memory.note_played(id, context.around.moment, self.settings.recommend.novelty_hours);
        self.again = false;
        self.before = self.playing.replace(ChosenTrack {
            pick: pick.clone(),
            id,
            file: text_of_path(&entry.below),
            features: choice.features,
            chosen: context.now,
            began: None,
        });
        Some(pick)
    }

    fn note_beginning(&mut self, now: Duration, inputs: &[ChooserInput]) {
        if !inputs.contains(&ChooserInput::Began) {
            return;
        }
        self.tells_beginnings = true;
        if let Some(playing) = &mut self.playing {
            playing.began.get_or_insert(now);
        }
    }

    /// Keeps a track away for which a person says "not now" when it has only just begun by another such wish. Nothing is
    /// learned from that, see [`Chooser::judge`].
    fn set_aside_unheard(&mut self, context: &ChooserContext, inputs: &[ChooserInput]) {
        let Some(playing) = self.playing.as_ref().filter(|_| inputs.contains(&ChooserInput::NotNow)) else {
            return;
        };
        let age = context.now.saturating_sub(playing.chosen);
        if playing.pick.cause != PickCause::Asked || !(PRESSED_TWICE..ONE_WISH).contains(&age) {
            return;
        }
        let now = context.around.moment;
        let set_aside = &mut self.memory.set_aside;
        set_aside.retain(|(id, at)| *id != playing.id && context.taste.unwanted_seconds(at, &now).is_some());
        set_aside.push((playing.id, now));
        self.set_aside = Some(playing.pick.track.title.clone());
    }

    /// Title of the track that was set aside unheard since this was last asked.
    pub(super) fn take_set_aside(&mut self) -> Option<String> {
        self.set_aside.take()
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

    /// Whether the mood asks for other music, and long enough has passed.
    fn has_changed(&mut self, context: &ChooserContext, tracks: &Catalogue) -> bool {
        let (name, now) = (PlaylistName(context.mood.emotion), context.now);
        let Some(last) = self.last else { return true };
        let old_enough =
            now.saturating_sub(last.at).as_secs_f32() >= self.settings.minimum_seconds_between_changes;
        if !old_enough {
            return false;
        }
        match (last.point, context.point) {
            // A point that a person sets is followed when it moves by more than a step.
            (Some(before), Some(point)) => return distance(before, point) > self.settings.journey.step,
            (None, Some(_)) | (Some(_), None) => return true,
            (None, None) => {}
        }
        if last.name == name {
            return false;
        }
        let holds = tracks.playlists().playlists.get(name).policy == PlaylistPolicy::Hold;
        if holds && self.playing.is_some() {
            self.last = Some(ChosenFor { name, point: None, at: now });
            return false;
        }
        true
    }

    /// The same track from its beginning, because a person wants it.
    fn play_again(&mut self, context: &ChooserContext) -> Option<Pick> {
        let playing = self.playing.as_mut()?;
        // Until it begins anew, what is heard is its first time.
        self.before = Some(playing.clone());
        (playing.chosen, playing.began) = (context.now, None);
        playing.pick.cause = PickCause::EndNear;
        playing.pick.emotion = context.mood.emotion;
        "Playing again, as you asked".clone_into(&mut playing.pick.reason);
        let name = PlaylistName(context.mood.emotion);
        self.last = Some(ChosenFor { name, point: context.point, at: context.now });
        Some(playing.pick.clone())
    }

    fn choose<'a>(
        &mut self,
        context: &ChooserContext,
        named: Option<usize>,
        entries: &'a [LibraryEntry],
        tracks: &Catalogue,
    ) -> Option<(Choice, &'a LibraryEntry, BlendedTarget)> {
        let name = PlaylistName(context.mood.emotion);
        let current = self.playing.as_ref().and_then(|playing| tracks.place_of(playing.id));
        let (goal, reach) = self.target_now(context, current, tracks);
        let request = ChoiceRequest {
            tracks,
            name,
            goal: &goal,
            current,
            point: context.point,
            named,
            reach,
            leads: self.journey.is_some(),
            around: &context.around,
            taste: context.taste,
            memory: &self.memory,
        };
        let choice = self.recommender.choose(&request, &mut self.random)?;
        // The catalogue follows the library by a few frames: what is not there any more is no choice.
        let entry = entries.get(choice.place).filter(|entry| tracks.is_at(choice.place, entry))?;
        Some((choice, entry, goal))
    }

    /// What the track should be like now, and how far a leading playlist may go in one step.
    fn target_now(
        &mut self,
        context: &ChooserContext,
        current: Option<usize>,
        tracks: &Catalogue,
    ) -> (BlendedTarget, Option<(Affect, f32)>) {
        let name = PlaylistName(context.mood.emotion);
        let playlists = &tracks.playlists().playlists;
        let playlist = playlists.get(name);
        let blend = |now| BlendedTarget::blend(playlists, &context.mood.probabilities, name, now);
        if let Some(point) = context.point {
            self.journey = None;
            let target = target_at(point, &playlist.target);
            return (BlendedTarget { target, tolerance: playlist.tolerance.clone() }, None);
        }
        if !playlist.policy.leads() {
            self.journey = None;
            let held = current.filter(|_| playlist.policy == PlaylistPolicy::Hold);
            return (blend(held.map(|held| tracks.target_of(held, &playlist.target))), None);
        }
        let settings = &self.settings.journey;
        let goal = in_plane(playlist.target.valence, playlist.target.energy);
        let mood = Affect { valence: context.mood.valence, arousal: context.mood.arousal };
        let goes_on = |journey: &JourneyProgress| journey.goes_on(name, mood, goal, settings);
        let journey = match self.journey.take().filter(goes_on) {
            Some(journey) => journey,
            None => JourneyProgress::begin(name, mood, goal, context.now, settings),
        };
        let waypoints =
            self.recommender.waypoints(tracks, name, context.around.moment, &self.memory, context.taste);
        let point = journey.next(context.now, &waypoints, settings);
        let reach = journey.reach(point, settings);
        self.journey = Some(journey);
        (blend(Some(target_at(point, &playlist.target))), reach)
    }

    fn pick(
        &self,
        context: &ChooserContext,
        cause: PickCause,
        choice: &Choice,
        entry: &LibraryEntry,
        tracks: &Catalogue,
    ) -> Pick {
        let name = PlaylistName(context.mood.emotion);
        let inputs = ReasonInputs {
            name,
            playlist: tracks.playlists().playlists.get(name),
            manual_mood: context.point.map(Affect::word),
            entry,
            choice,
            before: self.playing.as_ref().map(|playing| playing.pick.track.title.as_str()),
            around: &context.around,
            occasion: &self.settings.recommend.occasion,
            memory: context.taste.track(track_id(&entry.below)),
            lessons: context.taste.bandit().lessons(),
        };
        Pick {
            track: entry.track.clone(),
            emotion: context.mood.emotion,
            cause,
            reason: inputs.reason(),
            why: choice.why.clone(),
        }
    }

    fn remember(&mut self, id: u64) {
        self.memory.recent.retain(|recent| *recent != id);
        self.memory.recent.push_back(id);
        self.forget_old();
    }

    fn forget_old(&mut self) {
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

    /// What people did with the track that is heard, or let happen, as events. Call it before [`Chooser::look`] with the
    /// same inputs: what a person does not want now must not be chosen again.
    #[must_use]
    pub fn judge(&mut self, context: &ChooserContext, inputs: &[ChooserInput]) -> Vec<Event> {
        self.note_beginning(context.now, inputs);
        let Some(heard) = self.heard(context.now) else { return Vec::new() };
        let age = context.now.saturating_sub(heard.chosen);
        let early = age.as_secs_f32() < self.settings.taste.early_seconds;
        let somebody = context.around.people > 0;
        // Several presses in a row are one wish: a track that was only just chosen by one of them was not heard.
        let in_a_row = heard.pick.cause == PickCause::Asked && age < ONE_WISH;
        let (mut skipped, mut judged) = (false, Vec::new());
        for input in inputs {
            let kind = match input {
                ChooserInput::Liked => FeedbackKind::Liked,
                ChooserInput::Again => FeedbackKind::Replayed,
                ChooserInput::NotNow | ChooserInput::Skipped if in_a_row || skipped => continue,
                ChooserInput::NotNow => FeedbackKind::NotNow,
                ChooserInput::Skipped if early => FeedbackKind::SkippedEarly,
                ChooserInput::Skipped => FeedbackKind::SkippedLate,
                ChooserInput::Ended if somebody => FeedbackKind::Finished,
                ChooserInput::Ended => FeedbackKind::Heard,
                ChooserInput::Silence
                | ChooserInput::Unplayable
                | ChooserInput::Began
                | ChooserInput::Play(_) => continue,
            };
            skipped |= matches!(input, ChooserInput::NotNow | ChooserInput::Skipped);
            judged.push(Event::Feedback {
                kind,
                file: heard.file.clone(),
                title: heard.pick.track.title.clone(),
                artist: heard.pick.track.artist.clone(),
            });
        }
        judged
    }

    /// The features of a track as they were when it was chosen, by its path below the music folder: of the one that plays
    /// and the one before.
    #[must_use]
    pub fn features_of(&self, file: &str) -> Option<Features> {
        let chosen = self.playing.iter().chain(&self.before);
        chosen.into_iter().find(|chosen| chosen.file == file).map(|chosen| chosen.features)
    }

    /// The audible track: one that was just chosen to follow another is not audible yet.
    fn heard(&self, now: Duration) -> Option<&ChosenTrack> {
        let playing = self.playing.as_ref()?;
        let since = |moment| now.saturating_sub(moment);
        let waits = playing.is_at_tail()
            && match playing.began {
                Some(began) => since(began) < HALF_FADE,
                None => self.tells_beginnings || since(playing.chosen) < TAIL,
            };
        if waits { self.before.as_ref().or(Some(playing)) } else { Some(playing) }
    }
}

#[cfg(test)]
mod tests;
