//! Tests of when a track is chosen, and of what is learned from it.

use std::sync::Arc;

use super::*;
use crate::emotion::{Emotion, Probabilities};
use crate::foundation::LocalTime;
use crate::music::taste::FeedbackEvent;
use crate::music::test_support::{described, entry, loaded, settings};

const HAPPY: Option<Emotion> = Some(Emotion::Happy);
const SAD: Option<Emotion> = Some(Emotion::Sad);
const NOTHING: &[ChooserInput] = &[];
const ENDED: &[ChooserInput] = &[ChooserInput::Ended];
const UNPLAYABLE: &[ChooserInput] = &[ChooserInput::Unplayable];
const SKIPPED: &[ChooserInput] = &[ChooserInput::Skipped];

/// A chooser with its library.
struct TestRoom {
    chooser: Chooser,
    taste: Taste,
    /// What people did, as far as it was not taken yet.
    feedback: Vec<Event>,
    entries: Vec<LibraryEntry>,
    tracks: Catalogue,
}

impl TestRoom {
    fn with(entries: Vec<LibraryEntry>, seed: u64) -> Self {
        let tracks = Catalogue::of(&entries, loaded());
        let taste = Taste::new(&settings().taste);
        Self { chooser: Chooser::new(settings(), seed), taste, feedback: Vec::new(), entries, tracks }
    }

    fn new() -> Self {
        let album = ["happy", "sad", "empty", "neutral"]
            .into_iter()
            .flat_map(|mood| (1..=3).map(move |n| entry(&format!("{mood}-{n}.ogg"), mood)))
            .collect();
        Self::with(album, 1)
    }

    fn look(&mut self, second: u64, emotion: Option<Emotion>, asked: &[ChooserInput]) -> Option<Pick> {
        let mood = MoodState { emotion, ..MoodState::default() };
        self.look_with(second, &mood, asked)
    }

    fn look_with(&mut self, second: u64, mood: &MoodState, inputs: &[ChooserInput]) -> Option<Pick> {
        self.look_in(Duration::from_secs(second), mood, None, inputs)
    }

    fn look_at(
        &mut self,
        now: Duration,
        emotion: Option<Emotion>,
        point: Option<Affect>,
        inputs: &[ChooserInput],
    ) -> Option<Pick> {
        let mood = MoodState { emotion, ..MoodState::default() };
        self.look_in(now, &mood, point, inputs)
    }

    fn look_in(
        &mut self,
        now: Duration,
        mood: &MoodState,
        point: Option<Affect>,
        inputs: &[ChooserInput],
    ) -> Option<Pick> {
        let around = ListeningContext {
            moment: LocalTime::stepped(now.as_secs_f64()),
            people: usize::from(mood.emotion.is_some()),
            stay: now,
            mood: [mood.valence, mood.arousal],
        };
        let context = ChooserContext { now, mood, point, around, taste: &self.taste };
        let judged = self.chooser.judge(&context, inputs);
        for event in &judged {
            let Event::Feedback { kind, file, title, artist } = event.clone() else { panic!("{event:?}") };
            let features = self.chooser.features_of(&file).expect("it was chosen");
            self.taste.learn(&FeedbackEvent { at: around.moment, kind, file, title, artist, features });
        }
        self.feedback.extend(judged);
        let context = ChooserContext { now, mood, point, around, taste: &self.taste };
        self.chooser.look(&context, inputs, &self.entries, &self.tracks)
    }

    /// Kind and title of what people did since this was last asked.
    fn take_feedback(&mut self) -> Vec<(FeedbackKind, String)> {
        let judged = std::mem::take(&mut self.feedback);
        let kind_and_title = |event| match event {
            Event::Feedback { kind, title, .. } => (kind, title),
            other => panic!("{other:?}"),
        };
        judged.into_iter().map(kind_and_title).collect()
    }
}

#[test]
fn the_first_look_chooses_at_once() {
    let pick = TestRoom::new().look(0, None, NOTHING).expect("a pick");
    assert_eq!(pick.emotion, None);
    assert!(pick.track.title.starts_with("empty"), "{pick:?}");
    assert_eq!(pick.why.len(), 6);
}

#[test]
fn a_change_of_mood_waits_until_the_last_choice_is_old_enough() {
    let mut room = TestRoom::new();
    assert!(room.look(0, HAPPY, NOTHING).is_some());
    assert!(room.look(5, SAD, NOTHING).is_none());
    assert!(room.look(6, HAPPY, NOTHING).is_none());
    let pick = room.look(12, SAD, NOTHING).expect("a pick");
    assert!(pick.track.title.starts_with("sad"), "{pick:?}");
}

#[test]
fn near_the_end_another_track_of_the_same_playlist_comes() {
    let mut room = TestRoom::new();
    let first = room.look(0, HAPPY, NOTHING).expect("a pick");
    let second = room.look(3, HAPPY, ENDED).expect("a pick");
    assert_ne!(first.track.path, second.track.path);
    assert!(second.track.title.starts_with("happy"), "{second:?}");
}

#[test]
fn the_only_track_plays_again_when_it_ends_but_does_not_start_over_for_a_mood() {
    let mut room = TestRoom::with(vec![entry("one.ogg", "happy")], 1);
    assert!(room.look(0, HAPPY, NOTHING).is_some());
    assert!(room.look(60, SAD, NOTHING).is_none());
    assert!(room.look(90, SAD, ENDED).is_some());
}

#[test]
fn a_file_that_cannot_be_played_is_left_out_and_gets_another_chance_later() {
    let mut room = TestRoom::with(vec![entry("a.ogg", "happy"), entry("b.ogg", "happy")], 1);
    let first = room.look(0, HAPPY, NOTHING).expect("a pick");
    let second = room.look(1, HAPPY, UNPLAYABLE).expect("a pick");
    assert_ne!(first.track.path, second.track.path);
    assert!(room.look(2, HAPPY, UNPLAYABLE).is_none());
    assert!(room.chooser.has_nothing_left(&room.entries));
    assert!(room.look(400, HAPPY, ENDED).is_some());
    assert!(!room.chooser.has_nothing_left(&room.entries));
}

#[test]
fn the_same_seed_makes_the_same_choices_and_another_makes_others() {
    let choices = |seed| {
        let mut room = TestRoom::with(TestRoom::new().entries, seed);
        (0..12)
            .filter_map(|n| room.look(n * 20, HAPPY, ENDED))
            .map(|pick| pick.track.title)
            .collect::<Vec<_>>()
    };
    assert_eq!(choices(7), choices(7));
    assert!((1..20).any(|seed| choices(seed) != choices(7)));
}

#[test]
fn there_is_no_choice_without_a_track() {
    assert_eq!(TestRoom::with(Vec::new(), 1).look(0, HAPPY, NOTHING), None);
}

#[test]
fn a_track_that_was_asked_for_comes_as_soon_as_the_library_is_known_again() {
    let mut room = TestRoom::new();
    room.look(0, HAPPY, NOTHING);
    let entries = std::mem::take(&mut room.entries);
    assert!(room.look(10, HAPPY, SKIPPED).is_none());
    room.entries = entries;
    assert!(room.look(11, HAPPY, NOTHING).is_some());
    assert!(room.look(12, HAPPY, NOTHING).is_none());
}

#[test]
fn what_people_do_becomes_signs_with_features() {
    let mut room = TestRoom::new();
    room.look(0, HAPPY, NOTHING);
    room.look(10, HAPPY, &[ChooserInput::Liked]);
    room.look(20, HAPPY, SKIPPED);
    room.look(80, HAPPY, SKIPPED);
    room.look(90, HAPPY, &[ChooserInput::NotNow]);
    room.look(180, HAPPY, ENDED);
    room.look(300, None, ENDED);
    let kinds: Vec<FeedbackKind> = room.take_feedback().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        kinds,
        [
            FeedbackKind::Liked,
            FeedbackKind::SkippedEarly,
            FeedbackKind::SkippedLate,
            FeedbackKind::NotNow,
            FeedbackKind::Finished,
            FeedbackKind::Heard
        ]
    );
    let playing = room.chooser.playing.as_ref().expect("a track plays").file.clone();
    assert!(room.chooser.features_of(&playing).is_some_and(|features| features[1] > 0.0), "the fit is known");
    assert_eq!(room.chooser.features_of("nowhere.ogg"), None);
}

#[test]
fn a_like_in_the_crossfade_is_for_what_is_still_heard() {
    let mut room = TestRoom::new();
    let first = room.look(0, HAPPY, NOTHING).expect("a pick");
    let second = room.look(90, HAPPY, ENDED).expect("a pick");
    room.look(92, HAPPY, &[ChooserInput::Liked]);
    room.look(100, HAPPY, &[ChooserInput::Liked]);
    let liked = room.take_feedback().into_iter().filter(|(kind, _)| *kind == FeedbackKind::Liked);
    let titles: Vec<String> = liked.map(|(_, title)| title).collect();
    assert_eq!(titles, [first.track.title, second.track.title]);
}

#[test]
fn once_more_means_once() {
    let mut room = TestRoom::new();
    let first = room.look(0, HAPPY, NOTHING).expect("a pick");
    assert!(room.look(10, HAPPY, &[ChooserInput::Again]).is_none());
    let again = room.look(90, HAPPY, ENDED).expect("a pick");
    assert_eq!(again.track, first.track);
    let next = room.look(180, HAPPY, ENDED).expect("a pick");
    assert_ne!(next.track, first.track);
}

#[test]
fn not_now_keeps_a_track_away_while_there_are_others() {
    let mut room = TestRoom::new();
    let first = room.look(0, HAPPY, NOTHING).expect("a pick").track.title;
    room.look(5, HAPPY, &[ChooserInput::NotNow]);
    for n in 1..30 {
        let title = room.look(n * 90, HAPPY, ENDED).expect("a pick").track.title;
        assert_ne!(title, first);
    }
}

#[test]
fn a_holding_playlist_lets_the_music_go_on_and_stays_near_it() {
    let mut playlists = (*loaded()).clone();
    playlists.playlists.neutral.policy = PlaylistPolicy::Hold;
    let entries = vec![
        described("now.ogg", "happy", 0.9, 0.9, 130.0),
        described("near.ogg", "neutral", 0.8, 0.8, 125.0),
        described("far.ogg", "neutral", 0.3, 0.2, 70.0),
    ];
    let mut room = TestRoom::with(entries, 3);
    room.tracks = Catalogue::of(&room.entries, Arc::new(playlists));
    assert_eq!(room.look(0, HAPPY, NOTHING).expect("a pick").track.title, "now");
    let neutral = Some(Emotion::Neutral);
    assert!(room.look(60, neutral, NOTHING).is_none(), "it goes on");
    let mood = MoodState {
        emotion: neutral,
        probabilities: Probabilities::certain(Emotion::Neutral),
        ..MoodState::default()
    };
    let next = room.look_with(90, &mood, ENDED).expect("a pick");
    assert_eq!(next.track.title, "near");
    assert!(next.reason.starts_with("Staying with what plays"), "{}", next.reason);
}

#[test]
fn a_leading_playlist_begins_near_the_mood_and_ends_near_its_target() {
    let entries: Vec<LibraryEntry> = (0..30)
        .map(|n| {
            let share = n as f32 / 29.0;
            described(
                &format!("{n:02}.ogg"),
                "sad",
                0.1 + 0.7 * share,
                0.3 + 0.2 * share,
                80.0 + 15.0 * share,
            )
        })
        .collect();
    let mut room = TestRoom::with(entries, 5);
    let mood = MoodState {
        emotion: SAD,
        probabilities: Probabilities::certain(Emotion::Sad),
        valence: -0.65,
        arousal: -0.27,
        ..MoodState::default()
    };
    let mut valences = Vec::new();
    for n in 0..9 {
        let pick = room.look_with(n * 180, &mood, if n == 0 { NOTHING } else { ENDED }).expect("a pick");
        assert!(pick.reason.starts_with("Lifting the mood"), "{}", pick.reason);
        let entry = room.entries.iter().find(|entry| entry.track == pick.track).expect("in the library");
        valences.push(entry.valence.expect("described"));
    }
    assert!(valences[0] < 0.4, "{valences:?}");
    assert!(valences[6..].iter().all(|valence| *valence > 0.6), "{valences:?}");
    assert!(valences.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.35), "{valences:?}");
}

#[test]
fn a_leading_playlist_goes_in_bounded_steps_where_the_music_allows_it() {
    use crate::music::plane::{distance, in_plane};
    use rand::RngExt as _;
    let mut random = StdRng::seed_from_u64(3);
    let entries: Vec<LibraryEntry> = (0..400)
        .map(|n| {
            let bpm = random.random_range(60.0..140.0);
            described(&format!("{n:03}.ogg"), "calm", random.random(), random.random(), bpm)
        })
        .collect();
    let step = settings().journey.step;
    for (emotion, valence, arousal) in [(Emotion::Sad, -0.65, -0.27), (Emotion::Angry, -0.55, 0.65)] {
        for seed in 0..5 {
            let mut room = TestRoom::with(entries.clone(), seed);
            let mood = MoodState {
                emotion: Some(emotion),
                probabilities: Probabilities::certain(emotion),
                valence,
                arousal,
                ..MoodState::default()
            };
            let places: Vec<Affect> = (0..9)
                .map(|n| {
                    let asked = if n == 0 { NOTHING } else { ENDED };
                    let pick = room.look_with(n * 150, &mood, asked).expect("a pick");
                    let entry =
                        room.entries.iter().find(|it| it.track == pick.track).expect("in the library");
                    in_plane(entry.valence.expect("known"), entry.energy.expect("known"))
                })
                .collect();
            let longest = places.windows(2).map(|pair| distance(pair[0], pair[1])).fold(0.0, f32::max);
            assert!(longest <= step + 1e-4, "{emotion:?} {seed}: {places:?}");
        }
    }
}

/// A number of tracks that must lie between holds for what played before the change, too.
#[test]
fn a_shorter_memory_lets_a_track_come_again_at_once() {
    let entries = vec![entry("a.ogg", "happy"), entry("b.ogg", "happy"), entry("c.ogg", "happy")];
    let mut room = TestRoom::with(entries, 1);
    let mut returns = |times: std::ops::Range<u64>, change: bool| {
        if change {
            room.chooser.change_settings(&MusicSettings { not_again_tracks: 1, ..settings() });
        }
        let titles: Vec<String> =
            times.map(|n| room.look(100 * n, HAPPY, ENDED).expect("a pick").track.title).collect();
        titles.windows(3).any(|three| three[0] == three[2])
    };
    assert!(!returns(0..30, false), "with three tracks the two others come first");
    assert!(returns(30..60, true));
}

/// The mixer fades by the cause, so each must tell it: "not now" is an order like "next".
#[test]
fn a_pick_tells_why_it_comes_now() {
    let mut room = TestRoom::new();
    let mut cause =
        |second, emotion, inputs: &[ChooserInput]| room.look(second, emotion, inputs).map(|pick| pick.cause);
    assert_eq!(cause(0, HAPPY, &[ChooserInput::Silence]), Some(PickCause::Silence));
    assert_eq!(cause(60, SAD, NOTHING), Some(PickCause::MoodChanged));
    assert_eq!(cause(120, SAD, &[ChooserInput::NotNow]), Some(PickCause::Asked));
    assert_eq!(cause(180, SAD, SKIPPED), Some(PickCause::Asked));
    assert_eq!(cause(240, SAD, ENDED), Some(PickCause::EndNear));
    assert_eq!(cause(300, SAD, UNPLAYABLE), Some(PickCause::Silence));
    assert_eq!(cause(360, SAD, &[ChooserInput::Ended, ChooserInput::NotNow]), Some(PickCause::Asked));
}

/// Seven tracks of which the playlist has two: what a person does not want now stays away as long as any other track is
/// left, on whatever playlist that is, and no track begins anew at once.
#[test]
fn not_now_takes_another_track_of_seven_each_time() {
    let mut entries: Vec<LibraryEntry> = (0..2).map(|n| entry(&format!("own-{n}.ogg"), "happy")).collect();
    entries.extend((0..5).map(|n| entry(&format!("other-{n}.ogg"), "sad")));
    for seed in 0..10 {
        let mut room = TestRoom::with(entries.clone(), seed);
        let mut titles = vec![room.look(0, HAPPY, NOTHING).expect("a pick").track.title];
        for press in 1..7 {
            let pick = room.look(press * 10, HAPPY, &[ChooserInput::NotNow]).expect("a pick");
            titles.push(pick.track.title);
        }
        let mut different = titles.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), 7, "{titles:?}");
        // All seven are unwanted now: the one that has waited longest comes, and never the one that plays.
        let next = room.look(80, HAPPY, &[ChooserInput::NotNow]).expect("a pick").track.title;
        assert_eq!(next, titles[0]);
    }
}

/// The same under a playlist that leads: its journey does not go through what is not wanted now.
#[test]
fn not_now_keeps_a_track_away_on_a_journey() {
    let entries: Vec<LibraryEntry> = (0..7_u8)
        .map(|n| described(&format!("{n}.ogg"), "sad", 0.15 + 0.1 * f32::from(n), 0.4, 90.0))
        .collect();
    let mood = MoodState {
        emotion: SAD,
        probabilities: Probabilities::certain(Emotion::Sad),
        valence: -0.65,
        arousal: -0.27,
        ..MoodState::default()
    };
    let mut room = TestRoom::with(entries, 3);
    let mut titles = vec![room.look_with(0, &mood, NOTHING).expect("a pick").track.title];
    for press in 1..7 {
        let pick = room.look_with(press * 10, &mood, &[ChooserInput::NotNow]).expect("a pick");
        assert!(!titles.contains(&pick.track.title), "{} after {titles:?}", pick.track.title);
        titles.push(pick.track.title);
    }
}

/// Twenty presses of "next" are one wish: only the track that was heard is learned from.
#[test]
fn presses_in_a_row_are_one_lesson() {
    let mut room = TestRoom::new();
    let first = room.look(0, HAPPY, NOTHING).expect("a pick").track.title;
    let mut before = first.clone();
    for press in 0..20 {
        let context = Duration::from_millis(60_000 + 100 * press);
        let pick = room.look_at(context, HAPPY, None, SKIPPED).expect("another track each time");
        assert_ne!(pick.track.title, before);
        before = pick.track.title;
    }
    let feedback = room.take_feedback();
    assert_eq!(feedback.len(), 1, "{feedback:?}");
    assert_eq!(feedback[0].1, first);
}

/// A mood that a person sets is a point: calm music comes for calm, although no emotion is calm and the nearest one has
/// a playlist of its own.
#[test]
fn a_mood_set_by_a_person_is_a_point_of_the_plane() {
    let mut entries: Vec<LibraryEntry> = (0..4_u8)
        .map(|n| described(&format!("calm-{n}.ogg"), "calm", 0.75, 0.3 + 0.02 * f32::from(n), 72.0))
        .collect();
    entries.extend((0..6).map(|n| described(&format!("neutral-{n}.ogg"), "neutral", 0.5, 0.5, 101.0)));
    let calm = Affect { valence: 0.56, arousal: -0.31 };
    let mut room = TestRoom::with(entries, 1);
    for n in 0..4 {
        let pick = room
            .look_at(Duration::from_secs(90 * n), Some(Emotion::Neutral), Some(calm), ENDED)
            .expect("a pick");
        assert!(pick.track.title.starts_with("calm"), "{} {}", pick.track.title, pick.reason);
        assert!(pick.reason.starts_with("Chosen for the calm mood that you set"), "{}", pick.reason);
    }
    // The point moves far, and the music follows; a little, and it goes on.
    let near = Affect { valence: 0.5, arousal: -0.3 };
    assert!(room.look_at(Duration::from_secs(400), Some(Emotion::Neutral), Some(near), NOTHING).is_none());
    let middle = Affect { valence: 0.0, arousal: 0.0 };
    let pick = room.look_at(Duration::from_mins(7), Some(Emotion::Neutral), Some(middle), NOTHING);
    let pick = pick.expect("other music");
    assert_eq!(pick.cause, PickCause::MoodChanged);
    assert!(pick.track.title.starts_with("neutral"), "{}", pick.track.title);
}

/// `play_track` brings the track that a person named, whatever the mood, and says so; a track that is not in the
/// catalogue changes nothing.
#[test]
fn a_named_track_comes_whatever_the_mood() {
    let mut room = TestRoom::new();
    room.look(0, HAPPY, NOTHING).expect("a pick");
    let wanted = room.entries.iter().find(|entry| entry.track.path.ends_with("sad-2.ogg")).expect("there");
    let id = track_id(&wanted.below);
    let pick = room.look(60, HAPPY, &[ChooserInput::Play(id)]).expect("a pick");
    assert!(pick.track.path.ends_with("sad-2.ogg"), "{}", pick.track.path.display());
    assert_eq!((pick.cause, pick.reason.as_str()), (PickCause::Asked, "You asked for it"));
    assert!(room.look(120, HAPPY, &[ChooserInput::Play(id + 1)]).is_none());
}

/// A library of tracks that all fit the target of every playlist, or lie on the way to it; three of them have its tag.
fn library_of(count: usize, mood: &str, target: (f32, f32, f32), spread: f32) -> Vec<LibraryEntry> {
    use rand::RngExt as _;
    let mut random = StdRng::seed_from_u64(count as u64);
    let mut near = |value: f32| (value + random.random_range(-spread..spread)).clamp(0.0, 1.0);
    (0..count)
        .map(|n| {
            let tag = if n < 3 { mood } else { "" };
            let mut entry = described(&format!("{n:03}.ogg"), tag, near(target.0), near(target.1), target.2);
            entry.track.duration = Duration::from_mins(3);
            entry
        })
        .collect()
}

/// The titles of an hour in which every track is heard to its end. `emotions` take turns, a track each.
fn an_hour(entries: &[LibraryEntry], emotions: &[Option<Emotion>], seed: u64) -> Vec<String> {
    let mut room = TestRoom::with(entries.to_vec(), seed);
    let hear = |n: u64| {
        let emotion = emotions[n as usize % emotions.len()];
        let probabilities = emotion.map_or(Probabilities::UNIFORM, Probabilities::certain);
        let mood = MoodState { emotion, probabilities, valence: -0.3, arousal: 0.1, ..MoodState::default() };
        let asked = if n == 0 || emotions.len() > 1 { NOTHING } else { ENDED };
        room.look_with(180 * n, &mood, asked).map(|pick| pick.track.title)
    };
    (0..20).filter_map(hear).collect()
}

fn distinct(titles: &[String]) -> usize {
    titles.iter().collect::<std::collections::BTreeSet<_>>().len()
}

/// Under every policy an hour has as many different tracks as fit, whatever the seed: three of three, all of eight although
/// only three have the tag of the playlist, and hardly a track twice where there are a hundred.
#[test]
fn an_hour_has_as_many_different_tracks_as_fit() {
    let loaded = loaded();
    for name in PlaylistName::all() {
        let target = &loaded.playlists.get(name).target;
        let target = (target.valence, target.energy, target.tempo);
        for (count, fewest) in [(3, 3), (8, 8), (21, 15), (100, 17)] {
            let entries = library_of(count, name.name(), target, 0.1);
            for seed in 0..5 {
                let titles = an_hour(&entries, &[name.0], seed);
                let found = distinct(&titles);
                assert!(found >= fewest, "{name}, seed {seed}: {found} of {count} tracks: {titles:?}");
                assert!(titles.windows(2).all(|two| two[0] != two[1]), "{name}, seed {seed}: {titles:?}");
            }
        }
    }
}

/// Two moods that take turns do not bring the same few tracks again and again: what gave way to the other mood was heard.
#[test]
fn moods_that_take_turns_bring_other_tracks_each_time() {
    let mut entries = library_of(8, "happy", (0.85, 0.8, 124.0), 0.1);
    entries.extend(library_of(8, "surprise", (0.7, 0.8, 126.0), 0.05).into_iter().map(|mut entry| {
        entry.below = std::path::Path::new("other").join(&entry.below);
        entry.track.title.push_str(" other");
        entry
    }));
    for seed in 0..5 {
        let titles = an_hour(&entries, &[HAPPY, Some(Emotion::Surprise)], seed);
        assert!(distinct(&titles) >= 14, "seed {seed}: {} of 16: {titles:?}", distinct(&titles));
    }
}

/// Another seed makes another hour, under every policy and with few tracks as with many, and the same seed the same one.
#[test]
fn seeds_differ_under_every_policy_and_with_few_tracks() {
    let loaded = loaded();
    for name in PlaylistName::all() {
        let target = &loaded.playlists.get(name).target;
        let target = (target.valence, target.energy, target.tempo);
        for count in [7, 8, 21, 100] {
            let entries = library_of(count, name.name(), target, 0.2);
            let hours: Vec<Vec<String>> = (0..6).map(|seed| an_hour(&entries, &[name.0], seed)).collect();
            let different: std::collections::BTreeSet<_> = hours.iter().collect();
            assert!(different.len() >= 5, "{name}, {count} tracks: {} of 6 hours differ", different.len());
            assert_eq!(an_hour(&entries, &[name.0], 3), hours[3]);
        }
        let entries = library_of(3, name.name(), target, 0.2);
        let different: std::collections::BTreeSet<_> =
            (0..12).map(|seed| an_hour(&entries, &[name.0], seed)).collect();
        assert!(different.len() >= 2, "{name}, 3 tracks: always the same order");
    }
}

/// "Not now" right after another: the second track only just began, so nothing is learned from it, and it stays away like
/// the first. A key that is pressed twice is one wish.
#[test]
fn a_track_that_only_just_began_is_set_aside_too() {
    let mut room = TestRoom::new();
    let not_now = &[ChooserInput::NotNow];
    room.look(0, HAPPY, NOTHING).expect("a pick");
    let at = |millis: u64| Duration::from_millis(60_000 + millis);
    let second = room.look_at(at(0), HAPPY, None, not_now).expect("another").track.title;
    let third = room.look_at(at(1_200), HAPPY, None, not_now).expect("another").track.title;
    assert_eq!(room.chooser.take_set_aside().as_deref(), Some(second.as_str()));
    room.look_at(at(1_300), HAPPY, None, not_now).expect("another");
    assert_eq!(room.chooser.take_set_aside(), None);
    let hours = settings().taste.not_now_hours as u64;
    let heard = |room: &mut TestRoom, hour: u64| {
        let titles =
            (0..30_u64).map(|n| room.look(3_600 * hour + 90 * n, HAPPY, ENDED).expect("a pick").track.title);
        titles.collect::<Vec<_>>()
    };
    let soon = heard(&mut room, 1);
    assert!(!soon.contains(&second) && soon.contains(&third), "{second} {third}: {soon:?}");
    assert!(heard(&mut room, hours + 1).contains(&second), "it is welcome again");
}

/// The mixer tells when a track begins. Until the crossfade is halfway, what a person does is about the track before,
/// however long the end of that takes.
#[test]
fn what_is_heard_is_what_began() {
    let mut room = TestRoom::new();
    let began = &[ChooserInput::Began];
    let first = room.look(0, HAPPY, NOTHING).expect("a pick").track.title;
    room.look(0, HAPPY, began);
    let second = room.look(90, HAPPY, ENDED).expect("a pick").track.title;
    let heard = |room: &TestRoom, second: u64| {
        room.chooser.heard(Duration::from_secs(second)).expect("a track").pick.track.title.clone()
    };
    assert_eq!(heard(&room, 110), first, "it waits for a downbeat");
    room.look(112, HAPPY, began);
    assert_eq!((heard(&room, 113), heard(&room, 116)), (first, second.clone()));
    // Once more is the same track until it begins anew.
    room.look(120, HAPPY, &[ChooserInput::Again]);
    room.look(200, HAPPY, ENDED).expect("the same");
    assert_eq!(heard(&room, 205), second);
}

/// A file that left the library and is back, as one of a network folder, is playable again at once.
#[test]
fn a_file_that_comes_back_into_the_library_gets_another_chance_at_once() {
    let mut room = TestRoom::with(vec![entry("a.ogg", "happy")], 1);
    room.look(0, HAPPY, NOTHING).expect("a pick");
    assert!(room.look(1, HAPPY, UNPLAYABLE).is_none());
    let entries = std::mem::take(&mut room.entries);
    room.tracks = Catalogue::of(&[], loaded());
    assert!(room.look(2, HAPPY, NOTHING).is_none());
    room.tracks = Catalogue::of(&entries, loaded());
    room.entries = entries;
    assert!(room.look(3, HAPPY, NOTHING).is_some());
}
