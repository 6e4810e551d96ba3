//! Why a track was chosen, in one sentence for people.

use super::choose::Origin;
use super::library::Entry;
use super::playlist::{Playlist, PlaylistName, Policy};

/// E.g. "matches happy: bright and lively, 128 BPM".
pub(super) fn reason(name: PlaylistName, playlist: &Playlist, entry: &Entry, origin: Origin) -> String {
    let beginning = match (name, playlist.policy) {
        (PlaylistName::Empty, _) => "for an empty room".to_owned(),
        (_, Policy::Match) => format!("matches {name}"),
        (_, Policy::Lead) => format!("leads from {name} towards {}", playlist.toward.trim()),
    };
    let borrowed = match origin {
        Origin::Own => String::new(),
        Origin::Borrowed(from) => format!(" (borrowed from the {from} playlist, its own is empty)"),
        Origin::Anywhere => " (no track is marked for it, so from all)".to_owned(),
    };
    let mut traits = Vec::new();
    traits.extend(character(entry));
    traits.extend(entry.track.bpm.map(|bpm| format!("{bpm:.0} BPM")));
    if traits.is_empty() {
        beginning + &borrowed
    } else {
        format!("{beginning}{borrowed}: {}", traits.join(", "))
    }
}

/// One or two words for how a track sounds, as far as its tags tell.
fn character(entry: &Entry) -> Option<String> {
    let valence = entry.valence.map(|valence| match valence {
        v if v >= 0.65 => "bright",
        v if v <= 0.35 => "dark",
        _ => "mellow",
    });
    let energy = entry.energy.map(|energy| match energy {
        e if e >= 0.65 => "lively",
        e if e <= 0.35 => "quiet",
        _ => "steady",
    });
    let words: Vec<_> = valence.into_iter().chain(energy).collect();
    (!words.is_empty()).then(|| words.join(" and "))
}
