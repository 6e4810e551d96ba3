//! Picking the next track out of 100,000: the scores alone, and the whole pick under each policy.
//!
//! Budget: 2 ms (docs/design.md).

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use attune::app::settings::Settings;
use attune::emotion::{Emotion, Probabilities};
use attune::event::FeedbackKind;
use attune::foundation::LocalTime;
use attune::mood::MoodState;
use attune::music::playlists::LoadedPlaylists;
use attune::music::recommend::{BlendedTarget, Catalogue, ChoiceHistory, ChoiceRequest, Recommender};
use attune::music::taste::{FEATURES, FeedbackEvent, ListeningContext, Taste};
use attune::music::{
    Chooser, ChooserContext, ChooserInput, FactSource, LibraryEntry, MusicalKey, Pick, PlaylistName, Sourced,
    Track, TrackFacts, track_id,
};
use criterion::{Criterion, criterion_group, criterion_main};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const TRACKS: usize = 100_000;
/// Tracks that were heard or liked before.
const KNOWN: usize = 2_000;
const HAPPY: PlaylistName = PlaylistName(Some(Emotion::Happy));

fn library() -> Vec<LibraryEntry> {
    let mut random = StdRng::seed_from_u64(1);
    let moods = ["happy", "sad", "calm", "angry", "uplift", "other"];
    let keys =
        [(0, false), (9, true), (6, false), (3, true)].map(|(tonic, minor)| MusicalKey { tonic, minor });
    (0..TRACKS)
        .map(|number| {
            let mut share = || (random.random::<f32>() < 0.9).then(|| random.random::<f32>());
            let (valence, energy, danceability, tempo) = (share(), share(), share(), share());
            let below = PathBuf::from(format!("artist {}/track {number}.flac", number / 12));
            LibraryEntry {
                track: Track {
                    path: Path::new("/music").join(&below),
                    title: format!("Track {number}"),
                    artist: Some(format!("Artist {}", number / 12)),
                    duration: Duration::from_secs(random.random_range(120..360)),
                    facts: TrackFacts {
                        tempo: tempo.map(|share| Sourced::new(60.0 + 120.0 * share, FactSource::Tag)),
                        key: Some(Sourced::new(keys[random.random_range(0..keys.len())], FactSource::Tag)),
                        ..TrackFacts::default()
                    },
                },
                album: None,
                contents: None,
                artists: Vec::new(),
                genres: Vec::new(),
                below,
                moods: vec![moods[random.random_range(0..moods.len())].to_owned()],
                valence,
                energy,
                danceability,
            }
        })
        .collect()
}

fn taste(entries: &[LibraryEntry], settings: &Settings) -> Taste {
    let events: Vec<FeedbackEvent> = (0..KNOWN)
        .map(|number| {
            let entry = &entries[number * 37 % TRACKS];
            FeedbackEvent {
                at: LocalTime::stepped(number as f64 * 60.0),
                kind: FeedbackKind::ALL[number % FeedbackKind::ALL.len()],
                file: entry.below.to_string_lossy().into_owned(),
                title: entry.track.title.clone(),
                artist: entry.track.artist.clone(),
                features: [0.1; FEATURES],
            }
        })
        .collect();
    Taste::from_events(&settings.music.taste, &events)
}

fn picks(c: &mut Criterion) {
    let settings = Settings::default();
    let loaded = LoadedPlaylists::load(None, Path::new("/music")).expect("the shipped playlists are whole");
    let entries = library();
    let tracks = Catalogue::of(&entries, Arc::new(loaded));
    let taste = taste(&entries, &settings);
    let memory = ChoiceHistory {
        recent: (0..200).map(|number| track_id(&entries[number * 11].below)).collect(),
        ..ChoiceHistory::default()
    };
    let around = ListeningContext {
        moment: LocalTime::stepped(200_000.0),
        people: 2,
        stay: Duration::from_mins(12),
        mood: [0.4, 0.2],
    };
    let mut recommender = Recommender::new(settings.music.recommend.clone());
    let mut random = StdRng::seed_from_u64(7);
    let p = Probabilities::from_weights([0.05, 0.0, 0.05, 0.6, 0.1, 0.1, 0.1]);
    for (words, name) in [("by rules", HAPPY), ("by tolerance", PlaylistName(Some(Emotion::Surprise)))] {
        let goal = BlendedTarget::blend(&tracks.playlists().playlists, &p, name, None);
        let question = ChoiceRequest {
            named: None,
            tracks: &tracks,
            name,
            goal: &goal,
            current: Some(11),
            point: None,
            reach: None,
            leads: false,
            around: &around,
            taste: &taste,
            memory: &memory,
        };
        c.bench_function(&format!("a pick out of 100,000 tracks, {words}"), |bencher| {
            bencher.iter(|| black_box(recommender.choose(&question, &mut random)));
        });
    }
}

/// The whole pick as a run makes it: the next point of the way, what may come, all scores, the reason in words.
struct Room<'a> {
    chooser: Chooser,
    taste: &'a Taste,
    entries: &'a [LibraryEntry],
    mood: MoodState,
    picks: u64,
}

impl<'a> Room<'a> {
    fn new(
        settings: &Settings,
        taste: &'a Taste,
        entries: &'a [LibraryEntry],
        emotion: Emotion,
        at: [f32; 2],
    ) -> Self {
        let chooser = Chooser::new(settings.music.clone(), 5);
        let mood = MoodState {
            emotion: Some(emotion),
            probabilities: Probabilities::certain(emotion),
            valence: at[0],
            arousal: at[1],
            ..MoodState::default()
        };
        Self { chooser, taste, entries, mood, picks: 0 }
    }

    fn pick(&mut self, tracks: &Catalogue) -> Option<Pick> {
        // Each journey of a quarter of an hour is gone through again and again.
        self.picks += 1;
        let around = ListeningContext {
            moment: LocalTime::stepped(200_000.0 + 200.0 * self.picks as f64),
            people: 2,
            stay: Duration::from_mins(12),
            mood: [self.mood.valence, self.mood.arousal],
        };
        let now = Duration::from_secs(200 * (self.picks % 5));
        let situation = ChooserContext { now, mood: &self.mood, point: None, around, taste: self.taste };
        self.chooser.look(&situation, &[ChooserInput::Silence], self.entries, tracks)
    }
}

/// Every policy, and the first pick after the library has changed.
fn whole_picks(c: &mut Criterion) {
    let settings = Settings::default();
    let loaded =
        Arc::new(LoadedPlaylists::load(None, Path::new("/music")).expect("the shipped playlists are whole"));
    let entries = library();
    let tracks = [Catalogue::of(&entries, Arc::clone(&loaded)), Catalogue::of(&entries, loaded)];
    let taste = taste(&entries, &settings);
    for (words, emotion, at) in [
        ("match: happy", Emotion::Happy, [0.8, 0.5]),
        ("match, by tolerance: surprise", Emotion::Surprise, [0.3, 0.7]),
        ("lift: sad", Emotion::Sad, [-0.65, -0.27]),
        ("calm: angry", Emotion::Angry, [-0.55, 0.65]),
    ] {
        let mut room = Room::new(&settings, &taste, &entries, emotion, at);
        c.bench_function(&format!("a whole pick out of 100,000 tracks, {words}"), |bencher| {
            bencher.iter(|| black_box(room.pick(&tracks[0])));
        });
    }
    let mut room = Room::new(&settings, &taste, &entries, Emotion::Sad, [-0.65, -0.27]);
    c.bench_function("the first whole pick after the library has changed, lift: sad", |bencher| {
        bencher.iter(|| {
            let tracks = &tracks[(room.picks % 2) as usize];
            black_box(room.pick(tracks))
        });
    });
}

criterion_group!(benches, picks, whole_picks);
criterion_main!(benches);
