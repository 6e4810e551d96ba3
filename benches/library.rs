//! The library with 100,000 tracks: opening it, loading all of it, and a look into the folder after one file has changed.
//!
//! The first two are work of the thread `library`; no frame of the picture waits for them.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use attune::music::analysis::{AnalysedTrack, MeasuredBeat, MeasuredKey, SoundAnalysis};
use attune::music::library::{BATCH, LibraryStore, LibrarySync, TrackTags, compare, look, walk};
use attune::music::{LibrarySettings, Lufs};
use criterion::{Criterion, criterion_group, criterion_main};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const TRACKS: usize = 100_000;
const TRACKS_OF_A_FOLDER: usize = 500;

/// Files that are as small as can be: only what the library keeps of them counts.
fn make_files(folder: &Path) -> std::io::Result<()> {
    for number in 0..TRACKS {
        let below = folder.join(format!("artist {}", number / TRACKS_OF_A_FOLDER));
        if number % TRACKS_OF_A_FOLDER == 0 {
            fs::create_dir_all(&below)?;
        }
        fs::write(below.join(format!("track {number}.flac")), [])?;
    }
    Ok(())
}

fn tags(random: &mut StdRng, number: usize) -> TrackTags {
    TrackTags {
        title: Some(format!("Track {number}")),
        artists: vec![format!("Artist {}", number / 12)],
        album: Some(format!("Album {}", number / 12)),
        genres: vec!["Ambient".to_owned()],
        bpm: Some(random.random_range(60.0..180.0)),
        moods: vec!["calm".to_owned()],
        duration: Duration::from_secs(random.random_range(120..360)),
        ..TrackTags::default()
    }
}

fn sound(random: &mut StdRng) -> SoundAnalysis {
    SoundAnalysis {
        seconds: 200.0,
        lufs: Lufs(random.random_range(-24.0..-6.0)),
        beat: Some(MeasuredBeat {
            bpm: random.random_range(60.0..180.0),
            metre: 4,
            ..MeasuredBeat::default()
        }),
        key: Some(MeasuredKey { tonic: random.random_range(0..12), ..MeasuredKey::default() }),
        flux: random.random(),
        onsets: random.random_range(0.0..8.0),
        centroid: random.random_range(300.0..4_000.0),
        roughness: random.random(),
        ..SoundAnalysis::default()
    }
}

/// Everything that a library can know of its tracks.
fn fill(store: &mut LibraryStore, folder: &Path) {
    let mut random = StdRng::seed_from_u64(1);
    let mut number: usize = 0;
    for files in walk(folder).expect("the folder can be read").chunks(BATCH) {
        let looked: Vec<_> = files
            .iter()
            .map(|file| {
                number += 1;
                (file.clone(), Ok((tags(&mut random, number), None)))
            })
            .collect();
        for id in store.put(&looked.iter().collect::<Vec<_>>()).expect("written") {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&id.to_le_bytes());
            store.put_hash(id, &hash).expect("written");
            store
                .put_sound(
                    &hash,
                    Ok(&AnalysedTrack { sound: sound(&mut random), ..AnalysedTrack::default() }),
                )
                .expect("written");
        }
    }
}

fn library(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (folder, file) = (dir.path().join("music"), dir.path().join("library.db"));
    make_files(&folder).expect("written");
    let mut store = LibraryStore::open(&file).expect("made");
    fill(&mut store, &folder);
    drop(store);
    let settings = LibrarySettings::default();
    let mut group = c.benchmark_group("a library of 100,000 tracks");
    group.sample_size(10);
    group.bench_function("open", |bencher| {
        bencher.iter(|| black_box(LibraryStore::open(&file).expect("opened")));
    });
    let mut catalogue = LibrarySync::new(LibraryStore::open(&file).expect("opened"), settings);
    group.bench_function("load all of it, percentiles and all", |bencher| {
        bencher.iter(|| {
            catalogue.take_scale(&folder).expect("read");
            let entries = catalogue.all_entries(&folder).expect("read");
            assert_eq!(entries.len(), TRACKS);
            black_box(entries)
        });
    });
    let changed = folder.join("artist 7/track 3600.flac");
    let mut size = 0;
    group.bench_function("a look into the folder, one file has changed", |bencher| {
        bencher.iter(|| {
            size += 1;
            fs::write(&changed, vec![0; size]).expect("written");
            let known = catalogue.store.known(&folder).expect("read");
            let difference = compare(&folder, known).expect("the folder can be read");
            let looked: Vec<_> = difference.look.into_iter().flat_map(look).collect();
            assert_eq!((looked.len(), difference.gone.len()), (1, 0));
            black_box(catalogue.keep(&looked, &folder).expect("written"))
        });
    });
    group.finish();
}

criterion_group!(benches, library);
criterion_main!(benches);
