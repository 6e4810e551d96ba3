//! Rebuilds the catalogue when library or playlists change, a bounded number of tracks in each frame.

use std::sync::Arc;

use crate::music::library::LibraryEntry;
use crate::music::playlists::LoadedPlaylists;
use crate::music::recommend::Catalogue;

/// Tracks that are added in one frame of a live run.
pub(super) const IN_A_FRAME: usize = 256;

/// The catalogue in use, and the one that will take its place.
pub(super) struct CatalogueBuilder {
    catalogue: Catalogue,
    next: Option<Catalogue>,
    /// Library or playlists have changed since `next` was begun.
    stale: bool,
    playlists: Arc<LoadedPlaylists>,
}

impl CatalogueBuilder {
    pub(super) fn new(playlists: Arc<LoadedPlaylists>) -> Self {
        Self { catalogue: Catalogue::new(Arc::clone(&playlists)), next: None, stale: false, playlists }
    }

    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Replaces the playlists.
    pub(super) fn take_playlists(&mut self, playlists: Arc<LoadedPlaylists>) {
        self.playlists = playlists;
        self.next = None;
        self.stale = true;
    }

    /// The tracks may have changed.
    pub(super) fn mark_changed(&mut self) {
        self.stale = true;
    }

    /// Looks at `most` tracks, so that a large library holds up no frame. What is known already stays in use
    /// until the new catalogue is whole; while a library is being read, the tracks come in as they are found.
    pub(super) fn update(&mut self, entries: &[LibraryEntry], most: usize) {
        if self.catalogue.len() > entries.len() {
            self.catalogue = Catalogue::new(Arc::clone(&self.playlists));
            self.next = None;
        }
        if self.catalogue.len() < entries.len() {
            self.catalogue.extend(entries, most);
            return;
        }
        if self.stale && self.next.is_none() {
            self.stale = false;
            self.next = Some(Catalogue::new(Arc::clone(&self.playlists)));
        }
        if let Some(next) = &mut self.next {
            next.extend(entries, most);
            if next.len() >= entries.len() {
                self.catalogue = self.next.take().unwrap_or_else(|| self.catalogue.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Emotion;
    use crate::music::playlists::{PlaylistName, PlaylistPolicy};
    use crate::music::test_support::{described, entry, loaded};

    fn entries(count: usize) -> Vec<LibraryEntry> {
        (0..count).map(|n| entry(&format!("{n}.ogg"), "calm")).collect()
    }

    #[test]
    fn tracks_come_in_as_they_are_found_and_changes_follow() {
        let mut builder = CatalogueBuilder::new(loaded());
        let mut entries = entries(10);
        builder.mark_changed();
        for _ in 0..20 {
            builder.update(&entries, 3);
        }
        assert_eq!(builder.catalogue().len(), 10);
        entries[4] = described("new.ogg", "happy", 0.9, 0.9, 120.0);
        builder.mark_changed();
        builder.update(&entries, 3);
        assert!(!builder.catalogue().is_at(4, &entries[4]), "the old one stays until the new one is whole");
        for _ in 0..4 {
            builder.update(&entries, 3);
        }
        assert!(builder.catalogue().is_at(4, &entries[4]));
        builder.update(&entries[..2], 3);
        assert_eq!(builder.catalogue().len(), 2);
    }

    #[test]
    fn new_playlists_hold_once_all_tracks_were_looked_at() {
        let mut builder = CatalogueBuilder::new(loaded());
        let entries = entries(5);
        builder.update(&entries, 9);
        let mut changed = (*loaded()).clone();
        changed.playlists.happy.policy = PlaylistPolicy::Hold;
        builder.take_playlists(Arc::new(changed));
        let policy = |builder: &CatalogueBuilder| {
            builder.catalogue().playlists().playlists.get(PlaylistName(Some(Emotion::Happy))).policy
        };
        builder.update(&entries, 3);
        assert_eq!(policy(&builder), PlaylistPolicy::Match);
        builder.update(&entries, 3);
        assert_eq!(policy(&builder), PlaylistPolicy::Hold);
    }
}
