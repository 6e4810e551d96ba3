//! Which track of a playlist fits best.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use super::library::Entry;
use super::playlist::{Find, Playlist, PlaylistName, Playlists, Target};

/// How far apart two tempi are when they have nothing in common, in beats per minute.
const TEMPO_RANGE: f32 = 60.0;
/// What a descriptor that no tag names counts as: neither near nor far.
const UNKNOWN: f32 = 0.3;
/// Tracks whose fit differs by less than this fit equally well.
const TIE: f32 = 0.03;

/// Where a choice came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The playlist itself.
    Own,
    /// Another playlist, because the own one finds no track.
    Borrowed(PlaylistName),
    /// All tracks, because no playlist finds one.
    Anywhere,
}

/// What must not be chosen now.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The tracks that played last, the newest at the end.
    pub(super) recent: VecDeque<PathBuf>,
    /// Files that could not be played.
    pub(super) unplayable: Vec<PathBuf>,
}

/// A choice and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice<'a> {
    pub(super) entry: &'a Entry,
    pub(super) origin: Origin,
}

/// Chooses a track for a playlist; `None` only if there is no track that can be played.
pub(super) fn choose<'a>(
    name: PlaylistName,
    playlists: &Playlists,
    entries: &'a [Entry],
    memory: &Memory,
    random: &mut StdRng,
) -> Option<Choice<'a>> {
    let playable: Vec<&Entry> =
        entries.iter().filter(|entry| !memory.unplayable.contains(&entry.track.path)).collect();
    let (candidates, origin) = candidates(name, playlists, &playable);
    let fresh = without_recent(&candidates, &memory.recent);
    let target = &playlists.get(name).target;
    let best = fresh.iter().map(|entry| fit(entry, target)).fold(f32::MIN, f32::max);
    let ties: Vec<&Entry> = fresh.into_iter().filter(|entry| fit(entry, target) > best - TIE).collect();
    let entry = ties.choose(random)?;
    Some(Choice { entry, origin })
}

/// The tracks of the playlist, else of its fallbacks, else of the nearest playlist, else all.
fn candidates<'a>(
    name: PlaylistName,
    playlists: &Playlists,
    entries: &[&'a Entry],
) -> (Vec<&'a Entry>, Origin) {
    let on = |playlist: &Playlist| -> Vec<&'a Entry> {
        entries.iter().copied().filter(|entry| is_found(entry, &playlist.find)).collect()
    };
    let own = playlists.get(name);
    let found = on(own);
    if !found.is_empty() {
        return (found, Origin::Own);
    }
    let mut others = PlaylistName::ALL;
    others.sort_by(|a, b| {
        let distance = |name: &PlaylistName| between(&own.target, &playlists.get(*name).target);
        distance(a).total_cmp(&distance(b))
    });
    for other in own.fallback.iter().copied().chain(others) {
        let found = on(playlists.get(other));
        if !found.is_empty() {
            return (found, Origin::Borrowed(other));
        }
    }
    (entries.to_vec(), Origin::Anywhere)
}

fn is_found(entry: &Entry, find: &Find) -> bool {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let by_mood = || entry.moods.iter().any(|mood| find.moods.iter().any(|wanted| same(mood, wanted)));
    let by_folder = || {
        let folders = entry.below.parent().unwrap_or(Path::new(""));
        folders
            .components()
            .any(|part| find.folders.iter().any(|wanted| same(&part.as_os_str().to_string_lossy(), wanted)))
    };
    by_mood() || by_folder() || find.files.contains(&entry.below)
}

/// Leaves out what played last, but never so much that nothing is left.
fn without_recent<'a>(candidates: &[&'a Entry], recent: &VecDeque<PathBuf>) -> Vec<&'a Entry> {
    let mut skip: Vec<&PathBuf> =
        recent.iter().filter(|path| candidates.iter().any(|entry| entry.track.path == **path)).collect();
    skip.dedup();
    let most = candidates.len().saturating_sub(1);
    let skip = &skip[skip.len().saturating_sub(most)..];
    candidates.iter().copied().filter(|entry| !skip.contains(&&entry.track.path)).collect()
}

/// How well a track fits, 0..=1, over the four descriptors. Valence and energy count double.
fn fit(entry: &Entry, target: &Target) -> f32 {
    let away = |value: Option<f32>, wanted: f32| value.map_or(UNKNOWN, |value| (value - wanted).abs());
    let tempo = entry.track.bpm.map_or(UNKNOWN, |bpm| ((bpm - target.tempo).abs() / TEMPO_RANGE).min(1.0));
    let distance = 2.0 * away(entry.valence, target.valence)
        + 2.0 * away(entry.energy, target.energy)
        + away(entry.danceability, target.danceability)
        + tempo;
    1.0 - distance / 6.0
}

fn between(a: &Target, b: &Target) -> f32 {
    (a.valence - b.valence).abs() + (a.energy - b.energy).abs()
}
