//! Where the album that Attune ships with is.

use std::path::{Path, PathBuf};

use crate::foundation::shipped_folder;

/// The folder of the shipped album, see [`shipped_folder`].
#[must_use]
pub fn shipped_album() -> PathBuf {
    shipped_folder(&Path::new("assets").join("music"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotion::Affect;
    use crate::emotion::Emotion;
    use crate::music::MusicSettings;
    use crate::music::journey::{Route, Waypoint, plan};
    use crate::music::library::{LibraryEntry, ScannedFolder};
    use crate::music::plane::{distance, in_plane};
    use crate::music::playlists::{M3uLists, PlaylistName, Playlists};

    /// What a leading playlist finds in the album, and where it leads.
    fn led(name: PlaylistName) -> (Vec<LibraryEntry>, Affect) {
        let playlists = Playlists::shipped().expect("valid");
        let playlist = playlists.get(name);
        let entries = ScannedFolder::scan(&shipped_album()).expect("the album is in the repository").entries;
        let found =
            |entry: &LibraryEntry| playlist.rules.iter().any(|rule| rule.finds(entry, &M3uLists::default()));
        let target = in_plane(playlist.target.valence, playlist.target.energy);
        (entries.into_iter().filter(found).collect(), target)
    }

    const LEADING: [Emotion; 4] = [Emotion::Sad, Emotion::Angry, Emotion::Fear, Emotion::Disgust];

    fn stops(entries: &[LibraryEntry]) -> Vec<Waypoint> {
        entries
            .iter()
            .enumerate()
            .map(|(n, entry)| Waypoint::of(n, entry).expect("the tags are there"))
            .collect()
    }

    #[test]
    fn from_every_dark_piece_a_chain_of_small_steps_leads_to_where_its_playlist_goes() {
        for emotion in LEADING {
            let (entries, target) = led(PlaylistName(Some(emotion)));
            let stops = stops(&entries);
            // The longest step of the best chain between any two (Floyd and Warshall, with the larger for the sum).
            let step = |a: usize, b: usize| distance(stops[a].at, stops[b].at);
            let count = stops.len();
            let mut longest: Vec<Vec<f32>> =
                (0..count).map(|a| (0..count).map(|b| step(a, b)).collect()).collect();
            for by in 0..count {
                for a in 0..count {
                    for b in 0..count {
                        longest[a][b] = longest[a][b].min(longest[a][by].max(longest[by][b]));
                    }
                }
            }
            let away = |n: &usize| distance(stops[*n].at, target);
            let goal = (0..count).min_by(|a, b| away(a).total_cmp(&away(b))).expect("the rules find pieces");
            for n in 0..count {
                let (title, worst) = (&entries[n].track.title, longest[n][goal]);
                assert!(worst <= 0.33, "{emotion:?}: a step of {worst:.2} on the way from {title}");
            }
        }
    }

    #[test]
    fn a_guided_way_over_the_album_takes_no_step_longer_than_the_settings_bear() {
        let settings = MusicSettings::default().journey;
        for emotion in LEADING {
            let (entries, to) = led(PlaylistName(Some(emotion)));
            let stops = stops(&entries);
            let from = stops
                .iter()
                .find(|stop| entries[stop.index].moods.iter().any(|mood| mood == emotion.name()))
                .expect("the mood has its own pieces")
                .at;
            let route = Route { from, to, seconds: 60.0 * 12.0 };
            let way = plan(&route, from, 0.0, &stops, &settings).expect("a way");
            let longest = way.longest_step();
            assert!(longest <= settings.step + 1e-4, "{emotion:?}: {longest:.2} in {way:#?}");
        }
    }
}
